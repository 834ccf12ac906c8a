/** Upstreams that fail or answer oddly, seen through a whole proxy. */
import type { WireRow } from '../row.ts'
import { FIN, RESET, heard, type Step } from '../step.ts'
import type { UpstreamScript } from '../scripted-upstream.ts'
import { FORWARDED, GET, HOST, OK, SHORT, get, plays, post, row } from './make.ts'

const HEAD_200 = 'HTTP/1.1 200 OK\r\n'

function onHead(...steps: readonly Step[]): UpstreamScript {
  return { on: 'head', steps }
}

function before(reason: string): string {
  return `upstream_reset_before_response_started{${reason}}`
}

function after(reason: string): string {
  return `upstream_reset_after_response_started{${reason}}`
}

const TERMINATED = [503, before('connection_termination')] as const
const MALFORMED = [502, before('protocol_error')] as const
const UC = { flags: 'UC' } as const
const UPE = { flags: 'UPE' } as const
const CUT = { fate: 'closed later' } as const

const ENDS: readonly WireRow[] = [
  row('upstream/close-at-once', 'plain', GET, plays(FIN), TERMINATED, UC),
  row('upstream/reset-at-once', 'plain', GET, plays(RESET), TERMINATED, UC),
  row('upstream/close-on-connect', 'plain', GET, { on: 'connect', steps: [FIN] }, TERMINATED, UC),
  row(
    'upstream/close-in-request',
    'plain',
    [post('Content-Length: 6', 'abc'), heard('termination'), 'def'],
    onHead(FIN),
    TERMINATED,
    {
      ...UC,
      ...CUT,
    },
  ),
  row(
    'upstream/reset-in-request',
    'plain',
    [post('Content-Length: 6', 'abc'), heard('termination'), 'def'],
    onHead(RESET),
    TERMINATED,
    {
      ...UC,
      ...CUT,
    },
  ),
  row('upstream/close-in-status-line', 'plain', GET, plays('HTTP/1.1 2', 30, FIN), MALFORMED, UPE),
  row('upstream/reset-in-head', 'plain', GET, plays(`${HEAD_200}x: 1`, 30, RESET), MALFORMED, UPE),
  row('upstream/close-in-head', 'plain', GET, plays(`${HEAD_200}x: 1\r\n`, 30, FIN), MALFORMED, UPE),
  row(
    'upstream/close-after-interim',
    'plain',
    GET,
    plays('HTTP/1.1 100 Continue\r\n\r\n', 30, FIN),
    [503, after('connection_termination')],
    UC,
  ),
  row(
    'upstream/close-after-head',
    'plain',
    GET,
    plays(`${HEAD_200}content-length: 3\r\n\r\n`, 30, FIN),
    [200, after('protocol_error')],
    { ...UPE, ...CUT },
  ),
  row(
    'upstream/reset-after-head',
    'plain',
    GET,
    plays(`${HEAD_200}content-length: 3\r\n\r\n`, 30, RESET),
    [200, after('protocol_error')],
    { ...UPE, ...CUT },
  ),
  row(
    'upstream/close-in-body',
    'plain',
    GET,
    plays(`${HEAD_200}content-length: 6\r\n\r\nabc`, 30, FIN),
    [200, after('protocol_error')],
    { ...UPE, ...CUT },
  ),
  row(
    'upstream/reset-in-body',
    'plain',
    GET,
    plays(`${HEAD_200}content-length: 6\r\n\r\nabc`, 30, RESET),
    [200, after('protocol_error')],
    { ...UPE, ...CUT },
  ),
  row(
    'upstream/close-in-chunk',
    'plain',
    GET,
    plays(`${HEAD_200}transfer-encoding: chunked\r\n\r\n6\r\nabc`, 30, FIN),
    [200, after('protocol_error')],
    { ...UPE, ...CUT },
  ),
  row(
    'upstream/reset-in-chunk',
    'plain',
    GET,
    plays(`${HEAD_200}transfer-encoding: chunked\r\n\r\n6\r\nabc`, 30, RESET),
    [200, after('protocol_error')],
    { ...UPE, ...CUT },
  ),
  row(
    'upstream/close-in-trailers',
    'plain',
    GET,
    plays(`${HEAD_200}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx: 1`, 30, FIN),
    [200, after('protocol_error')],
    { ...UPE, ...CUT },
  ),
  row(
    'upstream/bad-chunk-later',
    'plain',
    [post('Content-Length: 2', ''), heard('abc'), 'go'],
    onHead(`${HEAD_200}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n`, heard('go'), 'zz\r\n'),
    [200, after('protocol_error')],
    { ...UPE, ...CUT },
  ),
  row(
    'upstream/reset-until-close',
    'plain',
    GET,
    plays(`${HEAD_200}x: 1\r\n\r\nabc`, 30, RESET),
    [200, after('connection_termination')],
    { ...UC, ...CUT },
  ),
  row('upstream/until-close', 'plain', GET, plays(`${HEAD_200}x: 1\r\n\r\nabc`, 30, 'def', 30, FIN), FORWARDED),
  row('upstream/close-after-answer', 'plain', GET, plays(OK, FIN), FORWARDED),
  row('upstream/reset-after-answer', 'plain', GET, plays(OK, 30, RESET), FORWARDED),
]

const ODD: readonly WireRow[] = [
  row(
    'upstream/bad-chunk-with-good',
    'plain',
    GET,
    plays(`${HEAD_200}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n`),
    [200, after('protocol_error')],
    { ...UPE, ...CUT },
  ),
  row('upstream/extra-later', 'plain', GET, plays(OK, 30, 'EXTRA'), FORWARDED),
  row('upstream/second-answer', 'plain', GET, plays(OK + OK), FORWARDED),
  row('upstream/extra-after-204', 'plain', GET, plays('HTTP/1.1 204 No Content\r\n\r\nabc'), [204, 'via_upstream']),
  row('upstream/extra-after-304', 'plain', GET, plays('HTTP/1.1 304 Not Modified\r\n\r\nabc'), [304, 'via_upstream']),
  row('upstream/extra-after-head', 'plain', `HEAD / HTTP/1.1\r\n${HOST}\r\n`, plays(OK), FORWARDED),
  row(
    'upstream/extra-after-chunks',
    'plain',
    GET,
    plays(`${HEAD_200}transfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\nabc`),
    FORWARDED,
  ),
  row('upstream/100-unasked', 'plain', GET, plays('HTTP/1.1 100 Continue\r\n\r\n', 30, OK), FORWARDED),
  row('upstream/102-unasked', 'plain', GET, plays('HTTP/1.1 102 Processing\r\nx: 1\r\n\r\n', 30, OK), FORWARDED),
  row('upstream/103-unasked', 'plain', GET, plays('HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n', 30, OK), FORWARDED),
  row(
    'upstream/101-unasked',
    'plain',
    GET,
    plays('HTTP/1.1 101 Switching Protocols\r\nupgrade: foo\r\nconnection: upgrade\r\n\r\n', 30, 'raw'),
    [101, 'via_upstream'],
    { patience: SHORT, fate: 'waits' },
  ),
  row('upstream/many-interims', 'plain', GET, plays('HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n'.repeat(50) + OK), FORWARDED),
  row(
    'upstream/answer-in-request',
    'plain',
    [post('Content-Length: 6', 'abc'), heard('\r\n\r\nok'), 'def'],
    onHead(OK),
    FORWARDED,
    { ...CUT },
  ),
  row(
    'upstream/answer-in-chunked-request',
    'plain',
    [post('Transfer-Encoding: chunked', '3\r\nabc\r\n'), heard('\r\n\r\nok'), '0\r\n\r\n'],
    onHead(OK),
    FORWARDED,
    { ...CUT },
  ),
  row(
    'upstream/head-in-request',
    'plain',
    [post('Content-Length: 6', 'abc'), 60, 'def'],
    onHead(`${HEAD_200}content-length: 2\r\n\r\n`, 150, 'ok'),
    FORWARDED,
    CUT,
  ),
  row(
    'upstream/early-error-and-close',
    'plain',
    [post('Content-Length: 6', 'abc'), heard('\r\n\r\n'), 'def'],
    onHead('HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n', FIN),
    [413, 'via_upstream'],
    { ...CUT },
  ),
  row(
    'upstream/head-in-pieces',
    'plain',
    GET,
    plays('HTTP/1.', 20, '1 200 O', 20, 'K\r', 20, '\ncontent-length', 20, ': 2\r\n\r', 20, '\no', 20, 'k'),
    FORWARDED,
  ),
  row('upstream/answer-before-request', 'plain', GET, { on: 'connect', steps: [OK] }, FORWARDED),
  row('upstream/http-1.0-until-close', 'plain', GET, plays('HTTP/1.0 200 OK\r\n\r\nhello', 30, FIN), FORWARDED),
  row('upstream/http-1.0-length', 'plain', GET, plays('HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok'), FORWARDED),
  row(
    'upstream/trailers',
    'trailers',
    GET,
    plays(`${HEAD_200}trailer: x\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: 1\r\nx: 2\r\n\r\n`),
    FORWARDED,
  ),
  row(
    'upstream/trailers-off',
    'plain',
    GET,
    plays(`${HEAD_200}trailer: x\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: 1\r\n\r\n`),
    FORWARDED,
  ),
  row(
    'upstream/trailers-bad',
    'trailers',
    GET,
    plays(`${HEAD_200}transfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\nx y: 1\r\n\r\n`),
    [200, after('protocol_error')],
    { ...UPE, ...CUT },
  ),
  row('upstream/204-for-head', 'plain', `HEAD / HTTP/1.1\r\n${HOST}\r\n`, plays('HTTP/1.1 204 No Content\r\n\r\n'), [
    204,
    'via_upstream',
  ]),
  row('upstream/205-length-zero', 'plain', GET, plays('HTTP/1.1 205 Reset Content\r\ncontent-length: 0\r\n\r\n'), [
    205,
    'via_upstream',
  ]),
  row(
    'upstream/http-1.0-client-until-close',
    'http10',
    'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
    plays(`${HEAD_200}x: 1\r\n\r\nabc`, 30, FIN),
    FORWARDED,
    { fate: 'closed' },
  ),
  row(
    'upstream/http-1.0-client-chunks',
    'http10',
    'GET / HTTP/1.0\r\n\r\n',
    plays(`${HEAD_200}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`),
    FORWARDED,
    { fate: 'closed' },
  ),
  row(
    'upstream/http-1.0-client-interim',
    'http10',
    'GET / HTTP/1.0\r\n\r\n',
    plays('HTTP/1.1 103 E\r\n\r\n', 30, OK),
    FORWARDED,
    { fate: 'closed' },
  ),
  row(
    'upstream/big-fields',
    'plain',
    GET,
    plays(`${HEAD_200}x: ${'y'.repeat(60000)}\r\ncontent-length: 2\r\n\r\n`, 20, 'ok'),
    FORWARDED,
  ),
  row('upstream/status-in-request-path', 'plain', get('/a?b'), plays('HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nok'), FORWARDED),
]

export const UPSTREAM_ROWS: readonly WireRow[] = [...ENDS, ...ODD]
