/**
 * Where our HTTP/1 parser and llhttp decide differently, and why that is meant. A difference that no class here
 * explains fails the differential test, and so does a class whose example shows no difference any more. Most
 * classes exist because the verdicts are Envoy's (test/host/http1/corpus.ts).
 */
import { REQUESTS, RESPONSES } from '../../host/http1/corpus.ts'
import type { Outcome } from './outcome.ts'

/** What two parsers disagree on. */
export type Disagreement = 'verdict' | 'body' | 'end' | 'number of messages'

export interface DifferenceClass {
  readonly reason: string
  /** A message that shows it. */
  readonly example: string
  /** True when this class explains the difference of two outcomes of `text`. */
  explains(what: Disagreement, text: string, ours: Outcome, theirs: Outcome): boolean
}

/** Messages that we refuse with these details and llhttp takes. */
function stricter(details: string, reason: string, pattern: RegExp, example: string): DifferenceClass {
  return {
    reason,
    example,
    explains: (what, text, ours, theirs) =>
      what === 'verdict' && ours.fault === details && theirs.fault === '' && pattern.test(text),
  }
}

/** Messages that we take and llhttp refuses with this code: the row of the corpus holds that Envoy takes them, too. */
function laxer(code: string, reason: string, pattern: RegExp, row: string): DifferenceClass {
  return unread(code, reason, pattern, takenByEnvoy(row))
}

/** Bytes that llhttp refuses with this code, and nobody reads here. */
function unread(code: string, reason: string, pattern: RegExp, example: string): DifferenceClass {
  return {
    reason,
    example,
    explains: (what, text, ours, theirs) =>
      what === 'verdict' && ours.fault === '' && theirs.fault === code && pattern.test(text),
  }
}

/** The bytes of a row of the corpus, `request/ID` or `answer/ID`, which the suite of the wire sends to host and Envoy. */
function takenByEnvoy(row: string): string {
  const [kind, id] = row.split('/') as ['request' | 'answer', string]
  const request = REQUESTS.find((one) => kind === 'request' && one.id === id)
  const answer = RESPONSES.find((one) => kind === 'answer' && one.id === id)
  const isTaken =
    (request?.details === 'via_upstream' && (request.envoy?.status ?? 200) === 200) ||
    (answer?.verdict === 'ok' && (answer.envoy?.verdict ?? 'ok') === 'ok')
  if (!isTaken) throw new Error(`no row ${row} that host and Envoy take`)
  return (request ?? answer)!.bytes
}

/** Messages whose end both see at another place; a fault in what follows is part of the difference. */
function framed(reason: string, pattern: RegExp, example: string): DifferenceClass {
  return { reason, example, explains: (_, text) => pattern.test(text) }
}

const UNDECIDED: DifferenceClass = {
  reason: 'what a field or target means is judged when the head is complete; llhttp judges while it reads',
  example: 'GET / HTTP/1.1\r\nContent-Length: x\r\n',
  explains: (what, _, ours) => what === 'verdict' && ours.fault === '' && ours.isUndecided === true,
}

const MANY_FIELDS = 'x: 1\r\n'.repeat(101)

/** The same difference in a request and in a response, by their first lines. */
function inBoth(
  make: (start: string, kind: 'request' | 'answer') => readonly DifferenceClass[],
): [readonly DifferenceClass[], readonly DifferenceClass[]] {
  return [make('POST / HTTP/1.1\r\nHost: a\r\n', 'request'), make('HTTP/1.1 200 OK\r\n', 'answer')]
}

const [COMMON_REQUEST, COMMON_RESPONSE] = inBoth((start, kind) => {
  const chunked = `${start}Transfer-Encoding: chunked\r\n\r\n`
  return [
    stricter('http1.too_many_headers', 'llhttp does not count fields', /(?:\n[^\r\n]+\r?){101}/, `${start}${MANY_FIELDS}\r\n`),
    stricter(
      'http1.invalid_transfer_encoding',
      'Envoy takes chunked and nothing else: a coding that we do not undo is not ours to forward',
      /transfer-encoding/i,
      `${start}Transfer-Encoding: gzip, chunked\r\n\r\n`,
    ),
    stricter(
      'http1.codec_error',
      'a length that is no exact number',
      /content-length:[ \t]*\d{16}/i,
      `${start}Content-Length: 9007199254740993\r\n\r\n`,
    ),
    stricter('http1.codec_error', 'a chunk size that is no exact number', /\n0*[0-9a-f]{14,}/i, `${chunked}100000000000000\r\n`),
    stricter('http1.codec_error', 'a bare CR in front of a message', /\r(?!\n)/, start.startsWith('H') ? '\r' : `\r${start}\r\n`),
    laxer(
      'HPE_INVALID_CHUNK_SIZE',
      'blanks behind a chunk size, as Envoy',
      /[0-9a-f][ \t]+(?:[\r;]|$)/i,
      `${kind}/chunk-trailing-blanks`,
    ),
    laxer('HPE_STRICT', 'chunk extensions are skipped unread, as in Envoy', /[0-9a-f][ \t]*;/i, `${kind}/chunk-extension-odd`),
    laxer(
      'HPE_INVALID_CONTENT_LENGTH',
      'content-length among trailers frames nothing',
      /\n0+[^\r]*\r\n[^]*content-length:/i,
      `${kind}/trailers-length`,
    ),
    unread(
      'HPE_CLOSED_CONNECTION',
      'behind the last message of a connection nothing is read',
      /close|HTTP\/(?!1\.1)/i,
      `${start}Connection: close\r\nContent-Length: 0\r\n\r\nx`,
    ),
  ]
})

const METHODS =
  'GET|HEAD|POST|PUT|DELETE|PATCH|OPTIONS|TRACE|CONNECT|COPY|LOCK|MKCOL|MOVE|PROPFIND|PROPPATCH|SEARCH|UNLOCK|BIND|REBIND|UNBIND|ACL|REPORT|MKACTIVITY|CHECKOUT|MERGE|NOTIFY|SUBSCRIBE|UNSUBSCRIBE|PURGE|MKCALENDAR|LINK|UNLINK|SOURCE|QUERY'
const NO_METHOD = new RegExp(`(?:^|\\n)(?!(?:${METHODS})[ \\t])[A-Z-]+ `)
/** A run of blanks, or a tab, in a request line. */
const BLANKS = /(?:^|\n)[A-Z-]+(?:[ \t]{2,}|\t)|(?:^|\n)[A-Z-]+[ \t]+[^ \t\r]+(?:[ \t]{2,}|\t)/

/** Classes for requests. */
export const REQUEST_DIFFERENCES: readonly DifferenceClass[] = [
  UNDECIDED,
  ...COMMON_REQUEST,
  laxer(
    'HPE_INVALID_TRANSFER_ENCODING',
    'llhttp wants no tab behind chunked; RFC 9110, 5.5 trims',
    /transfer-encoding:[ \t]*chunked[ \t]+\r/i,
    'request/encoding-blanks',
  ),
  laxer(
    'HPE_INVALID_TRANSFER_ENCODING',
    'transfer-encoding among trailers frames nothing',
    /\n0+[^\r]*\r\n[^]*transfer-encoding:/i,
    'request/trailers-encoding',
  ),
  stricter('http1.codec_error', 'a line without target', /(?:^|\n)[A-Z-]+[ \t]+\r\n/, 'CONNECT \r\n\r\n'),
  stricter('http1.codec_error', 'a target that begins with an asterisk', /[A-Z][ \t]+\*/, 'GET *a HTTP/1.1\r\nHost: a\r\n\r\n'),
  stricter('http.invalid_authority', 'llhttp does not look at Host', /host/i, 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n'),
  stricter(
    'low_version',
    'HTTP/0.9 has no fields; llhttp reads fields behind it',
    /(?:^|\n)[A-Z-]+[ \t]+[^ \t\r]+[ \t]*\r\n/,
    'GET /\r\n\r\n',
  ),
  stricter(
    'http1.connection_header_rejected',
    'llhttp does not act on the names in Connection',
    /connection:/i,
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: x-forwarded-for\r\n\r\n',
  ),
  stricter(
    'http1.invalid_url',
    'llhttp takes any authority in CONNECT, `*` with any method, and an empty host',
    /CONNECT|\*|:\/\//,
    'GET * HTTP/1.1\r\nHost: a\r\n\r\n',
  ),
  stricter(
    'http1.body_disallowed',
    'llhttp takes CONNECT with a length',
    /CONNECT[^]*content-length/i,
    'CONNECT a:80 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n',
  ),
  stricter('http1.invalid_scheme', 'llhttp takes any scheme', /:\/\//, 'GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n'),
  stricter('http1.codec_error', 'two Hosts', /\nhost:[^]*\nhost:/i, 'GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n'),
  stricter('http1.codec_error', 'a method that Envoy does not know', NO_METHOD, 'M-SEARCH / HTTP/1.1\r\nHost: a\r\n\r\n'),
  stricter('http1.codec_error', 'a line without version that ends in a bare LF', /(?:^|\n)[A-Z]+[ \t]+[^\r]*\n/, 'GET /\n'),
  laxer('HPE_INVALID_METHOD', 'runs of blanks and tabs in the request line, as Envoy', BLANKS, 'request/tabs'),
  laxer(
    'HPE_INVALID_CONSTANT',
    'blanks and a tab in front of the version, as Envoy',
    BLANKS,
    'request/blanks-and-tab-before-version',
  ),
  laxer('HPE_INVALID_URL', 'tabs in the request line, as Envoy', BLANKS, 'request/tab-before-version'),
  laxer('HPE_INVALID_VERSION', 'blanks behind the version, as Envoy', /HTTP\/\d\.\d[ \t]/, 'request/blank-after-version'),
  laxer(
    'HPE_INVALID_VERSION',
    'HTTP/1.0 stands for all versions but 1.1 when it is accepted, as in Envoy',
    /HTTP\/(?!1\.[01]|0\.9|2\.0)\d\.\d/,
    'request/http-1.2-as-1.0',
  ),
  unread(
    'HPE_INVALID_METHOD',
    'behind a chunked HTTP/1.0 request nothing is read (RFC 9112, 6.1)',
    /HTTP\/(?!1\.1)[^]*chunked/i,
    'POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nx',
  ),
  framed(
    'llhttp takes every request with Upgrade for the end of HTTP; one with a body, or for h2c, goes on here',
    /connection:[^\r]*upgrade[^]*upgrade:|upgrade:[^]*connection:[^\r]*upgrade/i,
    'POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\nContent-Length: 1\r\n\r\na\0',
  ),
]

/** Classes for responses. */
export const RESPONSE_DIFFERENCES: readonly DifferenceClass[] = [
  { ...UNDECIDED, example: 'HTTP/1.1 200 OK\r\nContent-Length: x\r\n' },
  ...COMMON_RESPONSE,
  stricter(
    'http1.invalid_characters',
    'llhttp takes any byte in a reason',
    /HTTP\/\d\.\d[ \t]+\d+ [^\r]*[^\t\n\x20-\x7e\x80-\xff]/,
    'HTTP/1.1 200 a\x01\r\nContent-Length: 0\r\n\r\n',
  ),
  stricter(
    'http1.content_length_not_allowed',
    'a 1xx or 204 cannot have a body (RFC 9110, 8.6), as Envoy',
    /content-length/i,
    'HTTP/1.1 204 X\r\nContent-Length: 1\r\n\r\n',
  ),
  stricter(
    'http1.transfer_encoding_not_allowed',
    'a 1xx or 204 cannot have a body (RFC 9112, 6.1), as Envoy',
    /transfer-encoding/i,
    'HTTP/1.1 204 X\r\nTransfer-Encoding: chunked\r\n\r\n',
  ),
  stricter(
    'http1.codec_error',
    'llhttp skips blank lines in front of a response',
    /(?:^|\n)\r?\n/,
    '\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
  ),
  laxer(
    'HPE_INVALID_STATUS',
    'a status has one to four digits, or more with leading zeros, as in Envoy',
    /HTTP\/\d\.\d[ \t]+(?:\d{1,2}|\d{4}|0\d*)(?:[ \t\r])/,
    'answer/status-1000',
  ),
  laxer(
    'HPE_INVALID_STATUS',
    'blanks between version, status and reason, as Envoy',
    /HTTP\/\d\.\d(?:[ \t]{2}|\t)|\d\t/,
    'answer/blanks',
  ),
  laxer(
    'HPE_INVALID_VERSION',
    'other versions than llhttp knows, and a tab behind them, as Envoy',
    /HTTP\/(?:(?!1\.[01]|0\.9|2\.0)\d\.\d|\d\.\d\t)/,
    'answer/http-1.2',
  ),
  framed(
    'llhttp takes chunked with a tab behind it for another coding; RFC 9110, 5.5 trims',
    /transfer-encoding:[ \t]*chunked[ \t]+\r/i,
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\t\r\n\r\n0\r\n\r\n',
  ),
  framed(
    'a status below 100 has no body, and ends the connection',
    /HTTP\/\d\.\d[ \t]+0*\d{1,2}[ \t\r]/,
    'HTTP/1.1 099 X\r\n\r\nabc',
  ),
]
