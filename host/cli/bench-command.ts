/** `sluice bench`: what the callbacks of a filter cost (docs/TESTING.md). */
import { SluiceError } from '../errors.ts'
import { benchFilter, type BenchResult, type CallbackCost } from '../testing/bench.ts'
import type { TestFilter } from '../testing/test-config.ts'
import type { AddCommand, Cli } from './commands.ts'
import { readFilterConfig } from './filter-files.ts'
import { toNumber } from './option-values.ts'
import { projectDefaults } from './project-defaults.ts'

const MOST_REQUESTS = 1_000_000
const MOST_BODY = 16_777_216

interface BenchFlags {
  readonly config?: string
  readonly rootId?: string
  readonly requests: number
  readonly body: number
}

export const addBenchCommand: AddCommand = (program, cli) => {
  program
    .command('bench')
    .description('measure what the callbacks of a filter cost, without a network')
    .argument('[module]', "a module, .wasm; default: the project's")
    .option('--config <file>', "the filter's configuration, JSON or YAML")
    .option('--root-id <id>', 'root id under which the module runs')
    .option('--requests <count>', 'requests that are measured', toNumber('--requests', 1, MOST_REQUESTS), 5000)
    .option('--body <bytes>', 'size of the bodies of request and answer', toNumber('--body', 0, MOST_BODY), 0)
    .action((module: string | undefined, flags: BenchFlags) => bench(module, flags, cli))
}

async function bench(named: string | undefined, flags: BenchFlags, { output }: Cli): Promise<void> {
  const project = named === undefined ? await projectDefaults('.') : {}
  const wasm = named ?? project.file
  if (wasm === undefined) throw new SluiceError('SLUICE_CLI_USAGE', 'Nothing to measure', { wanted: 'a module, or a project' })
  const body = flags.body === 0 ? {} : { body: 'x'.repeat(flags.body) }
  const filter = filterOf(wasm, { ...project, ...flags })
  const request = { method: flags.body === 0 ? 'GET' : 'POST', ...body }
  const result = await benchFilter({ filters: [filter], upstream: () => body }, { requests: flags.requests, request })
  output.result({ module: wasm, ...result }, toText(wasm, result))
}

function filterOf(wasm: string, { config, rootId }: Partial<BenchFlags>): TestFilter {
  const value = config === undefined ? undefined : readFilterConfig(config)
  return {
    wasm,
    ...(value === undefined || value === null ? {} : { config: typeof value === 'object' ? value : String(value) }),
    ...(rootId === undefined ? {} : { rootId }),
  }
}

function toText(module: string, { requests, callbacks, perRequest, growth }: BenchResult): string {
  const width = Math.max(...callbacks.map(({ callback }) => callback.length))
  return [
    `${module}: ${perRequest.toFixed(2)} us per request in ${callbacks.length} callbacks, ${requests} requests`,
    ...callbacks.map((cost) => line(cost, width)),
    `  guest memory grew by ${growth.memoryBytes} bytes, contexts by ${growth.contexts}`,
  ].join('\n')
}

function line({ callback, p50, p99, max }: CallbackCost, width: number): string {
  return `  ${callback.padEnd(width)}  p50 ${p50.toFixed(2)} us   p99 ${p99.toFixed(2)} us   max ${max.toFixed(2)} us`
}
