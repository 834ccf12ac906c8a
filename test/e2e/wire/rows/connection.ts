/**
 * Life of client connections: pipelining, half-closes, cuts, timeouts, upgrades, interim answers. Long because it is one
 * table.
 */
import type { WireRow } from '../row.ts'
import { FIN, RESET, heard, reached } from '../step.ts'
import { ANSWER_OK, FORWARDED, GET, HOST, NO_ANSWER, OK, get, plays, post, row } from './make.ts'

const ABORTED = [0, 'downstream_remote_disconnect'] as const
const GONE = { flags: 'DC', fate: 'closed' } as const
const RESET_LATER = 'upstream_reset_after_response_started{connection_termination}'
const LATER = { fate: 'closed later' } as const
const UPGRADE = `GET / HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n`
const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n'

const CLIENT_ENDS: readonly WireRow[] = [
  row('client/half-close-after-request', 'plain', [GET, reached('\r\n\r\n'), FIN], plays(1000, OK), ABORTED, GONE),
  row('client/half-close-with-request', 'plain', [GET, FIN], plays(100, OK), ABORTED, { ...GONE, races: ['upstream'] }),
  row('client/cut-after-request', 'plain', [GET, reached('\r\n\r\n'), RESET], plays(1000, OK), ABORTED, {
    ...GONE,
    fate: 'closed',
  }),
  row(
    'client/half-close-in-head',
    'plain',
    [`GET / HTTP/1.1\r\nHo`, 50, FIN],
    ANSWER_OK,
    [0, 'downstream_remote_disconnect'],
    GONE,
  ),
  row('client/half-close-in-length', 'plain', [post('Content-Length: 10', 'abc'), reached('abc'), FIN], ANSWER_OK, ABORTED, GONE),
  row(
    'client/half-close-in-chunk',
    'plain',
    [post('Transfer-Encoding: chunked', '5\r\nabc'), reached('abc'), FIN],
    ANSWER_OK,
    ABORTED,
    GONE,
  ),
  row('client/cut-in-length', 'plain', [post('Content-Length: 10', 'abc'), reached('abc'), RESET], ANSWER_OK, ABORTED, GONE),
  row(
    'client/half-close-in-answer',
    'plain',
    [GET, heard('ab'), FIN],
    plays('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab', 1000, 'cd'),
    [200, 'downstream_remote_disconnect'],
    GONE,
  ),
  row('client/half-close-before-request', 'plain', [FIN], ANSWER_OK, [0, null], { fate: 'closed' }),
  row('client/half-close-after-answer', 'plain', [GET, heard('\r\n\r\nok'), FIN], ANSWER_OK, FORWARDED, {
    fate: 'closed',
    answers: 2,
  }),
  row('client/half-close-pipelined', 'plain', [GET + GET, reached('\r\n\r\n'), FIN], plays(1000, OK), ABORTED, {
    ...GONE,
    answers: 2,
  }),
]

const PIPELINES: readonly WireRow[] = [
  row('pipeline/three', 'plain', get('/1') + get('/2') + get('/3'), ANSWER_OK, FORWARDED, { answers: 3 }),
  row('pipeline/slow-first', 'plain', get('/1') + get('/2'), plays(100, OK), FORWARDED, { answers: 2 }),
  row(
    'pipeline/bodies',
    'plain',
    post('Content-Length: 3', 'abc') + post('Transfer-Encoding: chunked', '3\r\ndef\r\n0\r\n\r\n') + GET,
    ANSWER_OK,
    FORWARDED,
    { answers: 3 },
  ),
  row('pipeline/bad-second', 'plain', `${GET}BAD\r\n\r\n`, ANSWER_OK, FORWARDED, { answers: 2, ...LATER }),
  row('pipeline/close-second', 'plain', `${GET}${get('/', 'Connection: close\r\n')}${GET}`, ANSWER_OK, FORWARDED, {
    answers: 2,
    fate: 'closed',
  }),
  row('pipeline/surplus-is-a-request', 'plain', `${post('x: 1', '')}abc`, ANSWER_OK, FORWARDED, {
    answers: 1,
    fate: 'closed later',
  }),
  row('pipeline/surplus-after-length', 'plain', `${post('Content-Length: 3', 'abcdef')}\r\n\r\n`, ANSWER_OK, FORWARDED, {
    answers: 2,
    ...LATER,
  }),
  row('pipeline/blank-lines-between', 'plain', `${GET}\r\n\r\n${GET}`, ANSWER_OK, FORWARDED, { answers: 2 }),
  row(
    'pipeline/in-pieces',
    'plain',
    [...(GET + GET)].flatMap((char, at) => (at % 7 === 0 ? [5, char] : [char])),
    ANSWER_OK,
    FORWARDED,
    { answers: 2, patience: 3000 },
  ),
  row(
    'pipeline/local-replies',
    'plain',
    get('/direct') + get('/redirect') + get('/empty') + GET,
    ANSWER_OK,
    [201, 'direct_response'],
    { answers: 4 },
  ),
  row(
    'pipeline/early-reply-then-rest',
    'plain',
    [post('Content-Length: 3', '', '/direct'), heard('\r\n\r\ndirect'), `abc${GET}`],
    ANSWER_OK,
    [201, 'direct_response'],
    { ...LATER },
  ),
  row('pipeline/two-requests-allowed', 'two_requests', GET + GET + GET, ANSWER_OK, FORWARDED, { answers: 2, fate: 'closed' }),
  row('pipeline/thousand', 'plain', GET.repeat(1000), ANSWER_OK, FORWARDED, { answers: 1000, patience: 20_000 }),
]

const TIMEOUTS: readonly WireRow[] = [
  row('timeout/head', 'head_timeout', ['GET / HTTP/1.1\r\n', 100, 'Host: a'], ANSWER_OK, [408, 'request_header_timeout'], LATER),
  row('timeout/head-in-time', 'head_timeout', ['GET / HTTP/1.1\r\n', 100, `${HOST}\r\n`], plays(400, OK), FORWARDED),
  row('timeout/head-not-begun', 'head_timeout', [500, GET], ANSWER_OK, FORWARDED),
  row('timeout/request', 'request_timeout', post('Content-Length: 3', 'a'), ANSWER_OK, [408, 'request_overall_timeout'], LATER),
  row('timeout/request-head', 'request_timeout', ['GET / HT'], ANSWER_OK, [408, 'request_overall_timeout'], LATER),
  row('timeout/request-in-time', 'request_timeout', GET, plays(450, OK), FORWARDED),
  row('timeout/idle-request', 'idle_timeout', post('Content-Length: 3', 'a'), ANSWER_OK, [408, 'stream_idle_timeout'], {
    flags: 'SI',
    ...LATER,
  }),
  row('timeout/idle-head', 'idle_timeout', ['GET / HT'], ANSWER_OK, [408, 'stream_idle_timeout'], { flags: 'SI', ...LATER }),
  row('timeout/idle-answer', 'idle_timeout', GET, NO_ANSWER, [504, 'stream_idle_timeout'], { flags: 'SI' }),
  row(
    'timeout/idle-in-answer',
    'idle_timeout',
    GET,
    plays('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab'),
    [200, 'stream_idle_timeout'],
    { flags: 'SI', ...LATER },
  ),
  row(
    'timeout/idle-touched',
    'idle_timeout',
    GET,
    plays('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n', 200, 'ab', 200, 'cd'),
    FORWARDED,
  ),
  row('timeout/duration', 'duration', GET, NO_ANSWER, [504, 'max_duration_timeout']),
  row('timeout/duration-request', 'duration', post('Content-Length: 3', 'a'), ANSWER_OK, [408, 'max_duration_timeout'], LATER),
  row(
    'timeout/duration-in-answer',
    'duration',
    GET,
    plays('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab'),
    [200, 'max_duration_timeout'],
    LATER,
  ),
  row('timeout/connection-idle', 'connection_idle', GET, ANSWER_OK, FORWARDED, { answers: 2, patience: 1000, fate: 'closed' }),
  row('timeout/connection-duration', 'connection_duration', [], ANSWER_OK, [0, null], { patience: 1000, fate: 'closed' }),
  row('timeout/connection-never-used', 'connection_idle', [], ANSWER_OK, [0, null], { patience: 1000, fate: 'closed' }),
]

const UPGRADES: readonly WireRow[] = [
  row(
    'upgrade/accepted',
    'websocket',
    [UPGRADE, heard('\r\n\r\n'), 'ping', heard('ping'), FIN],
    { on: 'complete', steps: [SWITCH], echoes: true },
    [101, 'via_upstream'],
    { fate: 'closed' },
  ),
  row('upgrade/upstream-ends', 'websocket', [UPGRADE], plays(SWITCH, 50, 'hello', 50, FIN), [101, 'via_upstream'], {
    fate: 'closed',
  }),
  row(
    'upgrade/upstream-resets',
    'websocket',
    [UPGRADE, heard('hello'), 'go'],
    plays(SWITCH, 'hello', heard('go'), RESET),
    [101, RESET_LATER],
    {
      flags: 'UC',
      ...LATER,
    },
  ),
  row(
    'upgrade/data-with-request',
    'websocket',
    [`${UPGRADE}early`, heard('\r\n\r\n'), reached('early'), FIN],
    { on: 'complete', steps: [SWITCH] },
    [101, 'via_upstream'],
    { fate: 'closed' },
  ),
  row('upgrade/refused-by-upstream', 'websocket', UPGRADE, ANSWER_OK, FORWARDED, LATER),
  row(
    'upgrade/refused-403',
    'websocket',
    UPGRADE,
    plays('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n'),
    [403, 'via_upstream'],
    LATER,
  ),
  row(
    'upgrade/other-protocol',
    'websocket',
    get('/', 'Connection: Upgrade\r\nUpgrade: foo\r\n'),
    ANSWER_OK,
    [403, 'upgrade_failed'],
    LATER,
  ),
  row(
    'upgrade/no-route',
    'websocket',
    `GET / HTTP/1.1\r\nHost: unrouted.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    ANSWER_OK,
    [404, 'route_not_found'],
    { flags: 'NR', ...LATER },
  ),
  row(
    'upgrade/with-length-zero',
    'websocket',
    get('/', 'Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 0\r\n'),
    plays(SWITCH, 50, FIN),
    [101, 'via_upstream'],
    { fate: 'closed' },
  ),
  row(
    'upgrade/listed',
    'websocket',
    get('/', 'Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n'),
    plays(SWITCH, 50, FIN),
    [101, 'via_upstream'],
    { fate: 'closed' },
  ),
]

const CONNECT = `CONNECT a.connect.test:443 HTTP/1.1\r\nHost: a.connect.test:443\r\nX-A: 1\r\n\r\n`
const OPENED = 'HTTP/1.1 200 Connected\r\nx-kept: a\r\n\r\n'
const CONNECTS: readonly WireRow[] = [
  row(
    'connect/accepted',
    'connect',
    [CONNECT, heard('\r\n\r\n'), 'ping', heard('ping'), FIN],
    { on: 'complete', steps: [OPENED], echoes: true },
    FORWARDED,
    { fate: 'closed' },
  ),
  row(
    'connect/data-with-request',
    'connect',
    [`${CONNECT}early`, heard('\r\n\r\n'), reached('early'), FIN],
    plays(OPENED),
    FORWARDED,
    {
      fate: 'closed',
    },
  ),
  row('connect/upstream-ends', 'connect', [CONNECT], plays(OPENED, 50, 'hello', 50, FIN), FORWARDED, { fate: 'closed' }),
  row(
    'connect/refused',
    'connect',
    CONNECT,
    plays('HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno'),
    [403, 'via_upstream'],
    LATER,
  ),
  row(
    'connect/answer-with-length',
    'connect',
    [CONNECT],
    plays('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok', 50, FIN),
    FORWARDED,
    { fate: 'closed' },
  ),
  row('connect/not-enabled', 'plain', CONNECT, ANSWER_OK, [403, 'upgrade_failed'], LATER),
  row(
    'connect/no-route',
    'connect',
    `CONNECT b.test:443 HTTP/1.1\r\nHost: b.test:443\r\n\r\n`,
    ANSWER_OK,
    [404, 'route_not_found'],
    { flags: 'NR', ...LATER },
  ),
  row('connect/get', 'connect', `GET / HTTP/1.1\r\nHost: a.connect.test:443\r\n\r\n`, ANSWER_OK, [404, 'route_not_found'], {
    flags: 'NR',
  }),
  row(
    'connect/other-host',
    'connect',
    [`CONNECT a.connect.test:443 HTTP/1.1\r\nHost: b.test\r\n\r\n`],
    plays(OPENED, 50, FIN),
    FORWARDED,
    { fate: 'closed' },
  ),
]

const EXPECT = 'Expect: 100-continue\r\nContent-Length: 3'
const INTERIM: readonly WireRow[] = [
  row('expect/continue', 'plain', [post(EXPECT, ''), heard(' 100 '), 'abc'], ANSWER_OK, FORWARDED),
  row(
    'expect/any-case',
    'plain',
    [post('Expect: 100-Continue\r\nContent-Length: 3', ''), heard(' 100 '), 'abc'],
    ANSWER_OK,
    FORWARDED,
  ),
  row('expect/with-body', 'plain', post(EXPECT, 'abc'), ANSWER_OK, FORWARDED),
  ...[
    ['twice', '100-continue', '100-continue'],
    ['and-another', '100-continue', 'x'],
    ['after-another', 'x', '100-continue'],
    ['and-nothing', '', '100-continue'],
  ].map(([id, first, second]) =>
    row(`expect/${id}`, 'plain', post(`Expect: ${first}\r\nExpect: ${second}\r\nContent-Length: 3`, 'abc'), ANSWER_OK, FORWARDED),
  ),
  row('expect/without-body', 'plain', get('/', 'Expect: 100-continue\r\n'), ANSWER_OK, FORWARDED),
  row(
    'expect/upstream-continues',
    'plain',
    [post(EXPECT, ''), heard(' 100 '), 'abc'],
    plays('HTTP/1.1 100 Continue\r\n\r\n', OK),
    FORWARDED,
  ),
  row(
    'expect/local-reply',
    'plain',
    [post(EXPECT, '', '/direct'), heard('\r\n\r\ndirect'), 'abc'],
    ANSWER_OK,
    [201, 'direct_response'],
    LATER,
  ),
  row('expect/refused', 'plain', [post('Expect: 100-continue\r\nContent-Length: x', '')], ANSWER_OK, [400, 'http1.codec_error'], {
    flags: 'DPE',
    ...LATER,
  }),
  row(
    'expect/http-1.0',
    'http10',
    ['POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n', 100, 'abc'],
    ANSWER_OK,
    FORWARDED,
    { fate: 'closed' },
  ),
]

const TRAILERS: readonly WireRow[] = [
  row(
    'trailers/forwarded',
    'trailers',
    post('Transfer-Encoding: chunked\r\nTrailer: x-t\r\nTE: trailers', '3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n'),
    ANSWER_OK,
    FORWARDED,
  ),
  row(
    'trailers/dropped',
    'plain',
    post('Transfer-Encoding: chunked\r\nTrailer: x-t', '3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n'),
    ANSWER_OK,
    FORWARDED,
  ),
  row(
    'trailers/repeated',
    'trailers',
    post('Transfer-Encoding: chunked', '0\r\ngrpc-status: 1\r\ngrpc-status: 2\r\naccept: 1\r\naccept: 2\r\n\r\n'),
    ANSWER_OK,
    FORWARDED,
  ),
  row(
    'trailers/repeated-in-answer',
    'trailers',
    GET,
    plays(
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n' +
        'grpc-status: 1\r\ngrpc-status: 2\r\nvary: 1\r\nvary: 2\r\ngrpc-message: a\r\naccept: 1\r\naccept: 2\r\ngrpc-message: b\r\n\r\n',
    ),
    FORWARDED,
  ),
  row(
    'trailers/late',
    'trailers',
    [post('Transfer-Encoding: chunked', '3\r\nabc\r\n'), 50, '0\r\n', 30, 'x-t: 1\r\n', 30, '\r\n'],
    ANSWER_OK,
    FORWARDED,
  ),
]

const TRAFFIC: readonly WireRow[] = [
  row('body/pieces', 'plain', [post('Content-Length: 6', 'ab'), 50, 'cd', 50, 'ef'], ANSWER_OK, FORWARDED),
  row(
    'body/chunks-in-pieces',
    'plain',
    [post('Transfer-Encoding: chunked', ''), 30, '3\r', 30, '\na', 30, 'bc\r\n0', 30, '\r\n\r\n'],
    ANSWER_OK,
    FORWARDED,
  ),
  row(
    'body/bad-chunk-after-good',
    'plain',
    [post('Transfer-Encoding: chunked', '3\r\nabc\r\n'), reached('abc'), 'zz\r\n'],
    ANSWER_OK,
    [400, 'http1.codec_error'],
    { flags: 'DPE', ...LATER },
  ),
  row(
    'body/head-in-bytes',
    'plain',
    [...GET].flatMap((char) => [char, 2]),
    ANSWER_OK,
    FORWARDED,
  ),
  row(
    'body/get-chunked',
    'plain',
    `GET / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
    ANSWER_OK,
    FORWARDED,
  ),
  row('body/delete-without-length', 'plain', `DELETE / HTTP/1.1\r\n${HOST}\r\n`, ANSWER_OK, FORWARDED),
  row('body/put-without-length', 'plain', `PUT / HTTP/1.1\r\n${HOST}\r\n`, ANSWER_OK, FORWARDED),
  row('body/patch-without-length', 'plain', `PATCH / HTTP/1.1\r\n${HOST}\r\n`, ANSWER_OK, FORWARDED),
  row('body/options-without-length', 'plain', `OPTIONS / HTTP/1.1\r\n${HOST}\r\n`, ANSWER_OK, FORWARDED),
  row('body/connect-refused', 'plain', `CONNECT a.test:80 HTTP/1.1\r\n${HOST}\r\n`, ANSWER_OK, [404, 'route_not_found'], {
    flags: 'NR',
    ...LATER,
  }),
]

export const CONNECTION_ROWS: readonly WireRow[] = [
  ...CLIENT_ENDS,
  ...PIPELINES,
  ...TIMEOUTS,
  ...UPGRADES,
  ...CONNECTS,
  ...INTERIM,
  ...TRAILERS,
  ...TRAFFIC,
]
