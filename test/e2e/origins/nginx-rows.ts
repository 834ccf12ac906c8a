/** What a client and a real nginx say to each other through a proxy. */
import { heard, type Step } from '../wire/step.ts'
import { CONNECTION_REQUESTS, FEW_REQUESTS, SMALL_BODY } from './nginx-config.ts'

export interface OriginRow {
  readonly name: string
  readonly client: readonly Step[]
  /** Answers that the client waits for; default 1. */
  readonly answers?: number
  /** Lines, or the starts of lines that end with `…`, that the answer must have; Envoy's and the host's are equal. */
  readonly wanted: readonly string[]
  /** Nginx is stopped for this row. */
  readonly without?: true
}

function request(method: string, path: string, fields: readonly string[] = [], body = ''): string {
  return [`${method} ${path} HTTP/1.1`, 'host: origin.test', ...fields, '', body].join('\r\n')
}

const get = (path: string, ...fields: readonly string[]): string => request('GET', path, fields)

function sized(method: string, path: string, body: string): string {
  return request(method, path, [`content-length: ${body.length}`], body)
}

function chunked(method: string, path: string, ...chunks: readonly string[]): string {
  const text = [...chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`), '0\r\n\r\n'].join('')
  return request(method, path, ['transfer-encoding: chunked'], text)
}

const OK = 'HTTP/1.1 200 OK'
const HELLO = 'hello from nginx'
const ETAG = '6553f100-11'
const MEGABYTES = 'x'.repeat(3 * 1024 * 1024)

const FILES: readonly OriginRow[] = [
  {
    name: 'a file',
    client: [get('/small.txt')],
    wanted: [OK, 'content-length: 17', `etag: "${ETAG}"`, 'accept-ranges: bytes', HELLO],
  },
  { name: 'a file of nothing', client: [get('/empty.txt')], wanted: [OK, 'content-length: 0'] },
  { name: 'HEAD', client: [request('HEAD', '/small.txt')], wanted: [OK, 'content-length: 17'] },
  { name: 'HEAD of what is chunked', client: [request('HEAD', '/ssi/page.shtml')], wanted: [OK] },
  { name: 'a file that is not there', client: [get('/none')], wanted: ['HTTP/1.1 404 Not Found', 'x-seen: via_upstream -'] },
  { name: 'eight megabytes', client: [get('/large.bin')], wanted: [OK, 'content-length: 8388608'] },
  { name: 'two large files in one connection', client: [get('/large.bin') + get('/large.bin')], answers: 2, wanted: [OK] },
  { name: 'a body at a limited rate', client: [get('/slow/words.txt')], wanted: [OK, 'content-length: 9000'] },
]

const CONDITIONS: readonly OriginRow[] = [
  {
    name: 'if-none-match',
    client: [get('/small.txt', `if-none-match: "${ETAG}"`)],
    wanted: ['HTTP/1.1 304 Not Modified', `etag: "${ETAG}"`],
  },
  {
    name: 'if-modified-since',
    client: [get('/small.txt', 'if-modified-since: Tue, 14 Nov 2023 22:13:20 GMT')],
    wanted: ['HTTP/1.1 304 Not Modified'],
  },
  { name: 'if-match that fails', client: [get('/small.txt', 'if-match: "x"')], wanted: ['HTTP/1.1 412 Precondition Failed'] },
  {
    name: 'a range',
    client: [get('/small.txt', 'range: bytes=0-4')],
    wanted: ['HTTP/1.1 206 Partial Content', 'content-range: bytes 0-4/17', 'hello'],
  },
  {
    name: 'two ranges',
    client: [get('/small.txt', 'range: bytes=0-4,11-15')],
    wanted: ['HTTP/1.1 206 Partial Content', 'content-type: multipart/byteranges; boundary=…', 'hello', 'nginx'],
  },
  {
    name: 'a range that is not there',
    client: [get('/small.txt', 'range: bytes=50-')],
    wanted: ['HTTP/1.1 416 Range Not Satisfiable', 'content-range: bytes */17'],
  },
  { name: 'a 204', client: [get('/status/204')], wanted: ['HTTP/1.1 204 No Content'] },
  { name: 'a 304 that nobody asked for', client: [get('/status/304')], wanted: ['HTTP/1.1 304 Not Modified'] },
  { name: 'a 500 with its body', client: [get('/status/500')], wanted: ['HTTP/1.1 500 Internal Server Error', 'broken'] },
  {
    name: 'a redirect',
    client: [get('/moved')],
    wanted: ['HTTP/1.1 301 Moved Permanently', 'location: http://origin.test:{port}/small.txt'],
  },
  { name: 'two cookies', client: [get('/cookies')], wanted: [OK, 'set-cookie: a=1', 'set-cookie: b=2'] },
  {
    name: 'bodiless answers in a row',
    // Whoever does not know of HEAD waits for a body: the last answer is not counted, but heard.
    client: [get('/status/204') + get('/status/304') + request('HEAD', '/small.txt'), heard('accept-ranges: bytes')],
    answers: 2,
    wanted: ['HTTP/1.1 204 No Content', 'HTTP/1.1 304 Not Modified'],
  },
]

const CODINGS: readonly OriginRow[] = [
  { name: 'chunks', client: [get('/ssi/page.shtml')], wanted: [OK, 'transfer-encoding: chunked', 'GET has no known length'] },
  {
    name: 'gzip',
    client: [get('/gzip/words.txt', 'accept-encoding: gzip')],
    wanted: [OK, 'content-encoding: gzip', 'vary: Accept-Encoding', 'transfer-encoding: chunked', 'etag: W/"6553f100-2328"'],
  },
  { name: 'no gzip', client: [get('/gzip/words.txt')], wanted: [OK, 'content-length: 9000', 'vary: Accept-Encoding'] },
  { name: 'trailers', client: [get('/trailers/page.shtml', 'te: trailers')], wanted: [OK, 'x-trailer: of nginx'] },
  {
    name: 'trailers behind HTTP/2',
    client: [get('/h2/trailers/page.shtml', 'te: trailers')],
    wanted: [OK, 'x-trailer: of nginx'],
  },
]

const BODIES: readonly OriginRow[] = [
  { name: 'an upload', client: [sized('PUT', '/put/a', 'content of a')], wanted: ['HTTP/1.1 201 Created'] },
  { name: 'what was uploaded', client: [get('/put/a')], wanted: [OK, 'content of a'] },
  { name: 'an upload in chunks', client: [chunked('PUT', '/put/b', 'some', ' chunks')], wanted: ['HTTP/1.1 201 Created'] },
  { name: 'what was uploaded in chunks', client: [get('/put/b')], wanted: [OK, 'content-length: 11', 'some chunks'] },
  { name: 'three megabytes', client: [sized('PUT', '/put/c', MEGABYTES)], wanted: ['HTTP/1.1 201 Created'] },
  { name: 'the three megabytes', client: [get('/put/c')], wanted: [OK, 'content-length: 3145728'] },
  { name: 'three megabytes in chunks', client: [chunked('PUT', '/put/d', MEGABYTES)], wanted: ['HTTP/1.1 201 Created'] },
  { name: 'the megabytes that were chunks', client: [get('/put/d')], wanted: [OK, 'content-length: 3145728'] },
  { name: 'an upload of nothing', client: [sized('PUT', '/put/e', '')], wanted: ['HTTP/1.1 201 Created'] },
  { name: 'DELETE', client: [request('DELETE', '/put/e')], wanted: ['HTTP/1.1 204 No Content'] },
  {
    name: 'a body that comes slowly',
    client: [request('POST', '/echo', ['content-length: 6']), 40, 'ab', 40, 'cdef'],
    wanted: [OK, '6 '],
  },
  {
    name: 'a client that waits for 100',
    client: [request('POST', '/echo', ['content-length: 3', 'expect: 100-continue']), 60, 'abc'],
    wanted: ['HTTP/1.1 100 Continue', OK, '3 '],
  },
  { name: 'a body just small enough', client: [sized('POST', '/limited', 'x'.repeat(SMALL_BODY))], wanted: [OK] },
  {
    name: 'a body that is too large',
    client: [sized('POST', '/limited', 'x'.repeat(SMALL_BODY + 1))],
    wanted: ['HTTP/1.1 413 Payload Too Large', 'x-seen: via_upstream -'],
  },
  {
    name: 'chunks that are too large together',
    client: [chunked('POST', '/limited', 'x'.repeat(SMALL_BODY), 'x')],
    wanted: ['HTTP/1.1 413 Payload Too Large'],
  },
  {
    name: 'a method that is not allowed',
    client: [sized('POST', '/small.txt', 'a')],
    wanted: ['HTTP/1.1 405 Method Not Allowed'],
  },
  { name: 'OPTIONS', client: [request('OPTIONS', '/small.txt')], wanted: ['HTTP/1.1 405 Method Not Allowed'] },
  { name: 'a request that nginx refuses', client: [get('/%00')], wanted: ['HTTP/1.1 400 Bad Request'] },
]

const CONNECTIONS: readonly OriginRow[] = [
  {
    name: 'requests that share a connection',
    client: [get('/last'), 50, get('/length') + get('/length') + get('/length')],
    answers: 4,
    wanted: [OK],
  },
  {
    name: 'nginx takes five requests a connection',
    client: [get('/last'), 50, get('/few').repeat(FEW_REQUESTS + 2)],
    answers: FEW_REQUESTS + 3,
    wanted: [String(FEW_REQUESTS), '2'],
  },
  { name: 'nginx ends the connection with its answer', client: [get('/last').repeat(3)], answers: 3, wanted: [OK, 'last'] },
  {
    name: 'nginx ends the connection without an answer',
    client: [get('/hang-up')],
    wanted: ['HTTP/1.1 503 Service Unavailable', 'x-seen: upstream_reset_before_response_started{connection_termination} UC'],
  },
  {
    name: 'a client that leaves after its answer',
    client: [get('/small.txt', 'connection: close')],
    wanted: [OK, 'connection: close'],
  },
  { name: 'an answer of HTTP/1.0 further behind', client: [get('/again')], wanted: [OK] },
]

const HTTP2: readonly OriginRow[] = [
  { name: 'HTTP/2: a file', client: [get('/h2/small.txt')], wanted: [OK, 'content-length: 17', HELLO] },
  { name: 'HTTP/2: HEAD', client: [request('HEAD', '/h2/small.txt')], wanted: [OK, 'content-length: 17'] },
  { name: 'HTTP/2: eight megabytes', client: [get('/h2/large.bin')], wanted: [OK, 'content-length: 8388608'] },
  { name: 'HTTP/2: no length', client: [get('/h2/ssi/page.shtml')], wanted: [OK, 'transfer-encoding: chunked'] },
  { name: 'HTTP/2: 204', client: [get('/h2/status/204')], wanted: ['HTTP/1.1 204 No Content'] },
  { name: 'HTTP/2: 304', client: [get('/h2/small.txt', `if-none-match: "${ETAG}"`)], wanted: ['HTTP/1.1 304 Not Modified'] },
  { name: 'HTTP/2: an upload', client: [sized('PUT', '/h2/put/f', MEGABYTES)], wanted: ['HTTP/1.1 201 Created'] },
  { name: 'HTTP/2: an upload in chunks', client: [chunked('PUT', '/h2/put/g', 'ab', 'cd')], wanted: ['HTTP/1.1 201 Created'] },
  { name: 'HTTP/2: what was uploaded', client: [get('/h2/put/g')], wanted: [OK, 'abcd'] },
  {
    name: 'HTTP/2: too large a body',
    client: [sized('POST', '/h2/limited', 'x'.repeat(SMALL_BODY + 1))],
    wanted: ['HTTP/1.1 413 Payload Too Large'],
  },
  { name: 'HTTP/2: no answer', client: [get('/h2/hang-up')], wanted: ['HTTP/1.1 502 Bad Gateway'] },
  {
    name: 'HTTP/2: GOAWAY after twenty requests',
    client: [get('/h2/few').repeat(CONNECTION_REQUESTS + 2)],
    answers: CONNECTION_REQUESTS + 2,
    wanted: [String(CONNECTION_REQUESTS), '1'],
  },
  { name: 'TLS: a file', client: [get('/tls/small.txt')], wanted: [OK, HELLO] },
  { name: 'TLS: eight megabytes', client: [get('/tls/large.bin')], wanted: [OK, 'content-length: 8388608'] },
  { name: 'TLS: an upload', client: [sized('PUT', '/tls/put/h', MEGABYTES)], wanted: ['HTTP/1.1 201 Created'] },
]

const RESTARTS: readonly OriginRow[] = [
  { name: 'before a restart', client: [get('/small.txt')], wanted: [OK] },
  {
    name: 'while nginx is gone',
    without: true,
    client: [get('/small.txt') + get('/h2/small.txt')],
    answers: 2,
    wanted: ['HTTP/1.1 503 Service Unavailable', 'x-seen: upstream_reset_before_response_started{remote_connection_failure|…'],
  },
  { name: 'after a restart', client: [get('/small.txt')], wanted: [OK, HELLO] },
  { name: 'after a restart, HTTP/2', client: [get('/h2/small.txt')], wanted: [OK, HELLO] },
  { name: 'after a restart, TLS', client: [get('/tls/small.txt')], wanted: [OK, HELLO] },
]

export const ORIGIN_ROWS: readonly OriginRow[] = [
  ...FILES,
  ...CONDITIONS,
  ...CODINGS,
  ...BODIES,
  ...CONNECTIONS,
  ...HTTP2,
  ...RESTARTS,
]
