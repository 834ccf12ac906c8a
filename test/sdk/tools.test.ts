/** The pure parts of the SDK: byte views, JSON reader, digests, hashes. */
import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { compileSdkGuest } from './support/compile-sdk-guest.ts'
import { RecordingHost } from './support/recording-host.ts'

let guest: RecordingHost
let nextId = 2

beforeAll(async () => {
  guest = new RecordingHost(await compileSdkGuest('tools'))
  guest.start()
})

/** Result of one function of the guest on an input. */
function call(name: string, input: Buffer | string): string {
  const id = nextId++
  guest.logs.length = 0
  guest.request(id, [
    ['x-call', name],
    ['x-in', Buffer.from(input).toString('hex')],
  ])
  guest.end(id)
  return Buffer.from(guest.logs[0] ?? '', 'latin1').toString()
}

/** Bytes that look random and are the same in every run. */
function noise(length: number, seed = 7): Buffer {
  return Buffer.from(Array.from({ length }, (_, i) => (i * 131 + seed) & 255))
}

describe('Bytes', () => {
  it('compares, searches and slices', () => {
    expect(call('bytes', 'abcdefghxyz')).toBe('1111 8 -1 1 10 cd|abcdefghxyz||abcdefghxyz|abcdefghxyz -1')
  })

  it('trims blanks and tabs, and lower-cases ASCII only', () => {
    expect(call('bytes', ' \tB-Ä \t')).toBe('0000 -1 -1 -1 -1 B-| \tB-Ä \t||B-Ä| \tb-Ä \t -66')
  })

  it.each([
    ['0', '0 0'],
    ['4294967295', '4294967295 4294967295'],
    ['4294967296', '4294967296 7'],
    ['18446744073709551615', '18446744073709551615 7'],
    ['18446744073709551616', '7 7'],
    ['99999999999999999999', '7 7'],
    ['000000000000000000001', '7 7'],
    ['', '7 7'],
    ['-1', '7 7'],
    ['1 ', '7 7'],
    ['1a', '7 7'],
  ])('reads the decimal number %j', (input, wanted) => {
    expect(call('decimal', input)).toBe(`${wanted} ${input.length === 0 ? '0' : -input.length}`)
  })

  it.each([
    ['', ''],
    ['00fF7a', '00ff7a'],
    ['0', ''],
    ['0g', ''],
    ['/0', ''],
    [':0', ''],
    ['@0', ''],
    ['`0', ''],
  ])('decodes hexadecimal %j', (input, wanted) => {
    expect(call('hex', input)).toBe(wanted)
  })
})

describe('equalsConstantTime', () => {
  it.each([
    ['secretsecret', '1'],
    ['secretsecreT', '0'],
    ['Secretsecret', '0'],
    ['', '1'],
    ['a', '0'],
  ])('compares the halves of %j', (input, wanted) => {
    expect(call('constant-time', input)).toBe(wanted)
  })
})

describe('sha256', () => {
  it.each([
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    ],
    [
      'abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu',
      'cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1',
    ],
    ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
  ])('has the digest of the standard, vector %#', (input, wanted) => {
    expect(call('sha256', input)).toBe(wanted)
  })

  it('equals node:crypto for every length up to 300', () => {
    for (let length = 0; length <= 300; length++) {
      const input = noise(length, length)
      expect(call('sha256', input)).toBe(createHash('sha256').update(input).digest('hex'))
    }
  })
})

describe('xxh64', () => {
  // From the reference implementation's Python binding (xxhash 3).
  it.each([
    [0, '17241709254077376921'],
    [1, '12208272383309036471'],
    [3, '13750676314285879995'],
    [4, '18023734343716549181'],
    [7, '2829463491142079168'],
    [8, '11046036222224798941'],
    [11, '10948383573884426508'],
    [12, '13343981583118399598'],
    [31, '7426951861026643343'],
    [32, '574130765770354213'],
    [33, '718428505286426271'],
    [63, '13243281707407029925'],
    [64, '5824303969334289198'],
    [100, '11374643578981330319'],
    [1000, '860396147337769843'],
  ])('hashes %i bytes as the reference', (length, wanted) => {
    expect(call('xxh64', noise(length))).toBe(wanted)
  })

  it.each([
    ['alice', 51n],
    ['bob', 43n],
    ['carol', 18n],
    ['dave', 36n],
    ['erin', 2n],
  ])('puts %s into bucket %i of 100', (user, bucket) => {
    expect(BigInt(call('xxh64', `checkout:${user}`)) % 100n).toBe(bucket)
  })
})

describe('JsonReader', () => {
  it.each([
    ['{}', '{}'],
    [' [ ] ', '[]'],
    ['{"a":1,"b":[true,false,null],"c":{"d":"x"}}', '{na;i1;nb;[TFN]nc;{nd;sx;}}'],
    ['"\\"\\\\\\/\\b\\f\\n\\r\\t"', 's"\\/\b\f\n\r\t;'],
    ['"\\u0041\\u00e9\\u20ac\\ud83d\\ude00"', 'sAé€😀;'],
    ['"é€😀"', 'sé€😀;'],
    ['"a\\u0000b"', 'sa\0b;'],
    ['[0,-0,10,-7]', '[i0;i0;i10;i-7;]'],
    ['[9223372036854775807,-9223372036854775808]', '[i9223372036854775807;i-9223372036854775808;]'],
    ['[9223372036854775808]', '[f9223372036854776000.0;]'],
    ['[1.5,1e3,-2E-2,0.1]', '[f1.5;f1000.0;f-0.02;f0.1;]'],
    ['[1e999]', '[fInfinity;]'],
    ['{"a":{"x":1},"b":{"x":1}}', '{na;{nx;i1;}nb;{nx;i1;}}'],
    ['[{"x":1},{"x":1}]', '[{nx;i1;}{nx;i1;}]'],
    ['{"":1}', '{n;i1;}'],
    ['[[[[[[[[]]]]]]]]', '[[[[[[[[]]]]]]]]'],
  ])('reads %s', (input, wanted) => {
    expect(call('json', input)).toBe(wanted)
  })

  it.each([
    ['', '!0 expected a value'],
    ['  ', '!2 expected a value'],
    ['nul', '!0 expected a value'],
    ['truex', 'T!4 expected the end of the text'],
    ['1 2', 'i1;!2 expected the end of the text'],
    ['{}}', '{}!2 expected the end of the text'],
    ['[1,]', '[i1;!3 expected a value'],
    ['[1 2]', '[i1;!3 expected , or ]'],
    ['[1', '[i1;!2 expected , or ]'],
    ['[1}', '[i1;!2 expected , or ]'],
    ['{"a":1]', '{na;i1;!6 expected , or }'],
    ['{"a":1,}', '{na;i1;!7 expected a member name in quotes'],
    ['{a:1}', '{!1 expected a member name in quotes'],
    ['{"a" 1}', '{!5 expected :'],
    ['{"a"', '{!4 expected :'],
    ['{"a":1,"a":2}', '{na;i1;!7 member name is repeated'],
    ['{"a":1,"\\u0061":2}', '{na;i1;!7 member name is repeated'],
    ['{"a":{"a":1},"a":2}', '{na;{na;i1;}!13 member name is repeated'],
    ['"abc', '!4 string is not closed'],
    ['"a\\', '!3 unknown escape'],
    ['"\\x"', '!2 unknown escape'],
    ['"\\u12g4"', '!3 expected four hexadecimal digits'],
    ['"\\ud800"', '!3 surrogate without its partner'],
    ['"\\udc00\\ud800"', '!3 surrogate without its partner'],
    ['"\\ud800\\u0041"', '!3 surrogate without its partner'],
    ['"a\nb"', '!2 control character in a string'],
    ['01', '!1 number is malformed'],
    ['-', '!1 number is malformed'],
    ['1.', '!2 number is malformed'],
    ['1e+', '!3 number is malformed'],
    ['+1', '!0 expected a value'],
    ['.5', '!0 expected a value'],
    ['NaN', '!0 expected a value'],
    ["'a'", '!0 expected a value'],
    ['[1] // x', '[i1;]!4 expected the end of the text'],
    ['\ufeff{}', '!0 expected a value'],
    ['[[[[[[[[[]]]]]]]]]', '[[[[[[[[!8 text is nested too deeply'],
    ['1'.repeat(4097), '!4096 text is larger than the limit'],
  ])('refuses %j', (input, wanted) => {
    expect(call('json', input)).toBe(wanted)
  })

  it.each([
    ['lone continuation', [0x80]],
    ['overlong slash', [0xc0, 0xaf]],
    ['overlong of three', [0xe0, 0x80, 0xaf]],
    ['surrogate', [0xed, 0xa0, 0x80]],
    ['above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['cut short', [0xe2, 0x82]],
    ['0xff', [0xff]],
  ])('refuses invalid UTF-8: %s', (_name, bytes) => {
    const input = Buffer.concat([Buffer.from('"'), Buffer.from(bytes), Buffer.from('"')])
    expect(call('json', input)).toBe('!1 invalid UTF-8')
  })

  it('takes repeated names when the caller allows it', () => {
    expect(call('json-repeated', '{"a":1,"a":2}')).toBe('{na;i1;na;i2;}')
  })

  it('skips values whole', () => {
    expect(call('json-skip', '{"a":[1,{"b":[]}],"c":{"d":{}},"e":"}","f":1}')).toBe('acef1')
    expect(call('json-skip', '{"a":[1,}')).toBe('a!')
  })

  it('agrees with JSON.parse about validity, for mutations of a document', () => {
    const base = '{"a":[1,-2.5e3,"x\\u00e9\\n",true,false,null],"b":{"c":{},"d":[[]]}}'
    const alphabet = '{}[]:,"\\0123456789.eE+-truefalsn \tu'
    let seed = 12345
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff
      return (seed >> 8) % below
    }
    for (let i = 0; i < 3000; i++) {
      const at = random(base.length)
      const text = base.slice(0, at) + alphabet[random(alphabet.length)] + base.slice(at + random(2))
      const accepted = !call('json-repeated', text).includes('!')
      expect({ text, accepted }).toEqual({ text, accepted: isJson(text) })
    }
  })

  it('reads doubles as JavaScript does', () => {
    let seed = 99
    for (let i = 0; i < 500; i++) {
      seed = (Math.imul(seed, 69069) + 1) >>> 0
      const value = (seed / 0x80000000) * 10 ** ((seed % 40) - 20)
      expect(Number(call('json', value.toExponential()).slice(1, -1))).toBe(value)
    }
  })
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
