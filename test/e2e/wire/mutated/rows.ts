/** Mutated requests from a fixed seed as rows of the wire suite. */
import { Dice, mutated, randomRequest } from '../../../fuzz/http1/messages.ts'
import { REQUESTS } from '../../../host/http1/corpus.ts'
import type { ProfileName } from '../profiles.ts'
import type { WireRow } from '../row.ts'
import { ANSWER_OK } from '../rows/make.ts'
import { PROBE, PROBED } from '../scripted-upstream.ts'
import { RESET, heard } from '../step.ts'

const SEED = 20_261_129
/** As the lanes of these profiles stand to each other. */
const PROFILES: readonly ProfileName[] = [
  ...Array.from({ length: 9 }, () => 'plain' as const),
  'trailers',
  'websocket',
  'connect',
  'http10',
]

/** A row without a recorded verdict: Envoy's is the one. */
export type MutatedRow = WireRow & { readonly text: string }

/** The first `count` rows. */
export function mutatedRows(count: number): MutatedRow[] {
  const dice = new Dice(SEED)
  const corpus = REQUESTS.map(({ bytes }) => bytes).filter((bytes) => bytes.length > 0 && bytes.length < 2000)
  return Array.from({ length: count }, (_, index) => mutatedRow(`mutated/${index}`, dice.pick(PROFILES), requests(dice, corpus)))
}

/**
 * The row that sends `text`. The request behind it tells when all before it is done: it is answered, unless the connection
 * ends first, or its bytes belong to a request that waits for more.
 */
function mutatedRow(id: string, profile: ProfileName, text: string): MutatedRow {
  const client = [text, PROBE, heard(PROBED), RESET]
  return { id, profile, text, client, upstream: ANSWER_OK, answers: 0, expect: { status: 0, details: null } }
}

/** One or two requests; each is changed, but for a fifth of them. */
function requests(dice: Dice, corpus: readonly string[]): string {
  const first = request(dice, corpus)
  return dice.roll(3) === 0 ? first + request(dice, corpus) : first
}

function request(dice: Dice, corpus: readonly string[]): string {
  const fresh = randomRequest(dice)
  const base = dice.roll(2) === 0 ? dice.pick(corpus) : fresh
  return dice.roll(5) === 0 ? base : mutated(dice, base, corpus)
}
