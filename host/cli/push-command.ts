/** `sluice push`: an image to a registry, packed on the way unless it is in a layout folder. */
import { Option } from 'commander'
import { SluiceError } from '../errors.ts'
import { buildImage, LAYOUTS, type Layout } from '../oci/image/build-image.ts'
import { isFolderName, onlyTag, openFolderImage } from '../oci/image/image-name.ts'
import { LayoutFolder } from '../oci/image/layout-folder.ts'
import { pushImage } from '../oci/registry/push.ts'
import { parseReference, type Reference } from '../oci/registry/reference.ts'
import { sourceOfImage, type ImageSource } from '../oci/registry/transfer.ts'
import type { Blob } from '../oci/types.ts'
import { loadFilter } from '../project/description.ts'
import type { AddCommand } from './commands.ts'
import { repeated, sourceDateOption } from './option-values.ts'
import type { CommandOutput } from './output.ts'
import { withProgress } from './progress.ts'
import { projectDefaults } from './project-defaults.ts'
import { addRegistryOptions, pushNote, withRepository, type RegistryFlags } from './registry-options.ts'
import { checkTag } from './tag-command.ts'

interface PushFlags extends RegistryFlags {
  readonly from?: string
  readonly layout: Layout
  readonly sourceDateEpoch?: Date
  readonly tag: readonly string[]
  readonly ifAbsent: boolean
  readonly dryRun: boolean
  readonly withReferrers: boolean
}

/** What is pushed. */
interface Pushed {
  readonly source: ImageSource
  readonly root: Blob
}

export const addPushCommand: AddCommand = (program, { output }) => {
  const command = program
    .command('push')
    .description('send an image to a registry, and print the reference that pins it')
    .argument('[reference]', "registry/repository:tag (default: the project's image and version)")
    .option('--from <source>', 'a module, .wasm, or a layout folder: FOLDER, oci-layout:FOLDER:TAG (default: the project here)')
    .addOption(new Option('--layout <name>', 'layout of the image that is packed').choices(LAYOUTS).default('oci'))
    .addOption(sourceDateOption())
    .option('--tag <tag>', 'a further tag; may be repeated', repeated(String), [])
    .option('--if-absent', 'refuse to move a tag', false)
    .option('--dry-run', 'say what would be done', false)
    .option('--with-referrers', 'also signatures and whatever else the folder has for the image', false)
  addRegistryOptions(command).action((text: string | undefined, flags: PushFlags) => push(text, flags, output))
}

async function push(text: string | undefined, flags: PushFlags, output: CommandOutput): Promise<void> {
  const reference = parseReference(text ?? (await projectReference()))
  for (const tag of flags.tag) checkTag(reference, tag)
  const { source, root } = await open(flags, reference)
  const { tag: tags, ...options } = flags
  const report = await withProgress(output.progress, () =>
    withRepository(reference, flags, (target) => pushImage(source, root, target, reference, { tags, ...options })),
  )
  output.note(pushNote(report, flags.dryRun))
  output.result(report, report.reference)
}

async function projectReference(): Promise<string> {
  const { image } = await projectDefaults('.')
  if (image !== undefined) return image
  const wanted = 'a reference, or "image" in the settings of a project'
  throw new SluiceError('SLUICE_CLI_USAGE', 'Nobody says where the image goes', { wanted })
}

async function open({ from, layout, sourceDateEpoch }: PushFlags, reference: Reference): Promise<Pushed> {
  if (from === undefined || from.endsWith('.wasm')) {
    const image = await buildImage(layout, { ...(await loadFilter(from ?? null)), created: sourceDateEpoch ?? null })
    return { source: sourceOfImage(image), root: image.manifest }
  }
  const { folder, key } = isFolderName(from) ? await openFolderImage(from) : await openFolder(from, reference)
  return { source: folder, root: await folder.getManifest(key) }
}

/** The image of the folder that has the tag or digest of where it goes, else the only one. */
async function openFolder(path: string, { tag, digest }: Reference): Promise<{ folder: LayoutFolder; key: string }> {
  const folder = await LayoutFolder.open(path)
  if (digest !== null) return { folder, key: digest }
  if (tag !== null && (await folder.resolve(tag)) !== null) return { folder, key: tag }
  return { folder, key: await onlyTag(folder, path) }
}
