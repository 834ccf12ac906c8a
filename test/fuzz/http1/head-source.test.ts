/**
 * A map that knows the head it was read from says the same as one that does not, whatever is changed: what is written
 * of it, and what a guest gets of it.
 */
import { describe, expect, it } from 'vitest'
import { copyEncodedHeaders, encodeHeaders } from '../../../host/abi/encoded-headers.ts'
import { writeValue } from '../../../host/abi/source-bytes.ts'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { canonicalName } from '../../../host/http/names.ts'
import { HeadParser, ParseResult } from '../../../host/http1/head-parser.ts'
import { requestFields, responseFields } from '../../../host/http1/head-writer.ts'
import { RequestHead } from '../../../host/http1/request-head.ts'
import { HTTP1_DEFAULTS } from '../../host/http1/corpus.ts'
import { shareOf } from '../../support/counts.ts'
import { Dice } from './messages.ts'

const ROUNDS = shareOf(80_000)
const SEED = 1602
const NAMES = [
  'accept',
  'X-A',
  'x-b',
  'Cookie',
  'Content-Type',
  'keep-alive',
  'x-envoy-internal',
  'x-long-name-that-is-not-inline',
]
const BLANKS = ['', ' ', ' ', ' ', '\t', '  ']
const ALPHABET = 'abcXYZ09-_;="\xe9\t '

type Change = (map: HeaderMap, name: string, value: string) => void
const CHANGES: readonly Change[] = [
  (map, name, value) => map.add(name, value),
  (map, name, value) => map.push(name, value),
  (map, name, value) => map.set(name, value),
  (map, name, value) => map.setInPlace(name, value),
  (map, name, value) => map.setOwn(name, value),
  (map, name) => void map.remove(name),
  (map, name, value) => map.insert(2 * (map.size >> 1), name, value),
  (map, _, value) => map.set(':path', `/${value.trim()}`),
  (map, _, value) => map.setInPlace(':authority', value.trim()),
]

function randomHead(dice: Dice): string {
  let head = `GET /${dice.text('abc/?', 12)} HTTP/1.1\r\nHost: a${dice.text('bc.', 5)}\r\n`
  for (let i = dice.roll(9); i > 0; i--) {
    head += `${dice.pick(NAMES)}:${dice.pick(BLANKS)}${dice.text(ALPHABET, 40).trim()}${dice.pick(BLANKS)}\r\n`
  }
  return `${head}\r\n`
}

/** Reads the head as a connection does, in one piece or in two. */
function read(dice: Dice, text: string): HeaderMap {
  const parser = new HeadParser('request', HTTP1_DEFAULTS)
  const cut = dice.roll(3) === 0 ? 1 + dice.roll(text.length - 1) : text.length
  let result = parser.execute(Buffer.from(text.slice(0, cut), 'latin1'), 0, cut)
  if (cut < text.length) result = parser.execute(Buffer.from(text.slice(cut), 'latin1'), 0, text.length - cut)
  expect(result).toBe(ParseResult.Done)
  const head = new RequestHead()
  expect(head.read(parser, HTTP1_DEFAULTS, 'http')).toBeNull()
  return head.map
}

function guestForm(map: HeaderMap): Buffer {
  const target = Buffer.alloc(encodeHeaders(map))
  copyEncodedHeaders(target, 0)
  return target
}

/** Every value as a guest reads it alone, with the bytes round it. */
function guestValues(map: HeaderMap): string[] {
  return Array.from({ length: map.size }, (_, index) => {
    const memory = Buffer.alloc(map.fields[2 * index + 1]!.length + 2, '|')
    writeValue(map, 2 * index, memory, new DataView(memory.buffer, memory.byteOffset, memory.length), 1)
    return memory.latin1Slice()
  })
}

describe('a map with the source of its fields', () => {
  it('is written and handed to guests like one without', () => {
    const dice = new Dice(SEED)
    for (let round = 0; round < ROUNDS; round++) {
      const map = read(dice, randomHead(dice))
      for (let i = dice.roll(6); i >= 0; i--) {
        const plain = map.clone()
        expect(requestFields(map, null)).toBe(requestFields(plain, null))
        expect(responseFields(map, false, true, null)).toBe(responseFields(plain, false, true, null))
        expect(guestValues(map)).toEqual(plain.fields.filter((_, at) => at % 2 === 1).map((value) => `|${value}|`))
        expect(guestForm(map)).toEqual(guestForm(plain))
        dice.pick(CHANGES)(map, canonicalName(dice.pick(NAMES)), dice.text(ALPHABET, 20))
      }
    }
  })

  it('forwards the lines between two changes as they came', () => {
    const map = read(
      new Dice(1),
      'GET / HTTP/1.1\r\nHost: a\r\nX-One: 1\r\nX-Two:2\r\nX-Three: 3 \r\nX-Four: 4\r\nX-Five: 5\r\n\r\n',
    )
    map.setInPlace('x-one', 'changed')
    map.remove('x-four')
    expect(requestFields(map, null)).toBe('x-one: changed\r\nx-two: 2\r\nx-three: 3\r\nx-five: 5\r\n')
  })

  it.each(['a\rb', 'a\nb', 'a\0b'])('is not written with the value %j', (value) => {
    const head = 'GET / HTTP/1.1\r\nHost: a\r\nX-One: 1\r\nX-Two: 2\r\n\r\n'
    for (const change of CHANGES.slice(0, 4)) {
      const map = read(new Dice(1), head)
      change(map, 'x-one', value)
      expect(requestFields(map, null)).toBeNull()
    }
  })
})

describe('a name in its place of the last head', () => {
  /** Fields that a parser finds after it has read a head with `x-a-name`. */
  function second(line: string): string[] | null {
    const first = Buffer.from('GET / HTTP/1.1\r\nx-a-name: 1\r\n\r\n')
    const next = Buffer.from(`GET / HTTP/1.1\r\n${line}\r\n\r\n`, 'latin1')
    const parser = new HeadParser('request', HTTP1_DEFAULTS)
    expect(parser.execute(first, 0, first.length)).toBe(ParseResult.Done)
    if (parser.execute(next, 0, next.length) !== ParseResult.Done) return null
    const { fields, text } = parser
    return fields.nameStarts.slice(0, fields.count).map((start, i) => text.slice(start, fields.nameEnds[i]))
  }

  it.each([
    ['x-a-name: 2', ['x-a-name']],
    ['X-A-NAME: 2', ['x-a-name']],
    ['x-A-nAme:', ['x-a-name']],
    ['x-a-namf: 2', ['x-a-namf']],
    ['x-a-nam: 2', ['x-a-nam']],
    ['x-a-names: 2', ['x-a-names']],
    // Bytes that differ from a hyphen or a letter by the bit that tells letter cases apart.
    ['x\ra-name: 2', null],
    ['x-a-name\x1a 2', null],
    ['x-\x01-name: 2', null],
  ])('is told from %j', (line, names) => {
    expect(second(line)).toEqual(names)
  })
})
