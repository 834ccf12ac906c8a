/** What the connection manager makes of request and response heads: paths, added and removed fields, local replies. */
import type { WireRow } from '../row.ts'
import { ANSWER_OK, FORWARDED, HOST, NO_ANSWER, OK, get, plays, post, row } from './make.ts'

const PATHS = [
  '//a//b',
  '/a/./b/../c',
  '/a\\b',
  '/a%2Fb',
  '/a%5cb',
  '/a%5C..%2fb',
  '/%2e%2e/x',
  '/%2E/x/%2e%2E/y/',
  '/..',
  '/.',
  '/a/..',
  '/a/.',
  '/../..//a',
  '/a?b=//c/../d',
  '/a;p=1/../b',
  '/a"<>|{}^`b',
  '/%41%7e%zz',
  '/a%00b',
  '/a%',
  '/a%4',
  '/%2F..%2Fx',
  '/a/%2e%2e%2fb',
  '/?',
  '/a?x#y',
  '/a=b&c@d:e,f!g*h(i)',
  '/%e9%C3%A9',
  '/.../..a/a..',
  '/a//../b',
  '/%252e%252e/x',
]

const REFUSED_PATHS: ReadonlySet<string> = new Set(['/a%00b', '/a?x#y'])
const ESCAPED = /%(2f|5c)/i
const BAD = [400, 'path_normalization_failed'] as const
const LATER = { fate: 'closed later' } as const

function pathRows(): WireRow[] {
  return PATHS.flatMap((path) => {
    const isBad = path.includes('#')
    const verdict = (bad: boolean): readonly [readonly [number, string], { readonly fate?: 'closed later' }] =>
      bad ? [BAD, LATER] : [FORWARDED, {}]
    const redirected = ESCAPED.test(path) ? ([307, 'path_normalization_failed'] as const) : null
    return [
      row(`path/plain ${path}`, 'plain', get(path), ANSWER_OK, ...verdict(isBad)),
      row(`path/normalize ${path}`, 'normalize', get(path), ANSWER_OK, ...verdict(REFUSED_PATHS.has(path))),
      row(`path/reject-slashes ${path}`, 'slashes_reject', get(path), ANSWER_OK, ...verdict(isBad || ESCAPED.test(path))),
      redirected === null
        ? row(`path/redirect-slashes ${path}`, 'slashes_redirect', get(path), ANSWER_OK, ...verdict(isBad))
        : row(`path/redirect-slashes ${path}`, 'slashes_redirect', get(path), ANSWER_OK, redirected),
      row(`path/unescape ${path}`, 'slashes_forward', get(path), ANSWER_OK, ...verdict(REFUSED_PATHS.has(path))),
    ]
  })
}

const CLIENT_FIELDS =
  'X-Forwarded-For: 1.1.1.1, 2.2.2.2\r\nX-Forwarded-Proto: https\r\nX-Request-Id: abc\r\nX-Envoy-Internal: true\r\n' +
  'x-envoy-upstream-rq-timeout-ms: 99\r\nx-envoy-foo: 1\r\nx-envoy-original-path: /o\r\nx-envoy-external-address: 9.9.9.9\r\n' +
  'x-envoy-retry-on: 5xx\r\nx-envoy-expected-rq-timeout-ms: 3\r\nuser-agent: u\r\n'

const EDGES = ['plain', 'edge', 'edge_keeping', 'edge_hops', 'headers', 'pass_server'] as const

function edgeRows(): WireRow[] {
  return EDGES.flatMap((profile) => [
    row(`edge/${profile}-bare`, profile, get('/'), ANSWER_OK, FORWARDED),
    row(`edge/${profile}-forged`, profile, get('/', CLIENT_FIELDS), ANSWER_OK, FORWARDED),
    row(`edge/${profile}-forwarded-one`, profile, get('/', 'X-Forwarded-For: 3.3.3.3\r\n'), ANSWER_OK, FORWARDED),
    row(`edge/${profile}-forwarded-none`, profile, get('/', 'X-Forwarded-For:\r\nX-Request-Id:\r\n'), ANSWER_OK, FORWARDED),
    row(
      `edge/${profile}-forwarded-twice`,
      profile,
      get('/', 'x-forwarded-for: 1.1.1.1\r\nX-Forwarded-For: nonsense\r\nX-Request-Id: a\r\nx-request-id: b\r\n'),
      ANSWER_OK,
      FORWARDED,
    ),
    row(`edge/${profile}-scheme`, profile, get('/', 'X-Forwarded-Proto: ftp\r\nX-Forwarded-Host: h\r\n'), ANSWER_OK, FORWARDED),
    row(`edge/${profile}-port`, profile, 'GET / HTTP/1.1\r\nHost: A.TEST:8080\r\n\r\n', ANSWER_OK, FORWARDED),
    row(`edge/${profile}-ipv6`, profile, 'GET / HTTP/1.1\r\nHost: [::1]\r\n\r\n', ANSWER_OK, FORWARDED),
    row(`edge/${profile}-odd-port`, profile, 'GET / HTTP/1.1\r\nHost: a.test:x\r\n\r\n', ANSWER_OK, FORWARDED),
    row(`edge/${profile}-answer`, profile, get('/', 'x-request-id: abc\r\n'), plays(RICH_ANSWER), FORWARDED),
    row(`edge/${profile}-local-reply`, profile, get('/direct'), ANSWER_OK, [201, 'direct_response']),
    row(`edge/${profile}-refusal`, profile, 'FOO / HTTP/1.1\r\n\r\n', ANSWER_OK, [400, 'http1.codec_error'], {
      flags: 'DPE',
      ...LATER,
    }),
    row(`edge/${profile}-via`, profile, get('/', 'Via: 1.1 x\r\n'), plays(`${RICH_ANSWER}`), FORWARDED),
  ])
}

const RICH_ANSWER =
  'HTTP/1.1 200 Fine\r\nServer: up/1\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nVia: 1.0 up\r\nX-A: 1\r\nX-a: 2\r\n' +
  'Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nKeep-Alive: timeout=5\r\nConnection: keep-alive, x-named\r\nX-Named: 1\r\n' +
  'X-Request-Id: up\r\nX-Envoy-Upstream-Service-Time: 7\r\nX-Envoy-Foo: 1\r\nProxy-Connection: keep-alive\r\nUpgrade: h2c\r\n' +
  'TE: trailers\r\nTrailer: x-t\r\nContent-Length: 2\r\n\r\nok'

const REFUSED = 'upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused}'

const LOCAL: readonly WireRow[] = [
  row('local/no-route', 'plain', 'GET / HTTP/1.1\r\nHost: unrouted.test\r\n\r\n', ANSWER_OK, [404, 'route_not_found'], {
    flags: 'NR',
  }),
  row(
    'local/no-route-close',
    'plain',
    'GET / HTTP/1.1\r\nHost: unrouted.test\r\nConnection: close\r\n\r\n',
    ANSWER_OK,
    [404, 'route_not_found'],
    { flags: 'NR', ...LATER },
  ),
  row(
    'local/no-route-with-body',
    'plain',
    'POST / HTTP/1.1\r\nHost: unrouted.test\r\nContent-Length: 3\r\n\r\nabc',
    ANSWER_OK,
    [404, 'route_not_found'],
    { flags: 'NR', ...LATER },
  ),
  row('local/no-route-head', 'plain', 'HEAD / HTTP/1.1\r\nHost: unrouted.test\r\n\r\n', ANSWER_OK, [404, 'route_not_found'], {
    flags: 'NR',
  }),
  row('local/no-cluster', 'plain', get('/chosen', 'x-cluster: nowhere\r\n'), ANSWER_OK, [503, 'cluster_not_found'], {
    flags: 'NC',
  }),
  row('local/cluster-not-named', 'plain', get('/chosen'), ANSWER_OK, [503, 'cluster_not_found'], { flags: 'NC' }),
  row('local/cluster-empty', 'plain', get('/chosen', 'x-cluster: empty\r\n'), ANSWER_OK, [503, 'no_healthy_upstream'], {
    flags: 'UH',
  }),
  row('local/empty', 'plain', get('/empty'), ANSWER_OK, [503, 'no_healthy_upstream'], { flags: 'UH' }),
  row('local/empty-head', 'plain', `HEAD /empty HTTP/1.1\r\n${HOST}\r\n`, ANSWER_OK, [503, 'no_healthy_upstream'], {
    flags: 'UH',
  }),
  row('local/refused', 'plain', get('/refused'), ANSWER_OK, [503, REFUSED], { flags: 'UF' }),
  row('local/refused-with-body', 'plain', post('Content-Length: 3', 'abc', '/refused'), ANSWER_OK, [503, REFUSED], {
    flags: 'UF',
  }),
  row('local/timeout', 'plain', get('/slow'), NO_ANSWER, [504, 'response_timeout'], { flags: 'UT' }),
  row(
    'local/timeout-in-body',
    'plain',
    get('/slow'),
    plays('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc'),
    [200, 'response_timeout'],
    { flags: 'UT', fate: 'closed later' },
  ),
  row('local/direct', 'plain', get('/direct'), ANSWER_OK, [201, 'direct_response']),
  row('local/direct-close', 'plain', get('/direct', 'Connection: close\r\n'), ANSWER_OK, [201, 'direct_response'], LATER),
  row('local/direct-400', 'plain', get('/bad'), ANSWER_OK, [400, 'direct_response'], LATER),
  row('local/direct-302', 'plain', get('/moved?x=1'), ANSWER_OK, [302, 'direct_response']),
  row('local/refused-close', 'plain', get('/refused', 'Connection: close\r\n'), ANSWER_OK, [503, REFUSED], {
    flags: 'UF',
    fate: 'closed',
  }),
  row('local/timeout-close', 'plain', get('/slow', 'Connection: close\r\n'), NO_ANSWER, [504, 'response_timeout'], {
    flags: 'UT',
    fate: 'closed',
  }),
  row('local/direct-head', 'plain', `HEAD /direct HTTP/1.1\r\n${HOST}\r\n`, ANSWER_OK, [201, 'direct_response']),
  row('local/direct-with-body', 'plain', post('Content-Length: 3', 'abc', '/direct'), ANSWER_OK, [201, 'direct_response'], {
    ...LATER,
  }),
  row('local/direct-bodiless', 'plain', get('/bodiless'), ANSWER_OK, [204, 'direct_response']),
  row('local/redirect', 'plain', get('/redirect?x=1'), ANSWER_OK, [302, 'direct_response']),
  row('local/redirect-absolute', 'plain', `GET https://b.test:8/redirect HTTP/1.1\r\n${HOST}\r\n`, ANSWER_OK, [
    302,
    'direct_response',
  ]),
  row('local/rewrite', 'plain', get('/rewrite/a?x=1'), ANSWER_OK, FORWARDED),
  row(
    'local/grpc',
    'plain',
    `POST /empty HTTP/1.1\r\n${HOST}Content-Type: application/grpc\r\n\r\n`,
    ANSWER_OK,
    [200, 'no_healthy_upstream'],
    { flags: 'UH' },
  ),
  row('local/no-delay', 'no_delay', 'FOO / HTTP/1.1\r\n\r\n', ANSWER_OK, [400, 'http1.codec_error'], {
    flags: 'DPE',
    fate: 'closed',
  }),
  row('local/bad-host-close', 'plain', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', ANSWER_OK, [400, 'missing_host_header'], {
    fate: 'closed later',
  }),
  row('local/small-head', 'small_heads', get('/', `x: ${'y'.repeat(900)}\r\n`), ANSWER_OK, FORWARDED),
  row(
    'local/small-head-exceeded',
    'small_heads',
    get('/', `x: ${'y'.repeat(1000)}\r\n`),
    ANSWER_OK,
    [431, 'http1.headers_too_large'],
    { flags: 'DPE', ...LATER },
  ),
  row(
    'local/few-fields-exceeded',
    'small_heads',
    get('/', 'a: 1\r\nb: 1\r\nc: 1\r\nd: 1\r\ne: 1\r\n'),
    ANSWER_OK,
    [431, 'http1.too_many_headers'],
    { flags: 'DPE', ...LATER },
  ),
  row('local/timeout-asked', 'plain', get('/', 'x-envoy-upstream-rq-timeout-ms: 100\r\n'), plays(250, OK), FORWARDED),
]

export const HEAD_ROWS: readonly WireRow[] = [...pathRows(), ...edgeRows(), ...LOCAL]
