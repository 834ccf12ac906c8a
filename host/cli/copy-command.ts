/** `sluice copy`: an image from one repository to another, digest for digest. */
import { isFolderName } from '../oci/image/image-name.ts'
import { pushImage, type PushReport } from '../oci/registry/push.ts'
import { parseReference, type Reference } from '../oci/registry/reference.ts'
import type { AddCommand } from './commands.ts'
import { IMAGE_ARGUMENT, withImage } from './open-image.ts'
import { repeated } from './option-values.ts'
import type { CommandOutput } from './output.ts'
import { withProgress } from './progress.ts'
import { addRegistryOptions, pushNote, withRepository, type RegistryFlags } from './registry-options.ts'
import { checkTag } from './tag-command.ts'

interface CopyFlags extends RegistryFlags {
  readonly tag: readonly string[]
  readonly ifAbsent: boolean
  readonly dryRun: boolean
  readonly withReferrers: boolean
}

export const addCopyCommand: AddCommand = (program, { output }) => {
  const command = program
    .command('copy')
    .description('copy an image to another repository or registry; its digest stays')
    .argument('<from>', IMAGE_ARGUMENT)
    .argument('<to>', 'where it goes; without a tag it keeps its own')
    .option('--tag <tag>', 'a further tag; may be repeated', repeated(String), [])
    .option('--if-absent', 'refuse to move a tag', false)
    .option('--dry-run', 'say what would be done', false)
    .option('--with-referrers', 'also signatures, SBOMs and whatever else belongs to the image', false)
  addRegistryOptions(command).action((from: string, to: string, flags: CopyFlags) => copy(from, to, flags, output))
}

async function copy(from: string, toText: string, flags: CopyFlags, output: CommandOutput): Promise<void> {
  const to = destination(from, parseReference(toText))
  for (const tag of flags.tag) checkTag(to, tag)
  const { tag: tags, ...options } = flags
  const copying = (): Promise<PushReport> =>
    withImage(from, flags, async ({ store, key }) => {
      const root = await store.getManifest(key)
      return withRepository(to, flags, (target) => pushImage(store, root, target, to, { tags, ...options }))
    })
  const report = await withProgress(output.progress, copying)
  output.note(pushNote(report, flags.dryRun))
  output.result(report, report.reference)
}

/** Without tag and digest the image keeps those that it has. */
function destination(from: string, to: Reference): Reference {
  if (to.tag !== null || to.digest !== null || isFolderName(from)) return to
  const { tag, digest } = parseReference(from)
  return { ...to, tag, digest }
}
