/**
 * Odd and bad HTTP/1 messages with the verdict that each must get: one table for the codec's own tests and for the
 * end-to-end suite, which sends every message to our host and to a real Envoy. Verdicts were taken from Envoy
 * 1.40.0 with its default connection manager; `envoy` tells where we differ on purpose, and why.
 * All strings are byte strings. Long because it is one table.
 */
import type { Http1Config } from '../../../host/config/types.ts'

/** What becomes of the connection: it stays, ends at once, ends after the delayed close, or waits for more bytes. */
export type Fate = 'kept' | 'closed' | 'closed later' | 'waits'

/** A request and its answer, for a proxy whose only route leads to an upstream that answers 200 with body `ok`. */
export interface RequestCase {
  readonly id: string
  readonly bytes: string
  /** Options beside the defaults. */
  readonly http1?: Partial<Http1Config>
  /** Status of the first answer; 0 = none. */
  readonly status: number
  /** Response details; `via_upstream` for what is forwarded. */
  readonly details: string
  readonly fate: Fate
  /** Who decides: the codec, or the connection manager on what the codec delivers. */
  readonly by: 'codec' | 'manager'
  /** The header map as the codec delivers it, as `name: value` lines. */
  readonly delivered?: readonly string[]
  readonly body?: string
  readonly trailers?: readonly string[]
  readonly envoy?: { readonly status: number; readonly details: string; readonly fate?: Fate; readonly reason: string }
}

/** An upstream's answer to `GET /` and what the client codec makes of it. */
export interface ResponseCase {
  readonly id: string
  readonly bytes: string
  /** The upstream closes its side behind the bytes. */
  readonly ends?: boolean
  readonly method?: 'HEAD'
  /** `ok`, or the reset reason that the stream gets. */
  readonly verdict: 'ok' | 'protocol_error' | 'connection_termination'
  /** Of the delivered head; 0 = no head. */
  readonly status: number
  readonly body?: string
  readonly trailers?: readonly string[]
  /** The connection takes another request. */
  readonly reusable?: boolean
  readonly envoy?: { readonly verdict: 'ok' | 'protocol_error'; readonly reason: string }
}

/** Defaults of Envoy's connection manager. */
export const HTTP1_DEFAULTS: Http1Config = {
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

const HOST = 'Host: a.test\r\n'
const FORWARDED = { status: 200, details: 'via_upstream', fate: 'kept', by: 'codec' } as const
const BARE_LF = 'a line that only some servers take for a line is how requests are smuggled'

const LIKE_VERSION = 'Envoy takes a target that ends in HTTP/1.1 for that version, but the fields behind it for the next request'

type Extra = Partial<Omit<RequestCase, 'id' | 'bytes'>>

function ok(id: string, bytes: string, extra: Extra = {}): RequestCase {
  return { id, bytes, ...FORWARDED, ...extra }
}

function refused(id: string, bytes: string, status: number, details: string, extra: Extra = {}): RequestCase {
  return { id, bytes, status, details, fate: 'closed later', by: 'codec', ...extra }
}

function bad(id: string, bytes: string, details = 'http1.codec_error', extra: Extra = {}): RequestCase {
  return refused(id, bytes, 400, details, extra)
}

/** Refused here, forwarded by Envoy. */
function stricter(id: string, bytes: string, reason: string): RequestCase {
  return bad(id, bytes, 'http1.codec_error', { envoy: { status: 200, details: 'via_upstream', reason } })
}

function line(text: string): string {
  return `${text}\r\n${HOST}\r\n`
}

function fields(text: string): string {
  return `GET / HTTP/1.1\r\n${HOST}${text}\r\n\r\n`
}

function host(value: string): string {
  return `GET / HTTP/1.1\r\nHost: ${value}\r\n\r\n`
}

function post(text: string, body: string): string {
  return `POST / HTTP/1.1\r\n${HOST}${text}\r\n\r\n${body}`
}

function chunked(body: string): string {
  return post('transfer-encoding: chunked', body)
}

/** A request whose head has exactly `size` bytes. */
function sized(size: number): string {
  const empty = fields('x: ').length
  return fields(`x: ${'y'.repeat(size - empty)}`)
}

const PSEUDO = [':authority: a.test', ':path: /', ':method: GET', ':scheme: http']
const PSEUDO_POST = [':authority: a.test', ':path: /', ':method: POST', ':scheme: http']

const TARGETS: readonly RequestCase[] = [
  ok('plain', fields('X-A: 1\r\nx-b:2'), { delivered: [...PSEUDO, 'x-a: 1', 'x-b: 2'] }),
  ok('options-star', line('OPTIONS * HTTP/1.1'), { status: 404, details: 'absolute_path_rejected', by: 'manager' }),
  bad('get-star', line('GET * HTTP/1.1'), 'http1.invalid_url'),
  ok('absolute', line('GET http://u:p@b.test/x?y HTTP/1.1'), {
    delivered: [':authority: b.test', ':scheme: http', ':path: /x?y', ':method: GET'],
  }),
  ok('absolute-any-case', line('GET HTTPS://b.test HTTP/1.1'), {
    delivered: [':authority: b.test', ':scheme: https', ':path: /', ':method: GET'],
  }),
  ok('absolute-without-host', 'GET http://b.test/x HTTP/1.1\r\n\r\n'),
  ok('absolute-hides-bad-host', 'GET http://b.test/x HTTP/1.1\r\nHost: a b\r\n\r\n'),
  ok('absolute-query-only', line('GET http://b.test?x HTTP/1.1'), {
    status: 404,
    details: 'absolute_path_rejected',
    by: 'manager',
  }),
  bad('absolute-fragment-only', line('GET http://b.test#x HTTP/1.1')),
  bad('absolute-ftp', line('GET ftp://b.test/ HTTP/1.1'), 'http1.invalid_scheme'),
  bad('absolute-no-scheme', line('GET 1ttp://b.test/ HTTP/1.1')),
  bad('absolute-empty-host', line('GET http:/// HTTP/1.1'), 'http1.invalid_url'),
  bad('absolute-bad-host', line('GET http://a<b/ HTTP/1.1')),
  ...['a{b', 'a^b', 'u@@a'].map((value) => bad(`absolute-authority-${value}`, line(`GET http://${value}/ HTTP/1.1`))),
  ...['a_b', 'a:', 'a:b', 'a:65536', ':80', 'a%41', 'u@b@a', 'u[@a', '[::1', '[1]', '[::1%25eth0]', '[::1]x', 'a:8x'].map(
    (value) => bad(`absolute-authority-${value}`, line(`GET http://${value}/ HTTP/1.1`), 'http1.invalid_url'),
  ),
  ...['a.b.', 'a:65535', 'a:00080', '[::1]', '[FE80::1]:80', '[::ffff:1.2.3.4]', '[1.2.3.4]'].map((value) =>
    ok(`absolute-authority-${value}`, line(`GET http://${value}/ HTTP/1.1`), {
      delivered: [`:authority: ${value}`, ':scheme: http', ...PSEUDO.slice(1, 3)],
    }),
  ),
  ...['@a', ':p@a', "u!~*'();:&=+$,-_.%@a", 'a:80@a'].map((value) =>
    ok(`absolute-authority-${value}`, line(`GET http://${value}/ HTTP/1.1`), {
      delivered: [':authority: a', ':scheme: http', ...PSEUDO.slice(1, 3)],
    }),
  ),
  ok('absolute-not-allowed', line('GET http://b.test/ HTTP/1.1'), {
    http1: { allowAbsoluteUrl: false },
    status: 404,
    details: 'absolute_path_rejected',
    by: 'manager',
  }),
  bad('relative', line('GET x/y HTTP/1.1')),
  bad('query-only', line('GET ?x=1 HTTP/1.1')),
  bad('blank-in-path', line('GET /a b HTTP/1.1')),
  bad('tab-in-path', line('GET /a\tb HTTP/1.1')),
  bad('high-byte-in-path', line('GET /\xe9 HTTP/1.1')),
  bad('control-in-path', line('GET /\x01 HTTP/1.1'), 'http1.invalid_characters'),
  bad('del-in-path', line('GET /\x7f HTTP/1.1'), 'http1.invalid_characters'),
  bad('nul-in-path', line('GET /\0 HTTP/1.1'), 'http1.invalid_characters'),
  bad('fragment', line('GET /a#b HTTP/1.1'), 'path_normalization_failed', { by: 'manager' }),
  ok('odd-path', line('GET //a/./b/../%2F%00%zz;p=1\\"<>|{}^` HTTP/1.1'), {
    delivered: [':authority: a.test', ':path: //a/./b/../%2F%00%zz;p=1\\"<>|{}^`', ':method: GET', ':scheme: http'],
  }),
  refused('connect', line('CONNECT a.test:80 HTTP/1.1'), 404, 'route_not_found', {
    by: 'manager',
    delivered: [':authority: a.test:80', ':method: CONNECT', ':scheme: http'],
  }),
  bad('connect-without-port', line('CONNECT a.test HTTP/1.1'), 'http1.invalid_url'),
  bad('connect-path', line('CONNECT /x HTTP/1.1'), 'http1.invalid_url'),
  ...['a{b:80', 'u@@a:80', 'a#b:80'].map((value) => bad(`connect-${value}`, line(`CONNECT ${value} HTTP/1.1`))),
  ...['a_b:80', 'u@a:80', ':80', 'a:65536', '[::1:80', '[1]:80', 'a:80:80', 'a/:80'].map((value) =>
    bad(`connect-${value}`, line(`CONNECT ${value} HTTP/1.1`), 'http1.invalid_url'),
  ),
  refused('connect-length-zero', line('CONNECT a.test:80 HTTP/1.1\r\nContent-Length: 0'), 404, 'route_not_found', {
    by: 'manager',
    delivered: [':authority: a.test:80', ':method: CONNECT', ':scheme: http'],
  }),
  bad('connect-length', line('CONNECT a.test:80 HTTP/1.1\r\nContent-Length: 3'), 'http1.body_disallowed'),
  bad(
    'connect-length-and-chunked',
    line('CONNECT a.test:80 HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked'),
    'http1.body_disallowed',
  ),
  refused(
    'connect-chunked',
    line('CONNECT a.test:80 HTTP/1.1\r\nTransfer-Encoding: chunked'),
    501,
    'http1.invalid_transfer_encoding',
  ),
  refused('connect-address', line('CONNECT [::1]:00080 HTTP/1.1'), 404, 'route_not_found', { by: 'manager' }),
  bad('connect-empty-user', line('CONNECT @a:80 HTTP/1.1'), 'http1.invalid_url', {
    envoy: {
      status: 404,
      details: 'route_not_found',
      fate: 'closed later',
      reason: 'CONNECT names host and port (RFC 9112, 3.2.3)',
    },
  }),
]

const REQUEST_LINES: readonly RequestCase[] = [
  ok('two-blanks', line('GET  /  HTTP/1.1')),
  ok('tabs', line('GET\t/\tHTTP/1.1')),
  ok('tab-before-version', line('GET /\tHTTP/1.1')),
  ok('blanks-and-tab-before-version', line('GET /  \tHTTP/1.1')),
  ok('blank-after-version', line('GET / HTTP/1.1  ')),
  ok('crlf-before', `\r\n\r\n${fields('x: 1')}`),
  ok('lf-before', `\n\n${fields('x: 1')}`),
  bad('blank-before', ` ${fields('x: 1')}`),
  stricter('cr-before', `\r${fields('x: 1')}`, 'Envoy skips the CR; a bare CR is refused wherever it stands'),
  bad('method-unknown', line('FOO / HTTP/1.1')),
  bad('method-lower-case', line('get / HTTP/1.1')),
  bad('method-with-dash', line('M-SEARCH / HTTP/1.1')),
  bad('method-query', line('QUERY / HTTP/1.1'), 'query_missing_content_type', { by: 'manager' }),
  ok('method-query-with-type', `QUERY / HTTP/1.1\r\n${HOST}content-type: a/b\r\n\r\n`),
  bad('method-pri', line('PRI / HTTP/1.1')),
  bad('method-only', line('GET')),
  bad('method-nul', line('G\0T / HTTP/1.1'), 'http1.invalid_characters'),
  bad('method-missing', line('/ HTTP/1.1')),
  ok('method-custom', line('FOO / HTTP/1.1'), { http1: { allowCustomMethods: true } }),
  ...'COPY LOCK MKCOL MOVE PROPFIND PROPPATCH SEARCH UNLOCK BIND REBIND UNBIND ACL REPORT MKACTIVITY CHECKOUT MERGE NOTIFY SUBSCRIBE UNSUBSCRIBE PURGE MKCALENDAR LINK UNLINK SOURCE'
    .split(' ')
    .map((method) => ok(`method-${method.toLowerCase()}`, line(`${method} / HTTP/1.1`))),
  refused('http-1.0', line('GET / HTTP/1.0'), 426, 'low_version'),
  refused('http-0.9', line('GET / HTTP/0.9'), 426, 'low_version'),
  refused('http-1.2', line('GET / HTTP/1.2'), 426, 'low_version'),
  refused('http-2.0', line('GET / HTTP/2.0'), 426, 'low_version'),
  refused('no-version', 'GET /\r\n', 426, 'low_version'),
  refused('no-version-absolute', 'GET http://a.test/\r\n', 426, 'low_version'),
  bad('no-version-bad-target', 'GET a\r\n'),
  stricter('no-version-like-one', 'GET http://aHTTP/1.1\r\n\r\n', LIKE_VERSION),
  bad('no-target', line('GET  HTTP/1.1')),
  bad('version-1.10', line('GET / HTTP/1.10')),
  bad('version-lower-case', line('GET / http/1.1')),
  bad('version-11', line('GET / HTTP/11')),
  bad('version-tail', line('GET / HTTP/1.1 x')),
  bad('http-1.0-and-bad-field', 'GET / HTTP/1.0\r\nbad field\r\n\r\n'),
  bad('bare-lf-request-line', `GET / HTTP/1.1\n${HOST}\r\n`, 'http1.codec_error', {
    envoy: { status: 200, details: 'via_upstream', reason: BARE_LF },
  }),
  bad('bare-lf-no-version', 'GET /\n', 'http1.codec_error', { envoy: { status: 426, details: 'low_version', reason: BARE_LF } }),
]

const HTTP10 = { acceptHttp10: true, defaultHostForHttp10: 'd.test' }

const VERSIONS: readonly RequestCase[] = [
  ok('http-1.0-accepted', 'GET / HTTP/1.0\r\n\r\n', {
    http1: HTTP10,
    fate: 'closed',
    delivered: [':authority: d.test', ':path: /', ':method: GET', ':scheme: http'],
  }),
  ok('http-1.0-keep-alive', 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n', { http1: HTTP10 }),
  ok('http-1.0-chunked', 'POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\nconnection: keep-alive\r\n\r\n1\r\na\r\n0\r\n\r\n', {
    http1: HTTP10,
    fate: 'closed',
    body: 'a',
    envoy: { status: 200, details: 'via_upstream', reason: 'same answer, but Envoy keeps the connection (RFC 9112, 6.1)' },
  }),
  ok('http-0.9-accepted', 'GET /\r\n', {
    http1: HTTP10,
    fate: 'closed',
    delivered: [':authority: d.test', ':path: /', ':method: GET', ':scheme: http'],
  }),
  ok('http-0.9-has-no-fields', 'GET /\r\nHost: a.test\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\nabc', {
    http1: HTTP10,
    fate: 'closed',
    delivered: [':authority: d.test', ':path: /', ':method: GET', ':scheme: http'],
    body: '',
  }),
  bad('no-version-like-one-accepted', 'GET http://aHTTP/1.1\r\n\r\n', 'http1.codec_error', {
    http1: HTTP10,
    envoy: { status: 200, details: 'via_upstream', reason: LIKE_VERSION },
  }),
  ok('http-0.0-has-fields', 'GET / HTTP/0.0\r\nHost: a.test\r\n\r\n', {
    http1: HTTP10,
    fate: 'closed',
    delivered: [':authority: a.test', ':path: /', ':method: GET', ':scheme: http'],
  }),
  ok('http-1.2-as-1.0', line('GET / HTTP/1.2'), { http1: HTTP10, fate: 'closed' }),
  ok('http-2.0-as-1.0', line('GET / HTTP/2.0'), { http1: HTTP10, fate: 'closed' }),
]

const HOSTS: readonly RequestCase[] = [
  bad('no-host', 'GET / HTTP/1.1\r\n\r\n', 'missing_host_header', {
    by: 'manager',
    delivered: [':path: /', ':method: GET', ':scheme: http'],
  }),
  ...['', 'a.test,b.test', 'u@a.test', 'a.test.', 'a.test:0', 'a.test:xx', '[::1]:80', '%41', '@', '[', "!$&'()*+;=~"].map(
    (value) => ok(`host-${value || 'empty'}`, host(value), { delivered: [`:authority: ${value}`, ...PSEUDO.slice(1)] }),
  ),
  ...['a b', 'a/b', 'a\\b', 'a"b', 'a<b', 'a>b', 'a?b', 'a#b', 'a\xe9b', 'a{b', 'a|b', 'a}b', 'a^b', 'a`b'].map((value) =>
    bad(`host-${value}`, host(value), 'http.invalid_authority'),
  ),
  stricter('two-hosts', fields('Host: b.test'), 'RFC 9112, 3.2 demands 400; servers differ in which one counts'),
  stricter('two-equal-hosts', fields('Host: a.test'), 'RFC 9112, 3.2 demands 400'),
]

const FIELDS: readonly RequestCase[] = [
  ok('duplicates', fields('x: 1\r\nX: 2\r\nAccept: a\r\naccept: b\r\nCookie: c=1\r\ncookie: d=2'), {
    delivered: [...PSEUDO, 'x: 1', 'x: 2', 'accept: a,b', 'cookie: c=1', 'cookie: d=2'],
  }),
  ok('trimmed', fields('x: \t 1 2 \t'), { delivered: [...PSEUDO, 'x: 1 2'] }),
  ok('empty-value', fields('x:\r\ny: '), { delivered: [...PSEUDO, 'x: ', 'y: '] }),
  ok('high-bytes', fields('x: \xe9\x80\xff'), { delivered: [...PSEUDO, 'x: \xe9\x80\xff'] }),
  ok('tab-in-value', fields('x: a\tb'), { delivered: [...PSEUDO, 'x: a\tb'] }),
  bad('nul-in-value', fields('x: a\0b'), 'http1.invalid_characters'),
  bad('control-in-value', fields('x: a\x01b'), 'http1.invalid_characters'),
  bad('del-in-value', fields('x: a\x7fb'), 'http1.invalid_characters'),
  bad('blank-before-colon', fields('x : 1')),
  bad('blank-in-name', fields('x y: 1')),
  bad('no-colon', fields('xy')),
  bad('empty-name', fields(': 1')),
  bad('parenthesis-in-name', fields('x(: 1')),
  bad('high-byte-in-name', fields('x\xe9: 1')),
  bad('pseudo-name', fields(':path: /x')),
  bad('control-in-name', fields('x\x01: 1'), 'http1.invalid_characters'),
  bad('fold-first', `GET / HTTP/1.1\r\n x: 1\r\n${HOST}\r\n`),
  stricter('fold', fields('x: 1\r\n  2'), 'RFC 9112, 5.2 lets a server refuse; peers disagree on the value'),
  stricter('bare-lf-field', fields('x: 1\ny: 2'), BARE_LF),
  stricter('bare-lf-end', `GET / HTTP/1.1\r\n${HOST}\n`, BARE_LF),
  stricter('bare-cr-in-value', fields('x: 1\r2'), 'Envoy removes the CR; others end the line there'),
  bad('cr-only', `GET / HTTP/1.1\rHost: a.test\r\r`, 'http1.codec_error', {
    envoy: { status: 0, details: '', reason: 'Envoy waits for an LF; no later byte could make this a request' },
  }),
  ok('underscore', fields('x_a: 1'), { delivered: [...PSEUDO, 'x_a: 1'] }),
  bad('underscore-rejected', fields('x_a: 1'), 'http1.unexpected_underscore', { http1: { underscores: 'REJECT_REQUEST' } }),
  ok('underscore-dropped', fields('x_a: 1\r\nx-a: 2'), {
    http1: { underscores: 'DROP_HEADER' },
    delivered: [...PSEUDO, 'x-a: 2'],
  }),
  ok('head-61440', sized(61440)),
  refused('head-61441', sized(61441), 431, 'http1.headers_too_large'),
  refused('head-endless', `GET /${'a'.repeat(61440)}`, 431, 'http1.headers_too_large'),
  ok('fields-100', fields(`${'x: 1\r\n'.repeat(98)}x: 1`)),
  refused('fields-101', fields(`${'x: 1\r\n'.repeat(99)}x: 1`), 431, 'http1.too_many_headers'),
]

const HOP: readonly RequestCase[] = [
  ok('connection-close', fields('Connection: close'), { fate: 'closed', delivered: PSEUDO }),
  ok('proxy-connection-close', fields('Proxy-Connection: close'), { fate: 'closed', delivered: PSEUDO }),
  ok('keep-alive', fields('Connection: keep-alive\r\nKeep-Alive: timeout=5'), { delivered: PSEUDO }),
  ok('nominated', fields('Connection: x-a, Close, x-b\r\nX-A: 1\r\nx-b: 2\r\nx-c: 3'), {
    fate: 'closed',
    delivered: [...PSEUDO, 'x-c: 3'],
  }),
  ok('nominated-credentials', fields('Connection: cookie, authorization\r\ncookie: a\r\nauthorization: b'), {
    delivered: PSEUDO,
  }),
  ok('nominated-length', post('Connection: content-length\r\nContent-Length: 1', 'a'), { delivered: PSEUDO_POST, body: 'a' }),
  bad('nominated-host', fields('Connection: host'), 'missing_host_header', { by: 'manager', delivered: PSEUDO.slice(1) }),
  ...['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', ':path'].map((name) =>
    bad(`nominated-${name}`, fields(`Connection: ${name}`), 'http1.connection_header_rejected'),
  ),
  ok('nominated-forwarded', fields('Connection: x-forwarded-client-cert\r\nx-forwarded-client-cert: a\r\nx-forwarded-port: 1'), {
    delivered: [...PSEUDO, 'x-forwarded-port: 1'],
  }),
  ok('te', fields('TE: gzip'), { delivered: PSEUDO }),
  ok('te-trailers', fields('Connection: te\r\nTE: gzip, trailers'), { delivered: [...PSEUDO, 'te: trailers'] }),
  ok('te-trailers-weighed', fields('TE: trailers;q=1'), { delivered: PSEUDO }),
  ok('expect-other', fields('Expect: x'), { delivered: [...PSEUDO, 'expect: x'] }),
  ok('upgrade-h2c', fields('Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: a'), { delivered: PSEUDO }),
  ok('http2-settings', fields('HTTP2-Settings: a'), { delivered: PSEUDO }),
  ok('upgrade-without-connection', fields('Upgrade: websocket'), { delivered: PSEUDO }),
  ok('connection-without-upgrade', fields('Connection: Upgrade'), { delivered: PSEUDO }),
  refused('upgrade-not-enabled', fields('Connection: Upgrade\r\nUpgrade: websocket\r\nx: 1'), 403, 'upgrade_failed', {
    by: 'manager',
    delivered: [...PSEUDO, 'connection: Upgrade', 'upgrade: websocket', 'x: 1'],
  }),
  ok('upgrade-with-body', post('Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 1', 'a'), {
    delivered: [...PSEUDO_POST, 'content-length: 1'],
    body: 'a',
    envoy: {
      status: 403,
      details: 'upgrade_failed',
      reason: 'a server may ignore Upgrade (RFC 9110, 7.8); body and tunnel bytes cannot be told apart otherwise',
    },
  }),
]

const BODIES: readonly RequestCase[] = [
  ok('length', post('Content-Length: 3', 'abc'), { delivered: [...PSEUDO_POST, 'content-length: 3'], body: 'abc' }),
  ok('length-zero', post('Content-Length: 0', ''), { delivered: [...PSEUDO_POST, 'content-length: 0'], body: '' }),
  ok('length-leading-zeros', post('Content-Length: 003', 'abc'), {
    delivered: [...PSEUDO_POST, 'content-length: 003'],
    body: 'abc',
  }),
  ok('length-trailing-blank', post('Content-Length: 3 ', 'abc'), { body: 'abc' }),
  ok('get-with-body', `GET / HTTP/1.1\r\n${HOST}Content-Length: 3\r\n\r\nabc`, { body: 'abc' }),
  ok('post-without-length', post('x: 1', ''), { body: '' }),
  bad('length-twice', post('Content-Length: 3\r\nContent-Length: 3', 'abc')),
  bad('length-twice-unequal', post('Content-Length: 3\r\nContent-Length: 4', 'abc')),
  ...['3, 3', '-1', '+3', '0x3', '', '18446744073709551616', '3;', '1 2'].map((value) =>
    bad(`length-${value || 'empty'}`, post(`Content-Length: ${value}`, 'abc')),
  ),
  bad('length-above-2^53', post('Content-Length: 9007199254740993', 'abc'), 'http1.codec_error', {
    envoy: { status: 0, details: '', reason: 'a number in JavaScript is exact up to 2^53 - 1, which is 8 PiB' },
  }),
  bad(
    'length-and-chunked',
    post('Content-Length: 3\r\nTransfer-Encoding: chunked', '0\r\n\r\n'),
    'http1.content_length_and_chunked_not_allowed',
  ),
  bad(
    'length-and-identity',
    post('Transfer-Encoding: identity\r\nContent-Length: 3', 'abc'),
    'http1.content_length_and_chunked_not_allowed',
  ),
  ok('length-and-chunked-allowed', post('Content-Length: 9\r\nTransfer-Encoding: chunked', '1\r\na\r\n0\r\n\r\n'), {
    http1: { allowChunkedLength: true },
    delivered: PSEUDO_POST,
    body: 'a',
  }),
  ...['chunked, chunked', 'gzip', 'identity', 'xchunked', '"chunked"', '', 'chunked;q=1', 'gzip, chunked'].map((value) =>
    refused(
      `encoding-${value || 'empty'}`,
      post(`Transfer-Encoding: ${value}`, '0\r\n\r\n'),
      501,
      'http1.invalid_transfer_encoding',
    ),
  ),
  refused(
    'encoding-twice',
    post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', '0\r\n\r\n'),
    501,
    'http1.invalid_transfer_encoding',
  ),
  bad('encoding-vertical-tab', post('Transfer-Encoding: \x0bchunked', '0\r\n\r\n'), 'http1.invalid_characters'),
  ok('encoding-blanks', post('Transfer-Encoding: \t Chunked \t', '1\r\na\r\n0\r\n\r\n'), { body: 'a', delivered: PSEUDO_POST }),
]

const CHUNKS: readonly RequestCase[] = [
  ok('chunks', chunked('3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'), { body: 'abcde' }),
  ok('chunks-none', chunked('0\r\n\r\n'), { body: '' }),
  ok('chunk-hex-any-case', chunked(`a\r\n${'a'.repeat(10)}\r\nA\r\n${'b'.repeat(10)}\r\n0\r\n\r\n`), {
    body: 'a'.repeat(10) + 'b'.repeat(10),
  }),
  ok('chunk-leading-zeros', chunked('0003\r\nabc\r\n000\r\n\r\n'), { body: 'abc' }),
  ok('chunk-many-zeros', chunked(`${'0'.repeat(40)}1\r\na\r\n0\r\n\r\n`), { body: 'a' }),
  ok('chunk-trailing-blanks', chunked('3 \t \r\nabc\r\n0 \r\n\r\n'), { body: 'abc' }),
  ok('chunk-extension', chunked('3;a=b;c="d e"\r\nabc\r\n0;x\r\n\r\n'), { body: 'abc' }),
  ok('chunk-extension-odd', chunked('1;,x\r\na\r\n0\r\n\r\n'), { body: 'a' }),
  ok('chunk-extension-long', chunked(`3;${'x'.repeat(5000)}\r\nabc\r\n0\r\n\r\n`), { body: 'abc' }),
  ...['0x3', '-3', '10000000000000000', 'zz', '', ' 3'].map((size) =>
    bad(`chunk-size-${size || 'empty'}`, chunked(`${size}\r\nabc\r\n0\r\n\r\n`)),
  ),
  bad('chunk-size-lf', chunked('3\nabc\r\n0\r\n\r\n')),
  bad('chunk-extension-cr', chunked('3;a\rb\r\nabc\r\n0\r\n\r\n')),
  stricter(
    'chunk-size-tail',
    chunked('3 x\r\nabc\r\n0\r\n\r\n'),
    'not in the grammar (RFC 9112, 7.1); what it hides is read differently by others',
  ),
  stricter(
    'chunk-data-surplus',
    chunked('3\r\nabcd\r\n0\r\n\r\n'),
    'Envoy drops bytes up to the line end; others take them for the next size',
  ),
  bad('chunk-data-without-end', chunked('3\r\nabcX0\r\n\r\n')),
  bad('chunk-data-cr-only', chunked('3\r\nabc\rx0\r\n\r\n')),
  stricter('chunk-data-lf', chunked('3\r\nabc\n0\r\n\r\n'), BARE_LF),
  ok('trailers-dropped', chunked('1\r\na\r\n0\r\nx: 1\r\n\r\n'), { body: 'a' }),
  ok('trailers', chunked('1\r\na\r\n0\r\nX: 1\r\nx: 2\r\n\r\n'), {
    http1: { enableTrailers: true },
    body: 'a',
    trailers: ['x: 1', 'x: 2'],
  }),
  ok('trailers-length', chunked('1\r\na\r\n0\r\nContent-Length: 1\r\n\r\n'), {
    http1: { enableTrailers: true },
    body: 'a',
    trailers: ['content-length: 1'],
  }),
  ok('trailers-encoding', chunked('1\r\na\r\n0\r\nTransfer-Encoding: gzip\r\nx: 1\r\n\r\n'), {
    http1: { enableTrailers: true },
    body: 'a',
    trailers: ['transfer-encoding: gzip', 'x: 1'],
  }),
  bad('trailers-bad-line', chunked('0\r\nx y: 1\r\n\r\n')),
  bad('trailers-no-colon', chunked('0\r\nxy\r\n\r\n')),
  refused('trailers-too-large', chunked(`0\r\nx: ${'y'.repeat(62000)}\r\n\r\n`), 431, 'http1.headers_too_large'),
  ok('trailers-dropped-101', chunked(`0\r\n${'x: 1\r\n'.repeat(101)}\r\n`), { body: '' }),
  refused('trailers-101', chunked(`0\r\n${'x: 1\r\n'.repeat(101)}\r\n`), 431, 'http1.too_many_headers', {
    http1: { enableTrailers: true },
  }),
]

const INCOMPLETE: readonly RequestCase[] = [
  { id: 'head-unfinished', bytes: `GET / HTTP/1.1\r\n${HOST}`, status: 0, details: '', fate: 'waits', by: 'codec' },
  { id: 'low-version-unfinished', bytes: 'GET / HTTP/1.0\r\nx: 1\r\n', status: 0, details: '', fate: 'waits', by: 'codec' },
]

/** Every request of the corpus. */
export const REQUESTS: readonly RequestCase[] = [
  ...TARGETS,
  ...REQUEST_LINES,
  ...VERSIONS,
  ...HOSTS,
  ...FIELDS,
  ...HOP,
  ...BODIES,
  ...CHUNKS,
  ...INCOMPLETE,
]

type ResponseExtra = Partial<Omit<ResponseCase, 'id' | 'bytes'>>

function fine(id: string, bytes: string, extra: ResponseExtra = {}): ResponseCase {
  return { id, bytes, verdict: 'ok', status: 200, reusable: true, body: '', ...extra }
}

function malformed(id: string, bytes: string, extra: ResponseExtra = {}): ResponseCase {
  return { id, bytes, verdict: 'protocol_error', status: 0, ...extra }
}

/** Refused here, taken by Envoy. */
function stricterAnswer(id: string, bytes: string, reason: string): ResponseCase {
  return malformed(id, bytes, { envoy: { verdict: 'ok', reason } })
}

const EMPTY = 'content-length: 0\r\n\r\n'

function statusAnswer(text: string): string {
  return `${text}\r\n${EMPTY}`
}

function answer(text: string, body = ''): string {
  return `HTTP/1.1 200 OK\r\n${text}\r\n\r\n${body}`
}

function chunkedAnswer(body: string): string {
  return answer('transfer-encoding: chunked', body)
}

const STATUS_LINES: readonly ResponseCase[] = [
  fine('reason-missing', statusAnswer('HTTP/1.1 200')),
  fine('reason-high-bytes', statusAnswer('HTTP/1.1 200 a\xe9b')),
  fine('blanks', statusAnswer('HTTP/1.1  200  X')),
  fine('status-leading-zeros', statusAnswer('HTTP/1.1 00200 X')),
  fine('status-0', statusAnswer('HTTP/1.1 0 X'), { status: 0, reusable: false }),
  fine('status-99', statusAnswer('HTTP/1.1 99 X'), { status: 99, reusable: false }),
  ...[600, 999, 1000].map((code) => fine(`status-${code}`, statusAnswer(`HTTP/1.1 ${code} X`), { status: code })),
  fine('http-1.0', statusAnswer('HTTP/1.0 200 OK'), { reusable: false }),
  fine('http-1.0-keep-alive', `HTTP/1.0 200 OK\r\nconnection: keep-alive\r\n${EMPTY}`),
  fine('http-1.2', statusAnswer('HTTP/1.2 200 OK'), { reusable: false }),
  fine('http-2.0', statusAnswer('HTTP/2.0 200 OK'), { reusable: false }),
  malformed('garbage', 'hello\r\n\r\n'),
  malformed('status-missing', statusAnswer('HTTP/1.1')),
  malformed('status-text', statusAnswer('HTTP/1.1 abc X')),
  malformed('version-1.10', statusAnswer('HTTP/1.10 200 OK')),
  malformed('reason-control', statusAnswer('HTTP/1.1 200 a\x01b')),
  malformed('crlf-before', `\r\n${statusAnswer('HTTP/1.1 200 OK')}`),
  stricterAnswer('status-plus', statusAnswer('HTTP/1.1 +200 X'), 'a status is digits (RFC 9112, 4)'),
  stricterAnswer('status-99999', statusAnswer('HTTP/1.1 99999 X'), 'Envoy forwards it modulo 65536'),
]

const ANSWER_FIELDS: readonly ResponseCase[] = [
  fine('close', answer('connection: close\r\ncontent-length: 2', 'ok'), { body: 'ok', reusable: false }),
  fine('head-62-kb', answer(`content-length: 0\r\nx: ${'y'.repeat(62000)}`)),
  malformed('head-85-kb', answer(`content-length: 0\r\nx: ${'y'.repeat(85000)}`)),
  malformed('fields-101', answer(`${'x: 1\r\n'.repeat(100)}content-length: 0`)),
  malformed('nul-in-value', answer('x: a\0b\r\ncontent-length: 0')),
  malformed('pseudo-name', answer(':status: 300\r\ncontent-length: 0')),
  stricterAnswer('fold', answer('x: 1\r\n 2\r\ncontent-length: 0'), 'RFC 9112, 5.2 lets a proxy answer 502'),
  stricterAnswer('bare-lf', 'HTTP/1.1 200 OK\ncontent-length: 0\n\n', BARE_LF),
  stricterAnswer('bare-cr', answer('x: 1\r2\r\ncontent-length: 0'), 'a bare CR splits the answer for some clients'),
]

const ANSWER_BODIES: readonly ResponseCase[] = [
  fine('length', answer('content-length: 3', 'abc'), { body: 'abc' }),
  fine('length-leading-zeros', answer('content-length: 003', 'abc'), { body: 'abc' }),
  fine('until-close', answer('x: 1', 'abc'), { ends: true, body: 'abc', reusable: false }),
  fine('chunks', chunkedAnswer('3\r\nabc\r\n2;x\r\nde\r\n0\r\n\r\n'), { body: 'abcde' }),
  fine('chunk-trailing-blanks', chunkedAnswer('1 \t\r\na\r\n0 \r\n\r\n'), { body: 'a' }),
  fine('chunk-extension-odd', chunkedAnswer('1;,x\r\na\r\n0\r\n\r\n'), { body: 'a' }),
  fine('trailers-length', chunkedAnswer('1\r\na\r\n0\r\nContent-Length: 1\r\n\r\n'), {
    body: 'a',
    trailers: ['content-length: 1'],
  }),
  fine('trailers', chunkedAnswer('1\r\na\r\n0\r\nx: 1\r\n\r\n'), { body: 'a', trailers: ['x: 1'] }),
  fine('http-1.0-chunked', 'HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n', {
    body: 'a',
    reusable: false,
  }),
  fine('more-than-length', answer('content-length: 2', 'okEXTRA'), { body: 'ok', reusable: false }),
  fine('head-length', answer('content-length: 3'), { method: 'HEAD' }),
  fine('head-chunked', answer('transfer-encoding: chunked'), { method: 'HEAD' }),
  fine('204', 'HTTP/1.1 204 No Content\r\n\r\n', { status: 204 }),
  fine('204-length-zero', 'HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n', { status: 204 }),
  malformed('204-length', 'HTTP/1.1 204 No Content\r\ncontent-length: 3\r\n\r\nabc'),
  malformed('204-chunked', 'HTTP/1.1 204 No Content\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'),
  fine('304-length', 'HTTP/1.1 304 Not Modified\r\ncontent-length: 3\r\n\r\n', { status: 304 }),
  fine('304-chunked', 'HTTP/1.1 304 Not Modified\r\ntransfer-encoding: chunked\r\n\r\n', { status: 304 }),
  fine('101-unasked', 'HTTP/1.1 101 Switching Protocols\r\nx: 1\r\n\r\n', { status: 101, reusable: false }),
  fine('interim', `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n${answer('content-length: 0')}`),
  malformed('interim-length', `HTTP/1.1 100 Continue\r\ncontent-length: 3\r\n\r\n${answer('content-length: 0')}`),
  malformed('interim-chunked', `HTTP/1.1 103 E\r\ntransfer-encoding: chunked\r\n\r\n${answer('content-length: 0')}`),
  malformed('length-twice', answer('content-length: 0\r\ncontent-length: 0')),
  malformed('length-negative', answer('content-length: -1', 'abc')),
  malformed('length-and-chunked', answer('content-length: 3\r\ntransfer-encoding: chunked', '0\r\n\r\n')),
  malformed('encoding-gzip', answer('transfer-encoding: gzip', 'abc'), { ends: true }),
  malformed('encoding-gzip-chunked', answer('transfer-encoding: gzip, chunked', '0\r\n\r\n')),
  malformed('encoding-identity', answer('transfer-encoding: identity', 'abc'), { ends: true }),
  malformed('length-above-2^53', answer('content-length: 9007199254740993', 'abc'), {
    envoy: { verdict: 'ok', reason: 'a number in JavaScript is exact up to 2^53 - 1, which is 8 PiB' },
  }),
]

const CUT: readonly ResponseCase[] = [
  { id: 'cut-before-head', bytes: '', ends: true, verdict: 'connection_termination', status: 0 },
  malformed('cut-in-version', 'HTT', { ends: true }),
  malformed('cut-in-head', 'HTTP/1.1 200 OK\r\nfoo', { ends: true }),
  malformed('cut-in-body', answer('content-length: 5', 'abc'), { ends: true, status: 200, body: 'abc' }),
  malformed('cut-in-chunk', chunkedAnswer('5\r\nabc'), { ends: true, status: 200, body: 'abc' }),
  malformed('cut-after-chunk', chunkedAnswer('3\r\nabc\r\n'), { ends: true, status: 200, body: 'abc' }),
  malformed('chunk-bad', chunkedAnswer('zz\r\n'), { status: 200, body: '' }),
]

/** Every upstream answer of the corpus. */
export const RESPONSES: readonly ResponseCase[] = [...STATUS_LINES, ...ANSWER_FIELDS, ...ANSWER_BODIES, ...CUT]
