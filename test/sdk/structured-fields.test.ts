/** Structured fields of the SDK beside the npm package `structured-headers`, on texts by dice. */
import {
  parseDictionary,
  parseItem,
  parseList,
  serializeDictionary,
  serializeItem,
  serializeList,
  type Dictionary,
  type Item,
  type List,
} from 'structured-headers'
import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../../host/testing/seeded-random.ts'
import { shareOf } from '../support/counts.ts'
import { cryptoGuest } from './support/crypto-guest.ts'

const guest = await cryptoGuest('structured')
const RUNS = shareOf(40_000)

type Kind = 'dictionary' | 'list' | 'item'
const KINDS: readonly Kind[] = ['dictionary', 'list', 'item']

/** A field written the one way there is, or null when it is none. */
function ours(kind: Kind, text: string): string | null {
  const written = guest.call(kind, { in: Buffer.from(text, 'latin1') })
  return written === 'none' ? null : Buffer.from(written, 'hex').toString('latin1')
}

it.each<[Kind, string, string]>([
  ['dictionary', 'a=1,    b=2;x=1;y=2,   c=(a   b   c)', 'a=1, b=2;x=1;y=2, c=(a b c)'],
  ['dictionary', 'a, b;q=?0, c=?0;x', 'a, b;q=?0, c=?0;x'],
  ['dictionary', 'a=1, b, a=2', 'a=2, b'],
  ['dictionary', '', ''],
  ['list', '"a\\"\\\\", t/o:k*;a;b=*x, :aGk=:, ( "x";p )', '"a\\"\\\\", t/o:k*;a;b=*x, :aGk=:, ("x";p)'],
  ['list', ' 001, -0, 1.50, -0.5, 999999999999999 ', '1, 0, 1.5, -0.5, 999999999999999'],
  ['item', '  a;a=1;a=2', 'a;a=2'],
])('writes a %s anew: %s', (kind, text, written) => {
  expect(ours(kind, text)).toBe(written)
})

it.each<[Kind, string]>([
  ['dictionary', 'a=1,'],
  ['dictionary', ',a'],
  ['dictionary', 'A=1'],
  ['dictionary', 'a=1 b=2'],
  ['dictionary', 'a ='],
  ['list', '(a, b)'],
  ['list', '(a'],
  ['list', '("a""b")'],
  ['list', '"a'],
  ['list', '"\\a"'],
  ['list', '"ä"'],
  ['list', '1000000000000000'],
  ['list', '1.2345'],
  ['list', '1234567890123.1'],
  ['list', '1.'],
  ['list', '-'],
  ['list', ':a:'],
  ['list', ':aGk'],
  ['list', '?2'],
  ['list', 'a;'],
  ['item', ''],
  ['item', 'a, b'],
  ['item', '\ta'],
])('takes no %s that is none: %s', (kind, text) => {
  expect(ours(kind, text)).toBeNull()
})

it('bounds how many names there are', () => {
  const names = (count: number, between: string): string => Array.from({ length: count }, (_, i) => `a${i}`).join(between)
  expect(ours('dictionary', names(1024, ','))).toBe(names(1024, ', '))
  expect(ours('dictionary', names(1026, ','))).toBeNull()
  expect(ours('item', `x;${names(1024, ';')}`)).toBe(`x;${names(1024, ';')}`)
  expect(ours('item', `x;${names(1026, ';')}`)).toBeNull()
})

/** Pieces that fields are made of, and some that they are not. */
const PIECES = [
  'a',
  'b',
  'key',
  '*',
  '_',
  'A',
  '/',
  ':',
  ';',
  ',',
  '=',
  ' ',
  '  ',
  '\t',
  '(',
  ')',
  '"',
  '\\',
  '"x y"',
  '"\\""',
  '?0',
  '?1',
  '?',
  '1',
  '0',
  '-',
  '.',
  '12.5',
  '-7',
  '999999999999999',
  '1234567890123',
  '0.125',
  ':aGk=:',
  ':YQ==:',
  ':+/+/:',
  'tok',
  'a=1',
  'b;c',
  ';d=2',
  ', ',
  '("a" b);c',
  'é',
  '\x7f',
  '\x00',
]

describe('says the same', () => {
  it.each(KINDS)('of a %s', (kind) => {
    const dice = new SeededRandom(8941)
    const below = (count: number): number => Math.floor(dice.fraction() * count)
    let taken = 0
    for (let run = 0; run < RUNS; run++) {
      const text = Array.from({ length: 1 + below(7) }, () => PIECES[below(PIECES.length)]).join('')
      const wanted = theirs(kind, text)
      expect(ours(kind, text), JSON.stringify(text)).toBe(wanted)
      if (wanted !== null) taken++
    }
    expect(taken).toBeGreaterThan(RUNS / 100)
  })
})

/** The same by the package. */
function theirs(kind: Kind, text: string): string | null {
  try {
    if (kind === 'dictionary') return serializeDictionary(parseDictionary(text) as Dictionary)
    if (kind === 'list') return serializeList(parseList(text) as List)
    return serializeItem(parseItem(text) as Item)
  } catch {
    return null
  }
}
