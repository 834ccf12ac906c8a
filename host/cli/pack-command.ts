/** `sluice pack`: a module becomes an image in a folder, which any tool can push. */
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { InvalidArgumentError, Option } from 'commander'
import { SluiceError } from '../errors.ts'
import { LAYOUTS, buildImage, type Image, type Layout } from '../oci/image/build-image.ts'
import { checkFolderTag, tagOfVersion } from '../oci/image/image-name.ts'
import { packArchive } from '../oci/image/layout-archive.ts'
import { LayoutFolder } from '../oci/image/layout-folder.ts'
import { storeImage } from '../oci/image/store-image.ts'
import { splitDigest, digestOf } from '../oci/digest.ts'
import type { Platform } from '../oci/types.ts'
import { loadFilter } from '../project/description.ts'
import type { PartialSettings } from '../project/settings.ts'
import { messageOf } from '../util/attempt.ts'
import type { AddCommand } from './commands.ts'
import { sourceDateOption } from './option-values.ts'

const DEFAULT_FOLDER = 'build/image'

interface PackFlags {
  readonly out: string
  readonly archive?: string
  readonly layout: Layout
  readonly tag?: string
  readonly annotation: Record<string, string>
  readonly rootId: readonly string[]
  readonly schema?: string
  readonly platform?: Platform
  readonly sourceDateEpoch?: Date
}

export const addPackCommand: AddCommand = (program, { output }) => {
  program
    .command('pack')
    .description('make an image of a module, in a folder; the same module and description give the same digest everywhere')
    .argument('[module]', 'a module, .wasm; without one, that of the project in this folder')
    .option('-o, --out <folder>', 'OCI image layout, new or to be added to', DEFAULT_FOLDER)
    .option('--archive <file>', 'write the layout as one tar file instead')
    .addOption(new Option('--layout <name>', 'layout of the image').choices(LAYOUTS).default('oci'))
    .option('-t, --tag <tag>', 'tag in the folder (default: the version, or latest)')
    .option('-a, --annotation <key=value>', 'annotation of the image; may be repeated', addAnnotation, {})
    .option('--root-id <id>', 'root id that the module knows; may be repeated', addText, [])
    .option('--schema <file>', 'JSON schema of the plugin configuration')
    .option('--platform <os/architecture>', 'what the image claims to run on (default: linux/amd64)', parsePlatform)
    .addOption(sourceDateOption())
    .action(async (path: string | undefined, flags: PackFlags) => {
      const { module, description } = await loadFilter(path ?? null, settingsOf(flags))
      const { layout, annotation: annotations, platform, sourceDateEpoch: created = null } = flags
      const image = await buildImage(layout, {
        module,
        description,
        annotations,
        created,
        ...(platform === undefined ? {} : { platform }),
      })
      const tag = flags.tag ?? tagOfVersion(description.version ?? 'latest')
      checkFolderTag(tag)
      const place = await write(flags, image, tag)
      const { digest } = image.manifest.descriptor
      const moduleSha256 = splitDigest(digestOf(module)).hex
      output.note(`${place}: layout ${layout}, ${module.length} bytes of module`)
      output.note(`  manifest  ${digest}: pin this one in oci:// references`)
      output.note(`  module    ${moduleSha256}: for code.remote.sha256 of a module that is served as a file`)
      output.result({ place, tag, layout, digest, moduleSha256, moduleBytes: module.length }, digest)
    })
}

/** Returns the name of what was written. */
async function write({ out, archive }: PackFlags, image: Image, tag: string): Promise<string> {
  if (archive === undefined) {
    await storeImage(await LayoutFolder.create(out), image, tag)
    return `oci-layout:${out}:${tag}`
  }
  try {
    await writeFile(archive, await packArchive(image, tag))
    return archive
  } catch (cause) {
    throw new SluiceError('SLUICE_OCI_FOLDER', 'The archive cannot be written', { path: archive, seen: messageOf(cause) }, cause)
  }
}

function settingsOf({ rootId, schema }: PackFlags): Pick<PartialSettings, 'rootIds' | 'schema'> {
  return { rootIds: rootId.length === 0 ? undefined : rootId, schema: schema === undefined ? undefined : resolve(schema) }
}

function addText(text: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, text]
}

function addAnnotation(text: string, others: Record<string, string>): Record<string, string> {
  const equals = text.indexOf('=')
  if (equals < 1) throw new InvalidArgumentError('wanted key=value')
  return { ...others, [text.slice(0, equals)]: text.slice(equals + 1) }
}

function parsePlatform(text: string): Platform {
  const [os, architecture, variant, more] = text.split('/')
  if (!os || !architecture || more !== undefined) throw new InvalidArgumentError('wanted os/architecture[/variant]')
  return variant ? { os, architecture, variant } : { os, architecture }
}
