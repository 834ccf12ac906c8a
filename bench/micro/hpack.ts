/**
 * Cost of one header block of HTTP/2, read to a list of fields and written. Prints ns per block.
 *
 *   npm run node -- bench/micro/hpack.ts
 */
import { BlockFields } from '../../host/http2/block-fields.ts'
import { HpackDecoder } from '../../host/http2/hpack-decoder.ts'
import { FIELD_ROOM, HpackEncoder } from '../../host/http2/hpack-encoder.ts'
import { huffmanDecode, huffmanEncode } from '../../host/http2/huffman.ts'
import { measure } from './measure.ts'

const COUNT = 5000
const LIMITS = { maxHeadBytes: 61_440, maxHeaders: 100 }
const AUTHORIZATION = 'Bearer 0123456789abcdef0123456789abcdef'

type Field = readonly [string, string]

/** Two of them are never indexed: the path and the secret. */
const REQUEST: readonly Field[] = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':authority', 'localhost:8080'],
  [':path', '/api/items?id=42'],
  ['user-agent', 'bench/1.0'],
  ['accept', 'application/json'],
  ['accept-language', 'en-GB,en;q=0.9'],
  ['accept-encoding', 'gzip, deflate'],
  ['x-tenant', 'blue'],
  ['cookie', 'sid=0123456789abcdef; theme=dark'],
  ['authorization', AUTHORIZATION],
]
const INDEXED = REQUEST.filter(([name]) => name !== ':path' && name !== 'authorization')
const RESPONSE: readonly Field[] = [
  [':status', '200'],
  ['date', 'Thu, 01 Jan 2026 00:00:00 GMT'],
  ['server', 'up'],
  ['content-type', 'text/plain'],
  ['content-length', '100'],
  ['cache-control', 'no-store'],
  ['x-a', '1'],
  ['x-b', '22222222'],
  ['x-c', 'abcdef'],
]
const TRAILERS: readonly Field[] = [
  ['grpc-status', '0'],
  ['grpc-message', 'ok'],
]

const out = Buffer.allocUnsafeSlow(8192)
const list = new BlockFields()

function encode(encoder: HpackEncoder, fields: readonly Field[]): number {
  let at = encoder.begin(out, 0)
  for (let i = 0; i < fields.length; i++) at = encoder.field(out, at, fields[i]![0], fields[i]![1])
  if (at + FIELD_ROOM > out.length) throw new Error('no room')
  return at
}

/** The block as an encoder sends it that has sent it before, and a decoder that has read it before. */
function repeated(fields: readonly Field[]): { block: Buffer; decoder: HpackDecoder } {
  const encoder = new HpackEncoder()
  const decoder = new HpackDecoder()
  for (let i = 0; i < 2; i++) decoder.decode(out, 0, encode(encoder, fields), list, LIMITS)
  return { block: Buffer.from(out.subarray(0, encode(encoder, fields))), decoder }
}

function report(name: string, bytes: number, turn: () => unknown): void {
  console.log(`${name.padEnd(44)} ${String(bytes).padStart(4)} B ${measure(turn, COUNT).toFixed(0).padStart(6)} ns`)
}

function reportDecode(name: string, fields: readonly Field[]): void {
  const { block, decoder } = repeated(fields)
  report(name, block.length, () => decoder.decode(block, 0, block.length, list, LIMITS))
}

function reportEncode(name: string, fields: readonly Field[]): void {
  const encoder = new HpackEncoder()
  encode(encoder, fields)
  report(name, encode(encoder, fields), () => encode(encoder, fields))
}

reportDecode('decode request, 11 fields', REQUEST)
reportDecode('decode request, 9 fields, all indexed', INDEXED)
const first = Buffer.from(out.subarray(0, encode(new HpackEncoder(), REQUEST)))
report('decode first request of a connection', first.length, () =>
  new HpackDecoder().decode(first, 0, first.length, list, LIMITS),
)
reportEncode('encode request, 11 fields', REQUEST)
reportEncode('encode response, 9 fields', RESPONSE)
report('encode first response of a connection', encode(new HpackEncoder(), RESPONSE), () => encode(new HpackEncoder(), RESPONSE))
reportEncode('encode trailers, 2 fields', TRAILERS)

const coded = Buffer.alloc(64)
const length = huffmanEncode(AUTHORIZATION, coded, 0)
report('Huffman decode, 39 characters', length, () => huffmanDecode(coded, 0, length, out))
report('Huffman encode, 39 characters', length, () => huffmanEncode(AUTHORIZATION, coded, 0))
