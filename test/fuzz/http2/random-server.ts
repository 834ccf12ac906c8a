/**
 * A server that knows which streams were begun, and so gets deep into a conversation: most frames fit the state, now and
 * then one breaks a rule or is changed at random.
 */
import { END_HEADERS, END_STREAM, block, frame, number32 } from '../../support/http2-frames.ts'
import type { Dice } from '../http1/messages.ts'

type Field = readonly [string, string]

const EXTRA: readonly Field[] = [
  ['content-type', 'a/b'],
  ['vary', 'a'],
  ['cache-control', 'a'],
  ['cache-control', 'b'],
  ['set-cookie', 'a=1'],
  ['x-long', 'v'.repeat(300)],
]
const BAD: readonly Field[] = [
  ['X-Upper', 'a'],
  ['connection', 'close'],
  ['transfer-encoding', 'chunked'],
  ['x-nul', 'a\0b'],
  [':late', 'a'],
  [':status', '200'],
  ['content-length', 'x'],
  ['', 'a'],
]
const STATUSES = ['200', '200', '204', '304', '404', '500']
const BAD_STATUSES = ['101', '099', '1000', 'abc', '']

export class RandomServer {
  readonly #dice: Dice
  /** Streams that were begun and not ended by us: bytes of the body that are announced, -1 = none; null = no head yet. */
  readonly #open = new Map<number, number | null>()

  constructor(dice: Dice) {
    this.#dice = dice
  }

  /** The proxy has begun a stream. */
  begun(id: number): void {
    this.#open.set(id, null)
  }

  next(): Buffer {
    const isPlain = this.#dice.roll(25) !== 0
    const made = this.#frame(isPlain)
    return this.#dice.roll(150) === 0 ? this.#mutated(made) : made
  }

  #frame(isPlain: boolean): Buffer {
    const dice = this.#dice
    const id = isPlain ? this.#openId() : dice.roll(30)
    switch (dice.roll(isPlain && id === 0 ? 5 : 12)) {
      case 0:
        return frame(
          'PING',
          isPlain ? dice.roll(2) : dice.roll(256),
          isPlain ? 0 : dice.roll(3),
          Buffer.alloc(isPlain ? 8 : dice.roll(10)),
        )
      case 1:
        return this.#settings(isPlain)
      case 2:
        return frame('WINDOW_UPDATE', 0, id, number32(isPlain ? 1 + dice.roll(100_000) : dice.pick([0, 0x7fffffff])))
      case 3:
        return frame(
          isPlain ? 20 + dice.roll(200) : dice.roll(10),
          dice.roll(256),
          id,
          Buffer.alloc(dice.roll(20), dice.roll(256)),
        )
      case 4:
        return dice.roll(10) === 0 ? this.#goAway(isPlain) : frame('WINDOW_UPDATE', 0, 0, number32(1 + dice.roll(100_000)))
      case 5:
        this.#open.delete(id)
        return frame('RST_STREAM', 0, id, number32(dice.pick([0, 1, 2, 7, 8, 10, 11])))
      default:
        return this.#answer(id, isPlain)
    }
  }

  #answer(id: number, isPlain: boolean): Buffer {
    const dice = this.#dice
    const left = this.#open.get(id)
    if (left === undefined || left === null) return this.#head(id, isPlain)
    if (dice.roll(6) === 0 && left <= 0)
      return this.#headers(id, true, [['x-trailer', 'v'], ...(isPlain ? [] : [dice.pick(BAD)])])
    return this.#data(id, left, isPlain)
  }

  #head(id: number, isPlain: boolean): Buffer {
    const dice = this.#dice
    if (isPlain && dice.roll(6) === 0) return this.#headers(id, false, [[':status', '103']])
    const status = isPlain ? dice.pick(STATUSES) : dice.pick([...STATUSES, ...BAD_STATUSES])
    const isBare = status === '204' || status === '304'
    const length = isBare || dice.roll(3) > 0 ? -1 : dice.roll(40)
    const fields: Field[] = [[':status', status]]
    for (let i = dice.roll(4); i > 0; i--) fields.push(dice.pick(EXTRA))
    if (length >= 0) fields.push(['content-length', String(length)])
    if (!isPlain) fields.splice(dice.roll(fields.length + 1), 0, dice.pick(BAD))
    const isEnd = isBare || length === 0 || (length < 0 && dice.roll(4) === 0)
    this.#open.set(id, length)
    return this.#headers(id, isEnd, fields)
  }

  #headers(id: number, isEnd: boolean, fields: readonly Field[]): Buffer {
    const dice = this.#dice
    if (isEnd) this.#open.delete(id)
    const literals = fields.map((field) => {
      const literal = block(field)
      if (dice.roll(3) === 0) literal[0] = 0x40
      return literal
    })
    const whole = Buffer.concat(literals)
    const end = isEnd ? END_STREAM : 0
    if (dice.roll(6) > 0) return frame('HEADERS', end | END_HEADERS, id, whole)
    const cut = dice.roll(whole.length + 1)
    return Buffer.concat([
      frame('HEADERS', end, id, whole.subarray(0, cut)),
      frame('CONTINUATION', END_HEADERS, id, whole.subarray(cut)),
    ])
  }

  #data(id: number, left: number, isPlain: boolean): Buffer {
    const dice = this.#dice
    const length = left >= 0 && isPlain ? dice.roll(left + 1) : dice.roll(dice.roll(50) === 0 ? 16_384 : 60)
    const isEnd = left >= 0 && isPlain ? length === left : dice.roll(3) === 0
    if (isEnd) this.#open.delete(id)
    else if (left >= 0) this.#open.set(id, left - length)
    return frame('DATA', isEnd ? END_STREAM : 0, id, Buffer.alloc(length, 0x61))
  }

  #settings(isPlain: boolean): Buffer {
    const dice = this.#dice
    const entries = Array.from({ length: dice.roll(3) }, () => {
      const id = isPlain ? dice.pick([1, 3, 4]) : dice.roll(9)
      return Buffer.concat([Buffer.from([0, id]), number32(dice.pick([0, 1, 33, 1000, 65_535, 1 << 20]))])
    })
    return frame('SETTINGS', 0, 0, Buffer.concat(entries))
  }

  #goAway(isPlain: boolean): Buffer {
    const dice = this.#dice
    const last = isPlain ? dice.pick([0, 1, 3, 5, 0x7fffffff]) : dice.roll(256)
    for (const id of this.#open.keys()) if (id > last) this.#open.delete(id)
    return frame('GOAWAY', 0, isPlain ? 0 : dice.roll(2), Buffer.concat([number32(last), number32(dice.roll(13))]))
  }

  #openId(): number {
    const ids = Array.from(this.#open.keys())
    return ids.length === 0 ? 0 : this.#dice.pick(ids)
  }

  #mutated(bytes: Buffer): Buffer {
    const copy = Buffer.from(bytes)
    for (let i = 1 + this.#dice.roll(3); i > 0; i--) copy[this.#dice.roll(copy.length)] = this.#dice.roll(256)
    return copy
  }
}
