/**
 * `sluice/testing/assert`: the checks of answers and hosts as functions, for `node:test` and any other runner. Each
 * throws an AssertionError that says what was wanted and what was seen.
 *
 *     assertStatus(response, 403)
 *     assertLogged(host, 'no key')
 */
import { AssertionError } from 'node:assert'
import { describeFinding, type Finding, type TextPattern } from './checks/finding.ts'
import { checkCounted, checkLogged, checkTrapped } from './checks/host-checks.ts'
import {
  checkBody,
  checkDetails,
  checkHeader,
  checkReached,
  checkStatus,
  type AnswerFacts,
  type Message,
} from './checks/message-checks.ts'
import type { Recording } from './recording/recording.ts'
import { replay, type ReplayOptions } from './recording/replay.ts'
import type { TestHost } from './test-host.ts'
import type { TestResponse } from './test-stream.ts'

/** Status of the answer; 0 = no head came. */
export function assertStatus(response: AnswerFacts, status: number): void {
  hold(checkStatus(response, status))
}

/** One of the header's values; undefined = any, null = there is no such header. */
export function assertHeader(message: Message, name: string, value?: TextPattern | null): void {
  hold(checkHeader(message, name, value))
}

/** The whole body. */
export function assertBody(message: Message, body: TextPattern): void {
  hold(checkBody(message, body))
}

/** Response code details, as in the access log. */
export function assertDetails(response: AnswerFacts, details: TextPattern): void {
  hold(checkDetails(response, details))
}

/** A request arrived upstream for this answer, at the cluster if one is named. */
export function assertReached(response: TestResponse, cluster?: string): void {
  hold(checkReached(response, cluster))
}

/** No request arrived upstream for this answer. */
export function assertNotReached(response: TestResponse): void {
  holdNot(checkReached(response))
}

/** A guest has logged a line with the text. */
export function assertLogged(host: TestHost, text: TextPattern): void {
  hold(checkLogged(host, text))
}

/** No guest has logged a line with the text. */
export function assertNotLogged(host: TestHost, text: TextPattern): void {
  holdNot(checkLogged(host, text))
}

/** Value of a guest's counter or gauge, number of samples of a histogram. */
export function assertCounted(host: TestHost, metric: string, value: number): void {
  hold(checkCounted(host, metric, value))
}

/** A guest has trapped, with the text in its backtrace: `filter.ts:12`. */
export function assertTrapped(host: TestHost, text?: TextPattern): void {
  hold(checkTrapped(host, text))
}

/** No guest has trapped. */
export function assertNotTrapped(host: TestHost): void {
  holdNot(checkTrapped(host))
}

/** Every stream of a recording goes as it went when it was recorded. */
export function assertReplay(recording: string | Recording, options: ReplayOptions = {}): void {
  const changed = replay(recording, options).filter(({ differences }) => differences.length > 0)
  const seen = changed.map(({ name, differences }) => [name, ...differences.map((line) => `  ${line}`)].join('\n')).join('\n')
  hold({ ok: changed.length === 0, subject: 'replay', wanted: 'the outcomes of the recording', seen })
}

export interface GrowthLimits {
  /** Runs before the first look; default 200. */
  readonly warmUp?: number
  /** Runs between the two looks; default 1000. */
  readonly runs?: number
  /** Bytes that guest memory may grow by; default 0: it grows by pages of 65536. */
  readonly bytes?: number
}

/** Guest memory does not grow and no context stays when `run` is repeated. */
export async function assertNoGrowth(
  host: TestHost,
  run: () => unknown,
  { warmUp = 200, runs = 1000, bytes = 0 }: GrowthLimits = {},
): Promise<void> {
  for (let i = 0; i < warmUp; i++) await run()
  const before = host.usage()
  for (let i = 0; i < runs; i++) await run()
  const after = host.usage()
  const [memory, contexts] = [after.memoryBytes - before.memoryBytes, after.contexts - before.contexts]
  const seen = `${memory} bytes and ${contexts} contexts more`
  hold({
    ok: memory <= bytes && contexts <= 0,
    subject: `after ${runs} runs`,
    wanted: `at most ${bytes} bytes and no context more`,
    seen,
  })
}

function hold(finding: Finding): void {
  if (!finding.ok) fail(finding, false)
}

function holdNot(finding: Finding): void {
  if (finding.ok) fail(finding, true)
}

function fail(finding: Finding, isNegated: boolean): never {
  const message = describeFinding(finding, isNegated)
  throw new AssertionError({ message, actual: finding.seen, expected: finding.wanted, operator: finding.subject })
}
