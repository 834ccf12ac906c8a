import { describe, expect, test } from 'vitest'
import { addPairs, decodePairs, encodePairs } from '../../../host/abi/pairs.ts'
import { HeaderMap } from '../../../host/http/header-map.ts'

/** {a: 1, b: 22} byte by byte. */
const TWO_PAIRS = Buffer.from(
  [
    '02000000', // two pairs
    '0100000001000000', // lengths of a, 1
    '0100000002000000', // lengths of b, 22
    '61003100', // a NUL 1 NUL
    '6200323200', // b NUL 22 NUL
  ].join(''),
  'hex',
)

/** One pair, both texts one byte long. */
const ONE_AND_ONE = '010000000100000001000000'

function decode(hex: string): string[] {
  const bytes = Buffer.from(hex, 'hex')
  return decodePairs(bytes, 0, bytes.length)
}

describe('encodePairs', () => {
  test('writes count, lengths and NUL-ended texts', () => {
    expect(Buffer.from(encodePairs(['a', '1', 'b', '22']))).toEqual(TWO_PAIRS)
  })

  test('writes nothing at all for no pairs', () => {
    expect(encodePairs([]).length).toBe(0)
  })

  test('keeps bytes from 0x80, empty and long values', () => {
    const fields = ['x-bytes', '\x80\xff\xe4', 'x-empty', '', 'x-long', 'v'.repeat(70_000)]
    const bytes = Buffer.from(encodePairs(fields))
    expect(decodePairs(bytes, 0, bytes.length)).toEqual(fields)
  })
})

describe('decodePairs', () => {
  test('reads one pair', () => {
    expect(decode(ONE_AND_ONE + '61003100')).toEqual(['a', '1'])
  })

  test('reads a blob inside a larger buffer', () => {
    const around = Buffer.concat([Buffer.from('xx'), TWO_PAIRS, Buffer.from('yy')])
    expect(decodePairs(around, 2, 2 + TWO_PAIRS.length)).toEqual(['a', '1', 'b', '22'])
  })

  test.each([
    ['nothing', ''],
    ['three bytes', '020000'],
    ['count zero', '00000000'],
    ['lengths cut off', '0100000001000000'],
    ['text cut off', ONE_AND_ONE + '610031'],
    ['no NUL after the name', ONE_AND_ONE + '61313100'],
    ['no NUL after the value', ONE_AND_ONE + '610031ff'],
    ['a byte after the last pair', ONE_AND_ONE + '61003100ff'],
    ['a length beyond the end', '01000000ffffffff0100000061003100'],
    ['lengths that overflow 32 bits', '01000000ffffffffffffffff61003100'],
    ['a count beyond the blob', 'ffffffff010000000100000061003100'],
  ])('gives an empty list for %s', (_, hex) => {
    expect(decode(hex)).toEqual([])
  })

  test.each([
    [1024, 1024],
    [1025, 0],
  ])('of %i pairs reads %i', (count, read) => {
    const fields = Array.from({ length: 2 * count }, (_, i) => `f${i}`)
    const bytes = Buffer.from(encodePairs(fields))
    expect(decodePairs(bytes, 0, bytes.length).length).toBe(2 * read)
  })

  test('refuses more than one mebibyte', () => {
    const value = 'v'.repeat(1024 * 1024 - 15)
    const fits = Buffer.from(encodePairs(['a', value]))
    expect(fits.length).toBe(1024 * 1024)
    expect(decodePairs(fits, 0, fits.length).length).toBe(2)
    const over = Buffer.from(encodePairs(['a', `${value}v`]))
    expect(decodePairs(over, 0, over.length)).toEqual([])
  })

  test('survives every change of one byte', () => {
    for (let at = 0; at < TWO_PAIRS.length; at++) {
      for (const byte of [0, 1, 0x7f, 0x80, 0xff]) {
        const bytes = Buffer.from(TWO_PAIRS)
        bytes[at] = byte
        expect(decodePairs(bytes, 0, bytes.length).length % 2).toBe(0)
      }
    }
  })
})

describe('addPairs', () => {
  test('lowers names and joins inline ones', () => {
    const map = new HeaderMap()
    addPairs(map, ['X-A', '1', 'Accept', 'a', 'accept', 'b', 'x-a', '2'])
    expect(map.fields).toEqual(['x-a', '1', 'accept', 'a,b', 'x-a', '2'])
  })
})
