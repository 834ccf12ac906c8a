/** `sluice copy`: an image from one repository to another, digest for digest. */
import { copyImage } from '../oci/registry/copy.ts'
import { parseReference } from '../oci/registry/reference.ts'
import type { AddCommand } from './commands.ts'
import { repeated } from './option-values.ts'
import type { CommandOutput } from './output.ts'
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
    .argument('<from>', 'the image')
    .argument('<to>', 'where it goes; without a tag it keeps its own')
    .option('--tag <tag>', 'a further tag; may be repeated', repeated(String), [])
    .option('--if-absent', 'refuse to move a tag', false)
    .option('--dry-run', 'say what would be done', false)
    .option('--with-referrers', 'also signatures, SBOMs and whatever else belongs to the image', false)
  addRegistryOptions(command).action((from: string, to: string, flags: CopyFlags) => copy(from, to, flags, output))
}

async function copy(fromText: string, toText: string, flags: CopyFlags, output: CommandOutput): Promise<void> {
  const from = parseReference(fromText)
  const named = parseReference(toText)
  const to = named.tag === null && named.digest === null ? { ...named, tag: from.tag, digest: from.digest } : named
  for (const tag of flags.tag) checkTag(to, tag)
  const { tag: tags, ifAbsent, dryRun, withReferrers } = flags
  const report = await withRepository(from, flags, (source) =>
    withRepository(to, flags, (target) => copyImage(source, from, target, to, { tags, ifAbsent, dryRun, withReferrers })),
  )
  output.note(pushNote(report, dryRun))
  output.result(report, report.reference)
}
