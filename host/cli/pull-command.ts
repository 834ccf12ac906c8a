/** `sluice pull`: the module of an image, whatever layout the image has, as a file. */
import { writeFileSync } from 'node:fs'
import { SluiceError } from '../errors.ts'
import { isDigest } from '../oci/digest.ts'
import { pullModule, type PulledModule } from '../oci/registry/pull.ts'
import { parseReference, pinned } from '../oci/registry/reference.ts'
import { attempt } from '../util/attempt.ts'
import type { AddCommand } from './commands.ts'
import type { CommandOutput } from './output.ts'
import { withProgress } from './progress.ts'
import { addRegistryOptions, withRepository, type RegistryFlags } from './registry-options.ts'

interface PullFlags extends RegistryFlags {
  readonly output?: string
  readonly digest?: string
  readonly platform?: { readonly os: string; readonly architecture: string }
}

export const addPullCommand: AddCommand = (program, { output }) => {
  const command = program
    .command('pull')
    .description('fetch the module of an image, every digest checked')
    .argument('<reference>', 'the image')
    .option('-o, --output <file>', 'where the module goes; default: <last part of the repository>.wasm')
    .option('--digest <digest>', 'what the image must be: sha256:…', toDigest)
    .option('--platform <os/architecture>', 'the image of an index to take; default: linux/amd64', toPlatform)
  addRegistryOptions(command).action((text: string, flags: PullFlags) => pull(text, flags, output))
}

async function pull(text: string, { output: file, digest, platform, ...flags }: PullFlags, output: CommandOutput): Promise<void> {
  const reference = parseReference(text)
  const options = { ...(platform === undefined ? {} : { platform }), ...(digest === undefined ? {} : { digest }) }
  const pulled = await withProgress(output.progress, () =>
    withRepository(reference, flags, (repository) => pullModule(repository, reference, options)),
  )
  const path = file ?? `${reference.repository.split('/').at(-1)}.wasm`
  write(path, pulled.module)
  const { layout, moduleSha256, manifestDigest, rootDigest } = pulled
  output.note(summary(pulled))
  output.result(
    { file: path, reference: pinned(reference, manifestDigest), layout, moduleSha256, manifestDigest, rootDigest },
    path,
  )
}

function summary({ layout, module, moduleSha256, manifestDigest }: PulledModule): string {
  return `${module.length} bytes, layout ${layout}, module sha256 ${moduleSha256}, image ${manifestDigest}`
}

function write(path: string, bytes: Uint8Array): void {
  attempt('SLUICE_CLI_USAGE', 'Cannot write the module', { path }, () => writeFileSync(path, bytes))
}

function toPlatform(text: string): { os: string; architecture: string } {
  const [os = '', architecture = ''] = text.split('/')
  if (os !== '' && architecture !== '') return { os, architecture }
  throw new SluiceError('SLUICE_CLI_USAGE', 'Bad value of --platform', { seen: text, wanted: 'os/architecture: linux/amd64' })
}

function toDigest(text: string): string {
  if (isDigest(text)) return text
  throw new SluiceError('SLUICE_CLI_USAGE', 'Bad value of --digest', {
    seen: text,
    wanted: 'sha256: and 64 lower-case hex digits',
  })
}
