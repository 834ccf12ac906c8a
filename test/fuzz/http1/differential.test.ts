import { describe, expect, it } from 'vitest'
import { REQUESTS, RESPONSES } from '../../host/http1/corpus.ts'
import { type DifferenceClass, type Disagreement, REQUEST_DIFFERENCES, RESPONSE_DIFFERENCES } from './differences.ts'
import { shareOf } from '../../support/counts.ts'
import { llhttpOutcome } from './llhttp.ts'
import { Dice, mutated, randomRequest, randomResponse } from './messages.ts'
import { type Outcome, ourOutcome } from './outcome.ts'

/** Of each kind: 10^6 messages together. */
const COUNT = shareOf(500_000)
const CUT_COUNT = shareOf(80_000)
const SEED = 20_260_805

/** Corpus, generated and mutated messages, in a repeatable order. */
function* messages(kind: 'request' | 'response'): Generator<string> {
  const dice = new Dice(SEED)
  const table = kind === 'request' ? REQUESTS : RESPONSES
  const corpus = table.map(({ bytes }) => bytes).filter((bytes) => bytes.length > 0 && bytes.length < 2000)
  yield* corpus
  for (let i = 0; i < COUNT; i++) {
    const fresh = kind === 'request' ? randomRequest(dice) : randomResponse(dice)
    const base = dice.roll(2) === 0 ? dice.pick(corpus) : fresh
    yield dice.roll(5) === 0 ? base : mutated(dice, base, corpus)
  }
}

/** What two outcomes disagree on; null = nothing. Heads that both take never differ. */
function disagreement(ours: Outcome, theirs: Outcome): Disagreement | 'head' | null {
  const both = Math.min(ours.messages.length, theirs.messages.length)
  const hasFault = ours.fault !== '' || theirs.fault !== ''
  for (let i = 0; i < both; i++) {
    const [one, other] = [ours.messages[i]!, theirs.messages[i]!]
    // Node has no name for QUERY in the list it shows.
    if (one.start !== other.start.replace(/^undefined/, 'QUERY')) return 'head'
    if (one.fields.join('\n') !== other.fields.join('\n')) return 'head'
    if (!hasFault && one.body !== other.body) return 'body'
    if (!hasFault && one.isComplete !== other.isComplete) return 'end'
  }
  if ((ours.fault === '') !== (theirs.fault === '')) return 'verdict'
  return !hasFault && ours.messages.length !== theirs.messages.length ? 'number of messages' : null
}

/** One line about a difference that none of the classes explains; null = there is none. */
function unexplained(kind: 'request' | 'response', text: string, classes: readonly DifferenceClass[]): string | null {
  const bytes = Buffer.from(text, 'latin1')
  const ours = ourOutcome(kind, bytes, false)
  const theirs = llhttpOutcome(kind, bytes, false)
  const what = disagreement(ours, theirs)
  if (what === null) return null
  if (what !== 'head' && classes.some((entry) => entry.explains(what, text, ours, theirs))) return null
  return `${what}: ${JSON.stringify(text.slice(0, 300))} ours ${ours.fault || 'ok'}, theirs ${theirs.fault || 'ok'}`
}

const KINDS = [
  ['request', REQUEST_DIFFERENCES],
  ['response', RESPONSE_DIFFERENCES],
] as const

describe('the HTTP/1 parser agrees with llhttp, but for the listed classes', () => {
  it.each(KINDS)('on every %s', (kind, classes) => {
    const found: string[] = []
    for (const text of messages(kind)) {
      const difference = unexplained(kind, text, classes)
      if (difference !== null) found.push(difference)
    }
    expect(found.slice(0, 20)).toEqual([])
  })

  it.each(KINDS)('takes enough of every %s to compare more than refusals', (kind) => {
    let taken = 0
    for (const text of messages(kind)) if (ourOutcome(kind, Buffer.from(text, 'latin1'), false).messages.length > 0) taken++
    expect(taken).toBeGreaterThan(COUNT / 4)
  })

  it.each(KINDS.flatMap(([kind, classes]) => classes.map((entry) => [kind, entry.reason, entry] as const)))(
    'and has an example: %s: %s',
    (kind, _, entry) => {
      expect(unexplained(kind, entry.example, [])).not.toBe(null)
      expect(unexplained(kind, entry.example, [entry])).toBe(null)
    },
  )
})

/** How much of a body was delivered before its fault does depend on the cuts. */
function settled(outcome: Outcome): Outcome {
  if (outcome.fault !== '' && outcome.messages.length > 0) outcome.messages.at(-1)!.body = ''
  return outcome
}

describe('the HTTP/1 parser gives one verdict however the bytes are cut', () => {
  it.each(['request', 'response'] as const)('on mutated %ss', (kind) => {
    const dice = new Dice(SEED + 1)
    let count = 0
    for (const text of messages(kind)) {
      if (count++ > CUT_COUNT) break
      const bytes = Buffer.from(text, 'latin1')
      const cuts = [1, 1 + dice.roll(Math.max(1, bytes.length - 1))]
      const whole = settled(ourOutcome(kind, bytes, false))
      for (const cut of cuts) expect(settled(ourOutcome(kind, bytes, false, cut)), JSON.stringify(text)).toEqual(whole)
    }
  })
})
