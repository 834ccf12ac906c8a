/**
 * docs/howto: the commands run, page by page, in the project of a filter, with a real registry in the place of registry.example.com.
 * What would serve is only validated; what needs a cluster, a container engine or a running proxy does not run.
 */
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { read, root, sources } from '../../tools/checks/sources.ts'
import { fetchEnvoy } from '../support/envoy-binary.ts'
import { startCraneRegistry, type TestRegistry } from '../support/oci/registries.ts'

const NOT_RUN = /^(?:curl|docker|kubectl|npm) /
const SERVES = /^(?:sluice run|envoy) (?!.*--mode)(?=.*-c )/

/** What is shipped first is deployed by the other pages. */
const pages = sources('docs/howto', '.md').toSorted(
  (one, other) => Number(other.endsWith('/ship.md')) - Number(one.endsWith('/ship.md')),
)

let folder: string
let registry: TestRegistry
let environment: NodeJS.ProcessEnv

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-howto-'))
  registry = await startCraneRegistry()
  makeProject()
  const programs = join(folder, 'bin')
  mkdirSync(programs)
  await shim(join(programs, 'sluice'), process.execPath, join(root, 'host/cli/main.ts'))
  const ENVOY_BIN = await fetchEnvoy()
  await shim(join(programs, 'envoy'), ENVOY_BIN)
  environment = { ...process.env, ENVOY_BIN, PATH: programs + delimiter + process.env['PATH'], DOCKER_CONFIG: folder }
})

afterAll(async () => {
  await registry?.stop()
  await rm(folder, { recursive: true, force: true })
})

function commandsOf(text: string): string[] {
  const blocks = [...text.matchAll(/^```sh\n([^]*?)^```$/gm)].flatMap((match) => match[1]!.trim().split('\n'))
  return blocks.filter((line) => !NOT_RUN.test(line)).map((line) => (SERVES.test(line) ? `${line} --mode validate` : line))
}

async function shim(path: string, ...command: string[]): Promise<void> {
  await writeFile(path, `#!/bin/sh\nexec ${command.map((part) => `'${part}'`).join(' ')} "$@"\n`)
  await chmod(path, 0o755)
}

/** That of the suite's rate limit, built, with the configuration of the page about production beside it. */
function makeProject(): void {
  const described = { name: 'ratelimit', version: '1.4.0', license: 'Apache-2.0' }
  const sluice = { image: `${registry.host}/filters/ratelimit`, rootIds: ['ratelimit'] }
  const { license: _, ...locked } = described
  const [bootstrap = ''] = /(?<=^```yaml\n)[^]*?(?=^```$)/m.exec(read('docs/howto/production.md')) ?? []
  write('package.json', JSON.stringify({ ...described, sluice }))
  write('package-lock.json', JSON.stringify({ ...locked, lockfileVersion: 3, packages: { '': described } }))
  write('proxy.yaml', bootstrap)
  cpSync(join(root, 'filters/ratelimit'), join(folder, 'assembly'), { recursive: true })
  cpSync(join(root, 'filters/ratelimit/schema.json'), join(folder, 'schema.json'))
  cpSync(join(root, 'examples/istio/ratelimit.json'), join(folder, 'config.json'))
  cpSync(join(root, 'filters/dist/ratelimit.wasm'), join(folder, 'build/plugin.wasm'))
  for (const path of ['examples/auth', 'filters/dist/auth-bundle.wasm'])
    cpSync(join(root, path), join(folder, path), { recursive: true })
}

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text)
}

const steps = pages.flatMap((page) => commandsOf(read(page)).map((command) => [page, command] as const))

describe('docs/howto', () => {
  test.each(steps)('%s: %s', async (_, command) => {
    const line = command.replaceAll('registry.example.com', registry.host)
    await promisify(execFile)('bash', ['-c', line], { cwd: folder, env: environment })
  })
})
