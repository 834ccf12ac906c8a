/** `sluice list`: the images of a repository. */
import { SluiceError } from '../errors.ts'
import { listImages, type ListedImage } from '../oci/registry/list-images.ts'
import { nameText, parseReference } from '../oci/registry/reference.ts'
import type { AddCommand } from './commands.ts'
import type { CommandOutput } from './output.ts'
import { addRegistryOptions, withRepository, type RegistryFlags } from './registry-options.ts'

interface ListFlags extends RegistryFlags {
  readonly all: boolean
  readonly limit?: number
}

export const addListCommand: AddCommand = (program, { output }) => {
  const command = program
    .command('list')
    .description('list the tags of a repository with digests and dates')
    .argument('<repository>', 'registry/repository')
    .option('--all', 'also tags that tools made: signatures, lists of referrers', false)
    .option('--limit <count>', 'the last tags only', toLimit)
  addRegistryOptions(command).action((text: string, flags: ListFlags) => list(text, flags, output))
}

async function list(text: string, { all, limit, ...flags }: ListFlags, output: CommandOutput): Promise<void> {
  const reference = parseReference(text)
  const options = limit === undefined ? { all } : { all, limit }
  const images = await withRepository(reference, flags, (repository) => listImages(repository, options))
  output.result({ repository: nameText(reference), images }, table(images))
}

function table(images: readonly ListedImage[]): string {
  const width = Math.max(0, ...images.map(({ tag }) => tag.length))
  return images.map(({ tag, digest, created }) => `${tag.padEnd(width)}  ${digest}  ${created ?? '-'}`).join('\n')
}

function toLimit(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new SluiceError('SLUICE_CLI_USAGE', 'Bad value of --limit', { seen: text, wanted: 'a whole number from 1' })
}
