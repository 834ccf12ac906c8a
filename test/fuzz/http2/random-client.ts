/**
 * A client that knows its own streams, and so gets deep into a conversation: most frames fit the state, now and then one
 * breaks a rule or is changed at random.
 */
import { END_HEADERS, END_STREAM, OPENING, block, frame, number32 } from '../../support/http2-frames.ts'
import type { Dice } from '../http1/messages.ts'

type Field = readonly [string, string]

const METHODS = ['GET', 'GET', 'POST', 'POST', 'HEAD', 'PUT', 'OPTIONS', 'CONNECT', 'FOO']
const PATHS = ['/', '/a', '/a?b=c', '*', '', 'x', '/a b', '/\x01', '/#']
const EXTRA: readonly Field[] = [
  ['accept', 'a'],
  ['accept', 'b'],
  ['cookie', 'a=1'],
  ['cookie', 'b=2'],
  ['x-a', 'one'],
  ['x_under', 'two'],
  ['te', 'trailers'],
  ['expect', '100-continue'],
  ['x-long', 'v'.repeat(300)],
]
const BAD: readonly Field[] = [
  ['X-Upper', 'a'],
  ['connection', 'close'],
  ['te', 'gzip'],
  ['transfer-encoding', 'chunked'],
  ['x-nul', 'a\0b'],
  ['x-line', 'a\nb'],
  [':late', 'a'],
  [':path', '/twice'],
  ['host', 'other.test'],
  ['content-length', 'x'],
  ['', 'a'],
  ['x y', 'a'],
]
const SETTING_VALUES = [0, 1, 33, 1000, 16384, 65535, 1 << 20, 0x7fffffff, 0xffffffff]

/** One frame, and whether the client meant well. */
export interface Sent {
  readonly bytes: Buffer
  readonly isPlain: boolean
}

export class RandomClient {
  readonly #dice: Dice
  #nextId = 1
  /** Streams on which the client has not ended its message, with the bytes that it has announced (-1 = none). */
  readonly #open = new Map<number, number>()
  /** What the next frame must belong to: an open header block. */
  #block: { readonly id: number; rest: Buffer } | null = null

  constructor(dice: Dice) {
    this.#dice = dice
  }

  opening(): Buffer {
    return OPENING
  }

  next(): Sent {
    const dice = this.#dice
    const isPlain = dice.roll(25) !== 0
    const made = this.#block === null || dice.roll(60) === 0 ? this.#frame(isPlain) : this.#continuation(this.#block)
    if (dice.roll(150) !== 0) return { bytes: made, isPlain }
    return { bytes: this.#mutated(made), isPlain: false }
  }

  #frame(isPlain: boolean): Buffer {
    const dice = this.#dice
    switch (dice.roll(14)) {
      case 0:
      case 1:
      case 2:
        return this.#request(isPlain)
      case 3:
      case 4:
      case 5:
      case 6:
        return this.#data(isPlain)
      case 7:
        return this.#trailers(isPlain)
      case 8:
        return frame('RST_STREAM', 0, this.#anyId(isPlain), isPlain ? number32(8) : Buffer.alloc(dice.roll(6)))
      case 9:
        return this.#settings(isPlain)
      case 10:
        return frame('PING', isPlain ? 0 : dice.roll(2), isPlain ? 0 : dice.roll(3), Buffer.alloc(isPlain ? 8 : dice.roll(10)))
      case 11:
        return frame(
          'PRIORITY',
          0,
          this.#anyId(isPlain) || 1,
          isPlain ? Buffer.from([0, 0, 0, 0, 9]) : Buffer.alloc(dice.roll(7)),
        )
      case 12:
        return this.#odd(isPlain)
      default:
        return this.#windowUpdate(isPlain)
    }
  }

  #request(isPlain: boolean): Buffer {
    const dice = this.#dice
    const id = isPlain ? this.#nextId : this.#anyId(false)
    if (id === this.#nextId) this.#nextId += 2
    const isEnd = dice.roll(2) === 0
    const length = !isEnd && dice.roll(3) === 0 ? dice.roll(40) : -1
    if (!isEnd) this.#open.set(id, length)
    return this.#headers(id, isEnd, this.#requestFields(isPlain, length), isPlain)
  }

  #requestFields(isPlain: boolean, length: number): Field[] {
    const dice = this.#dice
    const method = dice.pick(isPlain ? METHODS.slice(0, 7) : METHODS)
    const path = dice.pick(isPlain ? PATHS.slice(0, 3) : PATHS)
    const fields: Field[] = [
      [':method', method],
      [':scheme', 'http'],
      [':path', path],
      [':authority', 'a.test'],
    ]
    for (let i = dice.roll(5); i > 0; i--) fields.push(dice.pick(EXTRA))
    if (length >= 0) fields.push(['content-length', String(length)])
    if (!isPlain && dice.roll(2) === 0) fields.splice(dice.roll(fields.length + 1), 0, dice.pick(BAD))
    if (!isPlain && dice.roll(4) === 0) fields.splice(dice.roll(4), 1)
    return fields
  }

  /** HEADERS with priority and padding now and then, its block cut now and then. */
  #headers(id: number, isEnd: boolean, fields: readonly Field[], isPlain: boolean): Buffer {
    const dice = this.#dice
    let whole = this.#encode(fields)
    if (!isPlain && dice.roll(6) === 0) whole = Buffer.concat([whole, Buffer.from([0x80 | dice.roll(128), dice.roll(256)])])
    const isCut = dice.roll(6) === 0
    const cut = isCut ? dice.roll(whole.length + 1) : whole.length
    if (isCut) this.#block = { id, rest: whole.subarray(cut) }
    let flags = (isEnd ? END_STREAM : 0) | (isCut ? 0 : END_HEADERS)
    let payload = whole.subarray(0, cut)
    if (dice.roll(8) === 0) {
      flags |= 0x20
      payload = Buffer.concat([Buffer.from([0, 0, 0, dice.roll(8), 5]), payload])
    }
    if (dice.roll(8) === 0) {
      flags |= 8
      const padding = dice.roll(9)
      payload = Buffer.concat([Buffer.from([isPlain ? padding : dice.roll(40)]), payload, Buffer.alloc(padding)])
    }
    return frame('HEADERS', flags, id, payload)
  }

  /** Literals, some of which the table keeps. */
  #encode(fields: readonly Field[]): Buffer {
    const parts = fields.map((field) => {
      const literal = block(field)
      if (this.#dice.roll(3) === 0) literal[0] = 0x40
      return literal
    })
    if (this.#dice.roll(12) === 0) parts.unshift(Buffer.from([0x20 | this.#dice.roll(31)]))
    return Buffer.concat(parts)
  }

  #continuation(open: { readonly id: number; rest: Buffer }): Buffer {
    const isLast = this.#dice.roll(3) > 0
    const cut = isLast ? open.rest.length : this.#dice.roll(open.rest.length + 1)
    const piece = open.rest.subarray(0, cut)
    open.rest = open.rest.subarray(cut)
    if (isLast) this.#block = null
    return frame('CONTINUATION', isLast ? END_HEADERS : 0, open.id, piece)
  }

  #data(isPlain: boolean): Buffer {
    const dice = this.#dice
    const id = isPlain ? this.#openId() : this.#anyId(false)
    if (id === 0 && isPlain) return this.#request(true)
    const left = this.#open.get(id) ?? -1
    const length = left >= 0 && isPlain ? dice.roll(left + 1) : dice.roll(dice.roll(50) === 0 ? 16_384 : 60)
    const isEnd = left >= 0 && isPlain ? length === left : dice.roll(3) === 0
    if (isEnd) this.#open.delete(id)
    else if (left >= 0) this.#open.set(id, left - length)
    const body = Buffer.alloc(length, 0x61)
    if (dice.roll(8) > 0) return frame('DATA', isEnd ? END_STREAM : 0, id, body)
    const padding = dice.roll(20)
    const padded = Buffer.concat([Buffer.from([isPlain ? padding : dice.roll(256)]), body, Buffer.alloc(padding)])
    return frame('DATA', 8 | (isEnd ? END_STREAM : 0), id, padded.subarray(0, 16_384))
  }

  #trailers(isPlain: boolean): Buffer {
    const id = isPlain ? this.#openId() : this.#anyId(false)
    if (id === 0) return this.#request(true)
    this.#open.delete(id)
    const isEnd = isPlain || this.#dice.roll(2) === 0
    return this.#headers(id, isEnd, isPlain ? [['x-t', 'v']] : [this.#dice.pick(BAD)], isPlain)
  }

  #settings(isPlain: boolean): Buffer {
    const dice = this.#dice
    const entries = Array.from({ length: dice.roll(3) }, () => {
      const id = isPlain ? dice.pick([1, 3, 4]) : dice.roll(9)
      const value = isPlain ? dice.pick(SETTING_VALUES.slice(0, 7)) : dice.pick(SETTING_VALUES)
      return Buffer.concat([Buffer.from([0, id]), number32(value)])
    })
    return frame('SETTINGS', isPlain ? 0 : dice.roll(2), isPlain ? 0 : dice.roll(2), Buffer.concat(entries))
  }

  #windowUpdate(isPlain: boolean): Buffer {
    const dice = this.#dice
    const increment = isPlain ? 1 + dice.roll(100_000) : dice.pick([0, 1, 0x7fffffff, 0xffffffff])
    return frame('WINDOW_UPDATE', 0, dice.roll(2) === 0 ? 0 : this.#anyId(isPlain), number32(increment))
  }

  #odd(isPlain: boolean): Buffer {
    const dice = this.#dice
    if (isPlain) return frame(20 + dice.roll(200), dice.roll(256), dice.roll(9), Buffer.alloc(dice.roll(30)))
    if (dice.roll(3) === 0) return frame('GOAWAY', 0, dice.roll(2), Buffer.alloc(dice.roll(12)))
    return frame(dice.roll(10), dice.roll(256), this.#anyId(false), Buffer.alloc(dice.roll(30), dice.roll(256)))
  }

  /** A stream that was begun; 0 = there is none. */
  #openId(): number {
    const ids = Array.from(this.#open.keys())
    return ids.length === 0 ? 0 : this.#dice.pick(ids)
  }

  #anyId(isBegun: boolean): number {
    if (isBegun) return this.#nextId === 1 ? 0 : 1 + 2 * this.#dice.roll((this.#nextId - 1) / 2)
    return this.#dice.roll(this.#nextId + 6)
  }

  #mutated(bytes: Buffer): Buffer {
    const copy = Buffer.from(bytes)
    for (let i = 1 + this.#dice.roll(3); i > 0; i--) copy[this.#dice.roll(copy.length)] = this.#dice.roll(256)
    return this.#dice.roll(4) === 0 ? copy.subarray(0, this.#dice.roll(copy.length + 1)) : copy
  }
}
