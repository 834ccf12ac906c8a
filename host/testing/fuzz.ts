/**
 * `sluice/testing/fuzz`: random requests and configurations for a filter, shrunk to the smallest ones that fail. Needs the
 * package `fast-check`.
 *
 *     await fuzzFilter({ filters: [{ wasm: 'build/plugin.wasm', config }] }, { headers: ['x-api-key'] })
 *     await fuzzConfiguration({ filters: [{ wasm: 'build/plugin.wasm' }] }, { schema })
 */
import { tuple, type Arbitrary } from 'fast-check'
import { SluiceError } from '../errors.ts'
import { randomConfiguration } from './fuzz-configurations.ts'
import { randomRequests, type RequestShape } from './fuzz-requests.ts'
import { tryAll, type FuzzRuns } from './fuzz-runs.ts'
import type { GuestLine } from './log-book.ts'
import { createTestHost, type TestHost } from './test-host.ts'
import type { TestHostOptions } from './test-options.ts'
import type { TestRequest, TestResponse } from './test-stream.ts'

export { randomRequest, randomRequests, type RequestShape } from './fuzz-requests.ts'
export { randomConfiguration } from './fuzz-configurations.ts'
export type { FuzzRuns } from './fuzz-runs.ts'

/** One request of a run and what came of it. */
export interface FuzzedExchange {
  readonly request: TestRequest
  readonly response: TestResponse
  readonly host: TestHost
}

export interface FuzzOptions extends RequestShape, FuzzRuns {
  /** The requests of a run; default: {@link randomRequests} of these options. */
  readonly requests?: Arbitrary<readonly TestRequest[]>
  /** Throws when an answer is wrong. That no guest traps and that every request is answered is checked in any case. */
  readonly check?: (exchange: FuzzedExchange) => void
}

/** An answer that takes longer never comes. */
const ANSWER_LIMIT = '1h'

/**
 * Runs requests through hosts made with `options`. Rejects with the smallest requests that fail, the reason, and a line
 * that repeats them.
 */
export async function fuzzFilter(options: TestHostOptions, fuzz: FuzzOptions = {}): Promise<void> {
  const requests = fuzz.requests ?? randomRequests(fuzz)
  const run = (list: readonly TestRequest[]): Promise<void> => runAll(createTestHost(options), list, fuzz.check ?? ignore)
  await tryAll(requests, fuzz, run, (list) => `requests: ${JSON.stringify(list)}`)
}

/** One configuration of a run. */
export interface FuzzedConfiguration {
  readonly config: Uint8Array
  /** The filter runs with it. */
  readonly isAccepted: boolean
}

export interface FuzzConfigurationOptions extends RequestShape, FuzzRuns {
  /** The JSON schema of the filter's configuration. */
  readonly schema: object
  /** Configurations that the filter accepts, to begin with beside what the schema says: they lead deeper. */
  readonly examples?: readonly object[]
  /** The filter's place in `filters`; default 0. */
  readonly filter?: number
  /** Throws when a verdict is wrong. */
  readonly check?: (one: FuzzedConfiguration) => void
}

/**
 * Starts hosts made with `options`, with random configurations for one of the filters. Each must be refused with a line in the log, or be
 * accepted and then bear random requests; nothing may trap. Rejects as {@link fuzzFilter} does.
 */
export async function fuzzConfiguration(options: TestHostOptions, fuzz: FuzzConfigurationOptions): Promise<void> {
  const values = tuple(randomConfiguration(fuzz.schema, fuzz.examples), randomRequests(fuzz))
  const run = async ([config, requests]: readonly [Uint8Array, readonly TestRequest[]]): Promise<void> => {
    const host = startWith(options, fuzz.filter ?? 0, config)
    fuzz.check?.({ config, isAccepted: host !== null })
    if (host !== null) await runAll(host, requests, ignore)
  }
  const show = ([config, requests]: readonly [Uint8Array, readonly TestRequest[]]): string =>
    `configuration: ${showBytes(config)}\n  and requests: ${JSON.stringify(requests)}`
  await tryAll(values, fuzz, run, show)
}

/** Null for a configuration that is refused. */
function startWith(options: TestHostOptions, place: number, config: Uint8Array): TestHost | null {
  let lines = 0
  const onLog = (line: GuestLine): void => {
    lines++
    options.onLog?.(line)
  }
  const filters = options.filters.map((filter, index) => (index === place ? { ...filter, config } : filter))
  try {
    return createTestHost({ ...options, filters, onLog })
  } catch (error) {
    if (!isRefusal(error)) throw error
    if (lines === 0) throw new Error('Refused without a line in the log', { cause: error })
    return null
  }
}

/** The module returned false; it did not trap. */
function isRefusal(error: unknown): boolean {
  return error instanceof SluiceError && error.code === 'SLUICE_WASM_START' && error.detail.seen === 'the module returned false'
}

/** As text when it is one. */
function showBytes(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString()
  return Buffer.from(text).equals(bytes) ? JSON.stringify(text) : `bytes ${Buffer.from(bytes).toString('hex')}`
}

async function runAll(host: TestHost, requests: readonly TestRequest[], verify: (one: FuzzedExchange) => void): Promise<void> {
  for (const request of requests) {
    const stream = host.open(request)
    const isAnswered = host.clock.advanceUntil(() => stream.isDone, ANSWER_LIMIT)
    const [trap] = host.traps()
    if (trap !== undefined) throw new Error(trap)
    if (!isAnswered) throw new Error(`No answer after ${ANSWER_LIMIT}`)
    verify({ request, response: await stream.done(), host })
  }
  host.close()
}

function ignore(): void {}
