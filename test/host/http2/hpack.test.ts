import { describe, expect, it } from 'vitest'
import { BlockFields } from '../../../host/http2/block-fields.ts'
import { HpackDecoder } from '../../../host/http2/hpack-decoder.ts'
import { FIELD_ROOM, HpackEncoder } from '../../../host/http2/hpack-encoder.ts'

const NO_LIMITS = { maxHeadBytes: Infinity, maxHeaders: Infinity }
type Field = readonly [string, string]

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex')
}

function fieldsOf(list: BlockFields): Field[] {
  return Array.from({ length: list.count }, (_, i) => [list.names[i]!, list.values[i]!] as const)
}

/** The fields of a block, or that it cannot be decoded. */
function decoded(decoder: HpackDecoder, hex: string, limits = NO_LIMITS): string[] | 'compression error' {
  const list = new BlockFields()
  const bytes = bytesOf(hex)
  if (!decoder.decode(bytes, 0, bytes.length, list, limits)) return 'compression error'
  const marks = [list.isMalformed ? ['malformed'] : [], list.isTooLarge ? ['too large'] : []].flat()
  return [...fieldsOf(list).map(([name, value]) => `${name}: ${value}`), ...marks]
}

function encoded(encoder: HpackEncoder, fields: readonly Field[]): Buffer {
  const room = fields.reduce((sum, [name, value]) => sum + name.length + value.length + FIELD_ROOM, FIELD_ROOM)
  const out = Buffer.alloc(room)
  let at = encoder.begin(out, 0)
  for (const [name, value] of fields) at = encoder.field(out, at, name, value)
  return out.subarray(0, at)
}

const SITE = [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com']
const SITE_AGAIN = [...SITE, 'cache-control: no-cache']
const SITE_SECURE = [
  ':method: GET',
  ':scheme: https',
  ':path: /index.html',
  ':authority: www.example.com',
  'custom-key: custom-value',
]
const MOVED = ['cache-control: private', 'date: Mon, 21 Oct 2013 20:13:21 GMT', 'location: https://www.example.com'] as const

/** Conversations of RFC 7541, appendix C, each on one connection. */
const CONVERSATIONS: readonly (readonly [string, number, readonly (readonly [string, readonly string[]])[]])[] = [
  ['C.2.1', 4096, [['400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572', ['custom-key: custom-header']]]],
  ['C.2.2', 4096, [['040c 2f73 616d 706c 652f 7061 7468', [':path: /sample/path']]]],
  ['C.2.3', 4096, [['1008 7061 7373 776f 7264 0673 6563 7265 74', ['password: secret']]]],
  ['C.2.4', 4096, [['82', [':method: GET']]]],
  [
    'C.3, requests as they are',
    4096,
    [
      ['8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d', SITE],
      ['8286 84be 5808 6e6f 2d63 6163 6865', SITE_AGAIN],
      ['8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65', SITE_SECURE],
    ],
  ],
  [
    'C.4, requests in Huffman code',
    4096,
    [
      ['8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff', SITE],
      ['8286 84be 5886 a8eb 1064 9cbf', SITE_AGAIN],
      ['8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf', SITE_SECURE],
    ],
  ],
  [
    'C.6, responses in Huffman code with a small table',
    256,
    [
      [
        '4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b ' +
          '97c8 e9ae 82ae 43d3',
        [':status: 302', ...MOVED],
      ],
      ['4883 640e ffc1 c0bf', [':status: 307', ...MOVED]],
      [
        '88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf ' +
          'cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07',
        [
          ':status: 200',
          'cache-control: private',
          'date: Mon, 21 Oct 2013 20:13:22 GMT',
          'location: https://www.example.com',
          'content-encoding: gzip',
          'set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
        ],
      ],
    ],
  ],
]

describe('HpackDecoder', () => {
  it.each(CONVERSATIONS)('reads the examples of RFC 7541, %s', (_, tableBytes, blocks) => {
    const decoder = new HpackDecoder()
    // `3fe1 01` is the update to 256 bytes.
    if (tableBytes === 256) expect(decoded(decoder, '3fe101')).toEqual([])
    for (const [hex, fields] of blocks) expect(decoded(decoder, hex)).toEqual(fields)
  })

  it.each([
    ['an index of zero', '80'],
    ['an index behind both tables', 'be'],
    ['a name index behind both tables', '7e 01 61'],
    ['an integer that is cut', 'ff'],
    ['an integer without end', 'ff 80 80 80 80 80 01'],
    ['a literal without a value', '40 01 61'],
    ['a string longer than the block', '40 01 61 05 61'],
    ['a Huffman string longer than the block', '40 01 61 85 61'],
    ['padding of zeros', '40 01 61 81 00'],
    ['padding of eight bits', '40 01 61 82 1f ff'],
    ['the end of the string in a Huffman string', '40 01 61 84 ff ff ff ff'],
    ['a long Huffman code that is cut', '40 01 61 82 ff f0'],
    ['a table larger than allowed', '3f e2 1f'],
    ['an update behind a field', '82 20'],
  ])('takes %s for a compression error', (_, hex) => {
    expect(decoded(new HpackDecoder(), hex)).toBe('compression error')
  })

  it.each([
    ['an upper-case letter in a name', '00 01 41 01 61'],
    ['an empty name', '00 00 01 61'],
    ['a colon alone', '00 01 3a 01 61'],
    ['a blank in a name', '00 03 61 20 61 01 61'],
    ['a colon in a name', '00 03 61 3a 61 01 61'],
    ['a byte above ASCII in a name', '00 01 e4 01 61'],
    ['a line feed in a value', '00 01 61 03 61 0a 61'],
    ['a zero byte in a value', '00 01 61 03 61 00 61'],
    ['a blank at the beginning of a value', '00 01 61 02 20 61'],
    ['a tab at the end of a value', '00 01 61 02 61 09'],
    ['a line feed in Huffman code', '00 01 61 84 ff ff ff f3'],
  ])('calls %s malformed', (_, hex) => {
    expect(decoded(new HpackDecoder(), hex)).toContain('malformed')
  })

  it('keeps what is malformed so in the table', () => {
    const decoder = new HpackDecoder()
    expect(decoded(decoder, '40 01 41 01 61')).toContain('malformed')
    expect(decoded(decoder, 'be')).toEqual(['a: a', 'malformed'])
    // The name with another value.
    expect(decoded(decoder, '0f 2f 01 62')).toEqual(['a: b', 'malformed'])
    expect(decoded(decoder, '40 01 63 01 0a')).toContain('malformed')
    expect(decoded(decoder, '0f 2f 01 62')).toEqual(['c: b'])
  })

  it('takes blanks inside of values, bytes above ASCII and empty values', () => {
    expect(decoded(new HpackDecoder(), '00 01 61 03 61 20 62 00 01 61 01 e4 00 01 61 00')).toEqual(['a: a b', 'a: \u00e4', 'a: '])
  })

  it('decodes on when the list is full, for the table', () => {
    const decoder = new HpackDecoder()
    const two = '40 01 61 01 62 40 01 63 01 64'
    expect(decoded(decoder, two, { maxHeadBytes: 3, maxHeaders: 100 })).toEqual(['a: b', 'too large'])
    expect(decoded(decoder, 'be bf', { maxHeadBytes: 100, maxHeaders: 1 })).toEqual(['c: d', 'too large'])
    expect(decoded(decoder, 'be bf', { maxHeadBytes: 4, maxHeaders: 2 })).toEqual(['c: d', 'a: b'])
  })

  it('counts what a bomb holds without holding it', () => {
    const decoder = new HpackDecoder()
    const list = new BlockFields()
    const value = 'x'.repeat(4000)
    const first = encoded(new HpackEncoder(), [['a', 'b']])
    const bomb = Buffer.concat([Buffer.from([0x40, 1, 0x61, 0x7f, 0xa1, 0x1e]), Buffer.from(value), Buffer.alloc(60_000, 0xbe)])
    expect(decoder.decode(first, 0, first.length, list, NO_LIMITS)).toBe(true)
    expect(decoder.decode(bomb, 0, bomb.length, list, { maxHeadBytes: 61_440, maxHeaders: 100 })).toBe(true)
    expect(list).toMatchObject({ count: 15, byteSize: 60_001 * 4001, isTooLarge: true })
  })

  it('lets a table of no bytes be', () => {
    const decoder = new HpackDecoder()
    expect(decoded(decoder, '20 40 01 61 01 62')).toEqual(['a: b'])
    expect(decoded(decoder, 'be')).toBe('compression error')
  })

  it('empties the table for an entry that is larger', () => {
    const decoder = new HpackDecoder()
    expect(decoded(decoder, '3f 09 40 01 61 01 62')).toEqual(['a: b'])
    expect(decoded(decoder, 'be')).toEqual(['a: b'])
    expect(decoded(decoder, `40 01 63 09 ${'61'.repeat(9)}`)).toEqual([`c: ${'a'.repeat(9)}`])
    expect(decoded(decoder, 'be')).toBe('compression error')
  })

  it('wants a smaller table before the next block once its limit is known', () => {
    const shrunk = new HpackDecoder()
    shrunk.limitTable(100)
    expect(decoded(shrunk, '3f 45 82')).toEqual([':method: GET'])
    const careless = new HpackDecoder()
    careless.limitTable(100)
    expect(decoded(careless, '82')).toBe('compression error')
    const greedy = new HpackDecoder()
    greedy.limitTable(100)
    expect(decoded(greedy, '3f 46 82')).toBe('compression error')
  })

  it('grows a table that its limit lets grow', () => {
    const decoder = new HpackDecoder()
    decoder.limitTable(65_536)
    // To 65 536 bytes.
    expect(decoded(decoder, '3f e1 ff 03')).toEqual([])
    for (let i = 0; i < 1000; i++) expect(decoded(decoder, `40 01 61 02 61 ${(0x61 + (i % 20)).toString(16)}`)).toHaveLength(1)
    expect(decoded(decoder, 'ff e8 06')).toHaveLength(1)
    expect(decoded(decoder, 'ff a7 07')).toEqual('compression error')
  })
})

describe('HpackEncoder', () => {
  it('writes the first requests of RFC 7541, C.4 byte by byte', () => {
    const encoder = new HpackEncoder()
    const split = (lines: readonly string[]): Field[] =>
      lines.map((line) => [line.slice(0, line.indexOf(': ', 1)), line.slice(line.indexOf(': ', 1) + 2)])
    for (const [hex, lines] of CONVERSATIONS.find(([name]) => name.startsWith('C.4'))![2])
      expect(encoded(encoder, split(lines)).toString('hex')).toBe(hex.replaceAll(' ', ''))
  })

  it('tells the lowest and the last size before the next block', () => {
    const encoder = new HpackEncoder()
    encoder.limitTable(100)
    encoder.limitTable(0)
    encoder.limitTable(50)
    expect(encoded(encoder, [[':method', 'GET']]).toString('hex')).toBe('203f1382')
    expect(encoded(encoder, [[':method', 'GET']]).toString('hex')).toBe('82')
    encoder.limitTable(50)
    expect(encoded(encoder, [[':method', 'GET']]).toString('hex')).toBe('82')
  })

  it('uses 4096 bytes of a larger table', () => {
    const encoder = new HpackEncoder()
    encoder.limitTable(65_536)
    expect(encoded(encoder, [[':method', 'GET']]).toString('hex')).toBe('82')
  })

  it('never lets secrets be indexed', () => {
    const encoder = new HpackEncoder()
    const secret = [['authorization', 'Bearer secret']] as const
    expect(encoded(encoder, secret)[0]! & 0xf0).toBe(0x10)
    expect(encoded(encoder, secret)[0]! & 0xf0).toBe(0x10)
  })

  it('stops keeping values that never repeat, and tries again', () => {
    const encoder = new HpackEncoder()
    const kinds = Array.from({ length: 300 }, (_, i) => encoded(encoder, [['x-trace', String(i)]])[0]! >= 0x40)
    expect(kinds.filter(Boolean).length).toBe(17)
  })

  it('leaves room for a field of any bytes', () => {
    const every = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i))
    const list = new BlockFields()
    for (const value of ['', 'a', every, every.repeat(40), 'a'.repeat(70_000)]) {
      const bytes = encoded(new HpackEncoder(), [['x-every', value]])
      expect(bytes.length).toBeLessThanOrEqual(7 + value.length + FIELD_ROOM)
      expect(new HpackDecoder().decode(bytes, 0, bytes.length, list, NO_LIMITS)).toBe(true)
      expect(fieldsOf(list)).toEqual([['x-every', value]])
    }
  })
})
