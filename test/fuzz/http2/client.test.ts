/**
 * Random conversations with a client connection, whose owner begins, feeds, pauses and resets requests at random. Whatever
 * the server says: no exception, the codec's contract holds, what is written is HTTP/2, each request ends exactly once for
 * its receiver and for the pool, and nothing of one is left when the connection is gone.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { HeaderMap } from '../../../host/http/header-map.ts'
import type { ClientStream } from '../../../host/http/codec.ts'
import { Http2ClientConnection } from '../../../host/http2/client.ts'
import { frame } from '../../support/http2-frames.ts'
import { shareOf } from '../../support/counts.ts'
import { MemorySocket, RecordedResponse, RecordingPool } from '../../host/http1/recording.ts'
import { http2ClientOptions } from '../../host/http2/recording.ts'
import { Dice } from '../http1/messages.ts'
import { account } from './conversation.ts'
import { OutputCheck, must } from './output-check.ts'
import { RandomServer } from './random-server.ts'

const SEED = 20_261_128
const CONVERSATIONS = shareOf(200_000)
const FRAMES = 24
const PER_TURN = 200
const PREFACE_BYTES = 24

interface Request {
  readonly response: RecordedResponse
  readonly stream: ClientStream
  isGivenUp: boolean
  isSent: boolean
}

class Conversation {
  readonly #dice: Dice
  readonly #server: RandomServer
  readonly #check = new OutputCheck(':method')
  readonly #pool = new RecordingPool()
  readonly #socket = new MemorySocket()
  readonly #connection: Http2ClientConnection
  readonly #options = http2ClientOptions()
  readonly requests: Request[] = []
  frames = 0

  constructor(dice: Dice) {
    this.#dice = dice
    this.#server = new RandomServer(dice)
    this.#connection = new Http2ClientConnection(this.#options, this.#pool, this.#socket.open)
    this.#socket.emit('connect')
    this.#flush(PREFACE_BYTES)
    this.#receive(frame('SETTINGS', 0, 0))
  }

  run(): void {
    while (this.frames < FRAMES && !this.#connection.isGone) {
      for (let i = this.#dice.roll(3); i > 0; i--) this.#act()
      this.#flush()
      const bytes = this.#server.next()
      this.frames++
      account(this.#check, bytes)
      const cut = this.#dice.roll(4) === 0 ? this.#dice.roll(bytes.length + 1) : bytes.length
      this.#receive(bytes.subarray(0, cut))
      if (cut < bytes.length) this.#receive(bytes.subarray(cut))
    }
  }

  /** After this every request has ended, once. */
  finish(): void {
    this.#connection.close()
    this.#socket.emit('close')
    must(this.#connection.streams.size === 0, 'streams of a closed connection')
    must(this.#pool.closed.length === 1, `the pool was told ${this.#pool.closed.length} times that the connection is gone`)
    must(this.#pool.ended.length <= this.requests.length, 'more requests have ended than were begun')
    for (const { response, isGivenUp } of this.requests)
      must(
        isGivenUp || response.isComplete || response.resetReason !== '',
        `a request without an end: ${JSON.stringify(response)}`,
      )
    must(this.#options.active() === 0, `${this.#options.active()} streams are still counted`)
  }

  get answered(): number {
    return this.requests.filter(({ response }) => response.isComplete).length
  }

  #act(): void {
    const dice = this.#dice
    if (this.#connection.streams.size < this.#connection.maxStreams && dice.roll(2) === 0) return this.#begin()
    if (this.requests.length === 0) return
    const request = dice.pick(this.requests)
    if (request.isGivenUp) return
    switch (dice.roll(6)) {
      case 0:
        // A request that has ended is no longer its owner's.
        request.isGivenUp = !request.response.isComplete && request.response.resetReason === ''
        return request.stream.reset('local_reset')
      case 1:
        return request.stream.pauseReads()
      case 2:
        return request.stream.resumeReads()
      case 3:
        return this.#send(request, () => request.stream.trailers(HeaderMap.from([['x-t', 'v']])), true)
      default:
        return this.#data(request)
    }
  }

  #begin(): void {
    const response = new RecordedResponse()
    const stream = this.#connection.newStream(response)
    const isEnd = this.#dice.roll(2) === 0
    const head: [string, string][] = [
      [':method', this.#dice.pick(['GET', 'POST', 'HEAD'])],
      [':path', '/'],
      [':scheme', 'http'],
      [':authority', 'a.test'],
      ['x-a', 'v'.repeat(this.#dice.roll(this.#dice.roll(200) === 0 ? 40_000 : 40))],
    ]
    stream.head(HeaderMap.from(head), isEnd)
    this.requests.push({ response, stream, isGivenUp: false, isSent: isEnd })
    this.#server.begun(2 * this.requests.length - 1)
  }

  #data(request: Request): void {
    const length = this.#dice.roll(this.#dice.roll(60) === 0 ? 100_000 : 300)
    const isEnd = length === 0 || this.#dice.roll(3) === 0
    this.#send(request, () => request.stream.data(Buffer.alloc(length, 0x62), 0, length, isEnd), isEnd)
  }

  #send(request: Request, send: () => void, isEnd: boolean): void {
    if (request.isSent) return
    request.isSent = isEnd
    send()
  }

  #receive(bytes: Buffer): void {
    if (bytes.length > 0 && !this.#socket.destroyed) this.#socket.receive(bytes)
    this.#flush()
  }

  #flush(skipped = 0): void {
    this.#connection.output.flush()
    const written = Buffer.from(this.#socket.written, 'latin1')
    this.#socket.written = ''
    this.#check.take(written.subarray(skipped))
  }
}

describe('random conversations with an HTTP/2 upstream', () => {
  it(`${CONVERSATIONS} of them end well`, { timeout: 900_000 }, async () => {
    const total = { frames: 0, requests: 0, answered: 0 }
    for (let round = 0; round < CONVERSATIONS; round++) {
      try {
        const conversation = new Conversation(new Dice(SEED + round))
        conversation.run()
        conversation.finish()
        total.frames += conversation.frames
        total.requests += conversation.requests.length
        total.answered += conversation.answered
      } catch (error) {
        throw new Error(`conversation of seed ${SEED + round}`, { cause: error })
      }
      if (round % PER_TURN === 0) await nextTurn()
    }
    // Deep states are seen: most conversations go on to their end, and requests are answered.
    expect(total.frames / CONVERSATIONS).toBeGreaterThan(12)
    expect(total.requests / CONVERSATIONS).toBeGreaterThan(3)
    expect(total.answered / CONVERSATIONS).toBeGreaterThan(1)
  })
})
