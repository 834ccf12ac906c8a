/** Random requests to a filter and its native twin: the same verdict, status and text, but for listed differences. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fetchOrReason } from '../drift/config-tools.ts'
import { Dice } from '../fuzz/http1/messages.ts'
import { shareOf } from '../support/counts.ts'
import { fetchEnvoy } from '../support/envoy-binary.ts'
import { Twins, type Answer, type Answers, type TwinsConfig } from './twins.ts'

const LIMIT = 600_000
const SEED = 20_261_129
/** Requests on their way at a time. */
const AT_ONCE = 16
const { value: program, reason: missing } = await fetchOrReason(fetchEnvoy)

/** Requests that are not judged as the native filter judges them. */
export interface Difference {
  /** Why: what is stricter, or was asked for. */
  readonly reason: string
  appliesTo(request: string, answers: Answers): boolean
  /** The request that the native filter judges as ours judges this one; without it ours refuses what the native one may let in. */
  asIf?(request: string): string
}

export interface TwinsSuite {
  readonly name: string
  /** Random requests in a full run; a twentieth of them in a short one. */
  readonly count: number
  /** Called once both may be started, e.g. to start what filters ask. */
  config(): TwinsConfig | Promise<TwinsConfig>
  /** A request as {@link Twins.ask} takes it. */
  request(dice: Dice): string
  /** Headers of answers that must be equal too. */
  readonly headers: readonly string[]
  readonly differences: readonly Difference[]
  /** Whether the filter has taken the request for somebody's; without it: the client got 200. */
  isTaken?(answer: Answer): boolean
  /** Ends what `config` has started. */
  stop?(): Promise<void>
}

interface Asked {
  readonly request: string
  readonly answers: Answers
  /** Reasons of the listed differences that explain this one. */
  readonly reasons: readonly string[]
}

export function describeTwins(suite: TwinsSuite): void {
  describe.skipIf(program === null)(`${suite.name} beside its native twin${missing}`, () => {
    let twins: Twins
    let asked: readonly Asked[]

    beforeAll(async () => {
      twins = await Twins.start(await suite.config())
      asked = await askAll(twins, suite)
    }, LIMIT)

    afterAll(async () => {
      await twins?.stop()
      await suite.stop?.()
    })

    test('both judge alike, but for the listed differences', () => {
      const unexplained = asked.filter((one) => isDifferent(suite, one.answers) && one.reasons.length === 0)
      const told = unexplained.map(({ request, answers: { ours, native } }) => [
        request,
        shown(suite, ours),
        shown(suite, native),
      ])
      expect(told.slice(0, 10)).toEqual([])
    })

    test('enough requests are let in and refused', () => {
      const passed = asked.filter(({ answers }) => isTaken(suite, answers.native)).length
      expect(passed).toBeGreaterThan(asked.length / 20)
      expect(asked.length - passed).toBeGreaterThan(asked.length / 20)
    })

    test.skipIf(shareOf(20) < 20)('no difference is listed that is none (a short run need not meet what is rare)', () => {
      const met = new Set(asked.flatMap(({ reasons }) => reasons))
      expect(suite.differences.map(({ reason }) => reason).filter((reason) => !met.has(reason))).toEqual([])
    })
  })
}

async function askAll(twins: Twins, suite: TwinsSuite): Promise<Asked[]> {
  const dice = new Dice(SEED)
  const requests = Array.from({ length: shareOf(suite.count) }, () => suite.request(dice))
  const asked: Asked[] = []
  for (let at = 0; at < requests.length; at += AT_ONCE) {
    asked.push(...(await Promise.all(requests.slice(at, at + AT_ONCE).map((request) => askOne(twins, suite, request)))))
  }
  return asked
}

async function askOne(twins: Twins, suite: TwinsSuite, request: string): Promise<Asked> {
  const answers = await twins.ask(request)
  const reasons: string[] = []
  if (isDifferent(suite, answers)) {
    for (const difference of suite.differences) {
      if (await explains(twins, suite, difference, request, answers)) reasons.push(difference.reason)
    }
  }
  return { request, answers, reasons }
}

async function explains(
  twins: Twins,
  suite: TwinsSuite,
  difference: Difference,
  request: string,
  answers: Answers,
): Promise<boolean> {
  if (!difference.appliesTo(request, answers)) return false
  const { ours } = answers
  if (difference.asIf === undefined) return !isTaken(suite, ours)
  const { native } = await twins.ask(difference.asIf(request))
  return ours.status === native.status && (ours.status === 200 || ours.body === native.body)
}

function isTaken(suite: TwinsSuite, answer: Answer): boolean {
  return suite.isTaken?.(answer) ?? answer.status === 200
}

function isDifferent(suite: TwinsSuite, { ours, native }: Answers): boolean {
  return shown(suite, ours) !== shown(suite, native)
}

function shown(suite: TwinsSuite, { status, body, headers }: Answer): string {
  return JSON.stringify([status, body, suite.headers.map((name) => headers.get(name) ?? null)])
}
