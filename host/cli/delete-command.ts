/** `sluice delete`: takes a tag, or an image with all its tags, out of a registry. */
import { SluiceError } from '../errors.ts'
import { manifestKey, parseReference, referenceText } from '../oci/registry/reference.ts'
import type { AddCommand } from './commands.ts'
import type { CommandOutput } from './output.ts'
import { addRegistryOptions, withRepository, type RegistryFlags } from './registry-options.ts'

interface DeleteFlags extends RegistryFlags {
  readonly yes: boolean
}

export const addDeleteCommand: AddCommand = (program, { output }) => {
  const command = program
    .command('delete')
    .description('delete a tag, or by digest an image with all its tags')
    .argument('<reference>', 'registry/repository:tag or registry/repository@sha256:…')
    .option('--yes', 'really do it', false)
  addRegistryOptions(command).action((text: string, flags: DeleteFlags) => remove(text, flags, output))
}

async function remove(text: string, { yes, ...flags }: DeleteFlags, output: CommandOutput): Promise<void> {
  const reference = parseReference(text)
  const deleted = referenceText(reference)
  if (reference.tag === null && reference.digest === null) throw incomplete(deleted, 'a tag or a digest')
  if (!yes) throw incomplete(deleted, '--yes, because this cannot be undone')
  await withRepository(reference, flags, (repository) => repository.deleteManifest(manifestKey(reference)))
  output.result({ deleted }, deleted)
}

function incomplete(path: string, wanted: string): SluiceError {
  return new SluiceError('SLUICE_CLI_USAGE', 'Nothing was deleted', { path, wanted })
}
