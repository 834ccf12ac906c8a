/**
 * `sluice/testing/fuzz`: random requests for a filter, shrunk to the smallest ones that fail. Needs the package
 * `fast-check`.
 *
 *     await fuzzFilter({ filters: [{ wasm: 'build/plugin.wasm', config }] }, { headers: ['x-api-key'] })
 */
import { asyncProperty, check, type Arbitrary, type Parameters, type RunDetails } from 'fast-check'
import { randomRequests, type RequestShape } from './fuzz-requests.ts'
import { createTestHost, type TestHost } from './test-host.ts'
import type { TestHostOptions } from './test-options.ts'
import type { TestRequest, TestResponse } from './test-stream.ts'

export { randomRequest, randomRequests, type RequestShape } from './fuzz-requests.ts'

/** One request of a run and what came of it. */
export interface FuzzedExchange {
  readonly request: TestRequest
  readonly response: TestResponse
  readonly host: TestHost
}

export interface FuzzOptions extends RequestShape {
  /** Hosts that are started, each for a few requests; default 100. */
  readonly runs?: number
  /** Seed of the dice; default 1. */
  readonly seed?: number
  /** What an earlier failure printed: only that run. Default: the variable `SLUICE_FUZZ_REPLAY`. */
  readonly replay?: string
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
  const property = asyncProperty(requests, (list) => runAll(options, list, fuzz.check ?? ignore))
  const details = await check(property, parametersOf(fuzz))
  if (details.failed) throw failureOf(details)
}

async function runAll(
  options: TestHostOptions,
  requests: readonly TestRequest[],
  verify: (one: FuzzedExchange) => void,
): Promise<void> {
  const host = createTestHost(options)
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

function parametersOf({
  runs = 100,
  seed = 1,
  replay = process.env['SLUICE_FUZZ_REPLAY'],
}: FuzzOptions): Parameters<[readonly TestRequest[]]> {
  if (replay === undefined) return { numRuns: runs, seed }
  const match = /^(-?\d+):([\d:]*)$/.exec(replay)
  if (match === null) throw new RangeError(`Bad replay: seen '${replay}', wanted what a failure printed, as 1:3:0`)
  return { seed: Number(match[1]), path: match[2]!, numRuns: 1, endOnFailure: true }
}

function failureOf({
  counterexample,
  counterexamplePath,
  seed,
  numRuns,
  errorInstance,
}: RunDetails<[readonly TestRequest[]]>): Error {
  const reason = errorInstance instanceof Error ? errorInstance.message : String(errorInstance)
  const [requests] = counterexample!
  const lines = [
    `${reason}`,
    `  after ${numRuns} runs, with the smallest requests: ${JSON.stringify(requests)}`,
    `  replay: SLUICE_FUZZ_REPLAY=${seed}:${counterexamplePath!}`,
  ]
  return new Error(lines.join('\n'), { cause: errorInstance })
}
