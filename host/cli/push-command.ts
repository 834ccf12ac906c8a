/** `sluice push`: an image of a layout folder to a registry. */
import { onlyTag } from '../oci/image/image-name.ts'
import { LayoutFolder } from '../oci/image/layout-folder.ts'
import { pushImage } from '../oci/registry/push.ts'
import { parseReference, type Reference } from '../oci/registry/reference.ts'
import type { AddCommand } from './commands.ts'
import { repeated } from './option-values.ts'
import type { CommandOutput } from './output.ts'
import { addRegistryOptions, pushNote, withRepository, type RegistryFlags } from './registry-options.ts'
import { checkTag } from './tag-command.ts'

interface PushFlags extends RegistryFlags {
  readonly from: string
  readonly image?: string
  readonly tag: readonly string[]
  readonly ifAbsent: boolean
  readonly dryRun: boolean
}

export const addPushCommand: AddCommand = (program, { output }) => {
  const command = program
    .command('push')
    .description('send an image to a registry, and print the reference that pins it')
    .argument('<reference>', 'where it goes: registry/repository:tag')
    .option('--from <folder>', 'OCI image layout that has the image', 'build/image')
    .option('--image <tag>', 'the image in the folder, tag or digest; default: that of the tag, or the only one')
    .option('--tag <tag>', 'a further tag; may be repeated', repeated(String), [])
    .option('--if-absent', 'refuse to move a tag', false)
    .option('--dry-run', 'say what would be done', false)
  addRegistryOptions(command).action((text: string, flags: PushFlags) => push(text, flags, output))
}

async function push(
  text: string,
  { from, image, tag: tags, ifAbsent, dryRun, ...flags }: PushFlags,
  output: CommandOutput,
): Promise<void> {
  const reference = parseReference(text)
  for (const tag of tags) checkTag(reference, tag)
  const source = await LayoutFolder.open(from)
  const root = await source.getManifest(image ?? (await keyOf(source, from, reference)))
  const options = { tags, ifAbsent, dryRun }
  const report = await withRepository(reference, flags, (target) => pushImage(source, root, target, reference, options))
  output.note(pushNote(report, dryRun))
  output.result(report, report.reference)
}

/** Which image of the folder is meant when nobody says so. */
async function keyOf(folder: LayoutFolder, path: string, { tag, digest }: Reference): Promise<string> {
  if (digest !== null) return digest
  if (tag !== null && (await folder.resolve(tag)) !== null) return tag
  return onlyTag(folder, path)
}
