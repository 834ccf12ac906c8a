/**
 * Builds the examples of the Go SDK for wasip1. The last release that ships them was made for another compiler, so two
 * lines of each change: the SDK is the maintained one, and `main`, which no reactor runs, becomes `init`.
 */
import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cached } from '../../support/cache.ts'

const run = promisify(execFile)

const PUBLISHED = 'github.com/tetratelabs/proxy-wasm-go-sdk'
const MAINTAINED = 'github.com/proxy-wasm/proxy-wasm-go-sdk'
const VERSION = 'v0.16.0'

/** Folders of examples. */
export const EXAMPLES = [
  'dispatch_call_on_tick',
  'foreign_call_on_tick',
  'helloworld',
  'http_auth_random',
  'http_body',
  'http_headers',
  'http_routing',
  'metrics',
  'network',
  'postpone_requests',
  'shared_data',
  'shared_queue/receiver',
  'shared_queue/sender',
  'vm_plugin_configuration',
] as const

export type Example = (typeof EXAMPLES)[number]

/** Paths of the modules by example; built once per version. */
export async function goExamples(): Promise<(example: Example) => string> {
  const folder = await cached(`guest-go-examples-${VERSION}`, async (target) => {
    const { stdout } = await run('go', ['mod', 'download', '-json', PUBLISHED], { cwd: import.meta.dirname })
    const { Dir: sources } = JSON.parse(stdout) as { Dir: string }
    for (const file of ['go.mod', 'go.sum']) await writeFile(join(target, file), await readFile(join(import.meta.dirname, file)))
    for (const example of EXAMPLES) await build(join(sources, 'examples', example), example, target)
  })
  return (example) => join(folder, `${example}.wasm`)
}

async function build(source: string, example: Example, target: string): Promise<void> {
  const text = await readFile(join(source, 'main.go'), 'utf8')
  const changed = text.replaceAll(PUBLISHED, MAINTAINED).replace('func main() {', 'func main() {}\n\nfunc init() {')
  await mkdir(join(target, example), { recursive: true })
  await writeFile(join(target, example, 'main.go'), changed)
  const args = ['build', '-buildmode=c-shared', '-ldflags=-s -w', '-o', join(target, `${example}.wasm`), `./${example}`]
  await run('go', args, { cwd: target, env: { ...process.env, GOOS: 'wasip1', GOARCH: 'wasm' } })
}
