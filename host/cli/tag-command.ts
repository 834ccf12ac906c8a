/** `sluice tag`: further names for an image of a registry. */
import { tagImage } from '../oci/registry/push.ts'
import { manifestKey, parseReference, pinned, type Reference } from '../oci/registry/reference.ts'
import type { AddCommand } from './commands.ts'
import type { CommandOutput } from './output.ts'
import { addRegistryOptions, withRepository, type RegistryFlags } from './registry-options.ts'

export const addTagCommand: AddCommand = (program, { output }) => {
  const command = program
    .command('tag')
    .description('point tags at an image that is in the registry')
    .argument('<reference>', 'the image')
    .argument('<tags...>', 'the tags, without the repository')
  addRegistryOptions(command).action((text: string, tags: readonly string[], flags: RegistryFlags) =>
    tag(text, tags, flags, output),
  )
}

async function tag(text: string, tags: readonly string[], flags: RegistryFlags, output: CommandOutput): Promise<void> {
  const reference = parseReference(text)
  for (const one of tags) checkTag(reference, one)
  const digest = await withRepository(reference, flags, (repository) => tagImage(repository, manifestKey(reference), tags))
  output.result({ reference: pinned(reference, digest), digest, tags }, pinned(reference, digest))
}

/** Throws for what cannot be a tag. */
export function checkTag({ registry, repository }: Pick<Reference, 'registry' | 'repository'>, tagText: string): void {
  parseReference(`${registry}/${repository}:${tagText}`, 'tag')
}
