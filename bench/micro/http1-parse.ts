/**
 * Cost of one HTTP/1 head, request and response: parse alone, parse to a header map, and write. Node's own parser
 * (llhttp behind its binding) runs beside it as a yardstick. Prints ns per message.
 *
 *   node bench/micro/http1-parse.ts
 */
import { createRequire } from 'node:module'
import type { Http1Config } from '../../host/config/types.ts'
import { HeadParser, ParseResult } from '../../host/http1/head-parser.ts'
import { requestFields, responseFields } from '../../host/http1/head-writer.ts'
import { READ_BUFFER } from '../../host/socket/read-buffer.ts'
import { RequestHead } from '../../host/http1/request-head.ts'
import { ResponseHead } from '../../host/http1/response-head.ts'

const CONFIG: Http1Config = {
  maxHeadBytes: 61440,
  maxHeaders: 100,
  allowAbsoluteUrl: true,
  acceptHttp10: false,
  defaultHostForHttp10: '',
  enableTrailers: false,
  allowChunkedLength: false,
  allowCustomMethods: false,
  underscores: 'ALLOW',
  letterCase: 'LOWER',
}

/** 372 bytes, as curl and browsers send them. */
const REQUEST = Buffer.from(
  [
    'GET /api/v1/items/4711?fields=name,price HTTP/1.1',
    'Host: shop.example.test',
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0',
    'Accept: application/json, text/plain, */*',
    'Accept-Language: en-US,en;q=0.5',
    'Accept-Encoding: gzip, deflate, br',
    'Referer: http://shop.example.test/items',
    'Connection: keep-alive',
    'Cookie: session=4f2e1ce23b1e4fa9bcae; theme=dark',
    '',
    '',
  ].join('\r\n'),
)

/** 285 bytes and a body of 100. */
const RESPONSE = Buffer.from(
  [
    'HTTP/1.1 200 OK',
    'Server: nginx/1.26.2',
    'Date: Tue, 05 Aug 2025 10:00:00 GMT',
    'Content-Type: application/json; charset=utf-8',
    'Content-Length: 0',
    'Connection: keep-alive',
    'Cache-Control: private, max-age=60',
    'ETag: "66b0a1f2-64"',
    'Vary: Accept-Encoding',
    'X-Request-Id: 4f2e1ce2-3b1e-4fa9-bcae-426e05e7ce22',
    '',
    '',
  ].join('\r\n'),
)

const ROUNDS = 300
const COUNT = 2000

/** Best of many short rounds after some to warm up: one that nothing else on the machine disturbed. */
function measure(name: string, work: () => number): void {
  let best = Infinity
  let sum = 0
  for (let round = -ROUNDS; round < ROUNDS; round++) {
    const start = process.hrtime.bigint()
    for (let i = 0; i < COUNT; i++) sum += work()
    const nanos = Number(process.hrtime.bigint() - start) / COUNT
    if (round >= 0 && nanos < best) best = nanos
  }
  console.log(`${name.padEnd(44)} ${best.toFixed(0).padStart(6)} ns${sum === -1 ? ' ' : ''}`)
}

const requestParser = new HeadParser('request', CONFIG)
const responseParser = new HeadParser('response', CONFIG)
const requestHead = new RequestHead()
const responseHead = new ResponseHead()
const GET = { isHead: false, isConnect: false, isUpgrade: false }

function parseRequest(): number {
  REQUEST.copy(READ_BUFFER)
  if (requestParser.execute(READ_BUFFER, 0, REQUEST.length) !== ParseResult.Done) throw new Error('request not parsed')
  return requestParser.fields.count
}

function readRequest(): number {
  parseRequest()
  if (requestHead.read(requestParser, CONFIG, 'http') !== null) throw new Error('request refused')
  return requestHead.map.size
}

function parseResponse(): number {
  RESPONSE.copy(READ_BUFFER)
  if (responseParser.execute(READ_BUFFER, 0, RESPONSE.length) !== ParseResult.Done) throw new Error('response not parsed')
  return responseParser.fields.count
}

function readResponse(): number {
  parseResponse()
  if (responseHead.read(responseParser, GET, CONFIG) !== null) throw new Error('response refused')
  return responseHead.map.size
}

/** The other way to get values: one native call per value instead of one for the head and substrings. */
function valueByValue(): number {
  parseRequest()
  let sum = 0
  for (let i = 0; i < requestParser.fields.count; i++) {
    sum += REQUEST.latin1Slice(requestParser.fields.valueStarts[i]!, requestParser.fields.valueEnds[i]!).length
  }
  return sum
}

/** Encoding forces the joined string to be made flat, as a socket write does. */
const scratch = Buffer.allocUnsafeSlow(4096)

function encode(text: string | null): number {
  return scratch.latin1Write(text!)
}

interface NodeParser {
  initialize(type: number, owner: object): void
  execute(buffer: Buffer): unknown
  [event: number]: (...details: unknown[]) => number
}

/** Node's parser, reached as Node's own http reaches it; a yardstick here, an oracle in test/fuzz. */
function nodeParser(type: 'REQUEST' | 'RESPONSE', message: Buffer): () => number {
  const { HTTPParser } = createRequire(import.meta.url)('_http_common') as {
    HTTPParser: { new (): NodeParser; REQUEST: number; RESPONSE: number; kOnHeadersComplete: number }
  }
  const parser = new HTTPParser()
  let seen = 0
  parser.initialize(HTTPParser[type], {})
  parser[HTTPParser.kOnHeadersComplete] = (_major, _minor, headers) => {
    seen += (headers as string[]).length
    return 0
  }
  return () => {
    parser.execute(message)
    return seen
  }
}

console.log(`request ${REQUEST.length} B, response ${RESPONSE.length} B, best of ${ROUNDS} x ${COUNT}`)
measure('request: parse', parseRequest)
measure('request: parse, value by value', valueByValue)
measure('request: parse and header map', readRequest)
measure('request: HTTPParser', nodeParser('REQUEST', REQUEST))
measure('response: parse', parseResponse)
measure('response: parse and header map', readResponse)
measure('response: HTTPParser', nodeParser('RESPONSE', RESPONSE))
measure('request: write fields', () => encode(requestFields(requestHead.map, null)))
measure('response: write fields', () => encode(responseFields(responseHead.map, false, false, null)))
