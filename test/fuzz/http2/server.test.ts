/**
 * Random conversations with a server connection, whose owner answers, resets, pauses and forgets at random. Whatever
 * comes: no exception, the codec's contract holds (RecordedMessage checks it), what is written is HTTP/2, and nothing of
 * a stream is left when its connection is gone.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { shareOf } from '../../support/counts.ts'
import { Dice } from '../http1/messages.ts'
import { converse } from './conversation.ts'

const SEED = 20_261_128
/** With those of clients (client.test.ts) 10^6. */
const CONVERSATIONS = shareOf(800_000)
/** What is deferred to the end of a turn is kept until there is one. */
const PER_TURN = 200

describe('random conversations of HTTP/2', () => {
  it(`${CONVERSATIONS} of them end well`, { timeout: 900_000 }, async () => {
    const total = { frames: 0, requests: 0, answered: 0, goaways: 0 }
    for (let round = 0; round < CONVERSATIONS; round++) {
      try {
        const seen = converse(new Dice(SEED + round))
        total.frames += seen.frames
        total.requests += seen.requests
        total.answered += seen.answered
        total.goaways += seen.goaways
      } catch (error) {
        throw new Error(`conversation of seed ${SEED + round}`, { cause: error })
      }
      if (round % PER_TURN === 0) await nextTurn()
    }
    // Deep states are seen: most conversations go on to their end, and requests are answered.
    expect(total.frames / CONVERSATIONS).toBeGreaterThan(12)
    expect(total.answered).toBeGreaterThan(CONVERSATIONS / 2)
    expect(total.goaways).toBeGreaterThan(CONVERSATIONS / 20)
  })
})
