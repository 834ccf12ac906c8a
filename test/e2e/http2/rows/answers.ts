/** Rows about answers, failures of the upstream, local replies, and the life of streams and connections. */
import { frame, number32 } from '../../../support/http2-frames.ts'
import type { Http2Row } from '../row.ts'
import { begun, CLOSING, data, type Field, fields, row, type RowOptions, whole } from './make.ts'

/** A GET whose path ends in what the upstream does. */
function gets(id: string, action: string, options: RowOptions = {}, ...more: readonly Field[]): Http2Row {
  return row(id, [whole(1, ...fields('GET', `/${id.replace('/', '-')}/${action}`, ...more))], options)
}

/** A GET that no upstream answers. */
function local(id: string, path: string, options: RowOptions = {}, ...more: readonly Field[]): Http2Row {
  return row(`local/${id}`, [whole(1, ...fields('GET', path, ...more))], options)
}

const GRPC: Field = ['content-type', 'application/grpc']
const CANCEL = number32(8)
const ONE_STREAM: Http2Row['differs'] = {
  parts: ['answer', 'fate', 'log'],
  reason: 'a window that goes wrong on a stream ends that stream (RFC 9113, 6.9); Envoy ends the connection without a word',
}
const ASKED: Http2Row['differs'] = {
  parts: ['answer'],
  reason: 'a PING behind the first GOAWAY shows when the client has seen it; Envoy waits for its drain timeout',
}

export const ANSWER_ROWS: readonly Http2Row[] = [
  gets('answer/trailers', 'trailers'),
  gets('answer/grpc', 'grpc', {}, GRPC, ['te', 'trailers']),
  gets('answer/no-content', '204'),
  gets('answer/not-modified', '304'),
  gets('answer/interim', 'interim'),
  gets('answer/hop', 'hop'),
  gets('answer/until-close', 'bare'),
  gets('answer/twice', 'twice'),
  row('answer/head', [whole(1, ...fields('HEAD', '/answer-head/head'))]),
  row('answer/big', [
    whole(1, ...fields('GET', '/answer-big/big')),
    300,
    frame('WINDOW_UPDATE', 0, 0, number32(1 << 20)),
    frame('WINDOW_UPDATE', 0, 1, number32(1 << 20)),
  ]),
  row('answer/early', [begun(1, ...fields('POST', '/answer-early/early')), 200, data(1, 'abc')]),
  row(
    'answer/several',
    [1, 3, 5, 7].map((id) => whole(id, ...fields('GET', '/answer-several/ok'))),
    { streams: 4 },
  ),
  gets('fails/before-head', 'die'),
  gets('fails/in-body', 'cut'),
  gets('fails/garbage', 'garbage'),
  gets('fails/grpc', 'die', {}, GRPC),
  local('refused', '/refused'),
  local('empty', '/empty'),
  local('direct', '/direct'),
  local('bad', '/bad'),
  local('redirect', '/redirect'),
  local('unrouted', '/', {}, ['x-a', '1']),
  row('local/no-route', [whole(1, [':method', 'GET'], [':scheme', 'http'], [':authority', 'unrouted.test'], [':path', '/x'])]),
  row('local/grpc-no-route', [
    whole(1, [':method', 'POST'], [':scheme', 'http'], [':authority', 'unrouted.test'], [':path', '/x'], GRPC),
  ]),
  local('grpc-refused', '/refused', {}, GRPC),
  local('grpc-empty', '/empty', {}, GRPC),
  local('slow', '/slow/local-slow/hang'),
  local('grpc-slow', '/slow/local-grpc-slow/hang', {}, GRPC),
  row('local/direct-head', [whole(1, ...fields('HEAD', '/direct'))]),
  row('local/direct-before-body', [begun(1, ...fields('POST', '/direct')), 100, data(1, 'abc')]),

  row('reset/by-client', [
    whole(1, ...fields('GET', '/reset-by-client/hang')),
    100,
    frame('RST_STREAM', 0, 1, CANCEL),
    50,
    whole(3, ...fields('GET', '/reset-by-client/ok')),
  ]),
  row('reset/by-client-in-body', [
    begun(1, ...fields('POST', '/reset-by-client-in-body/ok')),
    data(1, 'abc', false),
    100,
    frame('RST_STREAM', 0, 1, CANCEL),
    whole(3, ...fields('GET', '/reset-by-client-in-body/ok')),
  ]),
  row('reset/client-leaves', [whole(1, ...fields('GET', '/reset-client-leaves/hang')), 100, 'FIN'], {
    streams: 0,
    fate: 'closed',
    patience: CLOSING,
  }),
  row(
    'reset/window-of-zero',
    [begun(1, ...fields('POST', '/reset-window-of-zero/ok')), 50, frame('WINDOW_UPDATE', 0, 1, number32(0))],
    { profile: 'lenient', differs: ONE_STREAM },
  ),
  row(
    'reset/window-too-large',
    [begun(1, ...fields('POST', '/reset-window-too-large/ok')), 50, frame('WINDOW_UPDATE', 0, 1, number32(0x7fffffff))],
    { profile: 'lenient', differs: ONE_STREAM },
  ),

  row('timeout/stream-idle', [whole(1, ...fields('GET', '/timeout-stream-idle/hang'))], { profile: 'stream_idle' }),
  row('timeout/stream-idle-in-body', [begun(1, ...fields('POST', '/timeout-stream-idle-in-body/ok')), data(1, 'abc', false)], {
    profile: 'stream_idle',
  }),
  row('timeout/stream-idle-grpc', [whole(1, ...fields('POST', '/timeout-stream-idle-grpc/hang', GRPC))], {
    profile: 'stream_idle',
  }),
  row('timeout/request', [begun(1, ...fields('POST', '/timeout-request/ok')), data(1, 'abc', false)], {
    profile: 'request_timeout',
  }),
  row('timeout/head', [frame('HEADERS', 0, 1, Buffer.alloc(0))], { profile: 'head_timeout', patience: 700 }),
  row('timeout/duration', [whole(1, ...fields('GET', '/timeout-duration/hang'))], { profile: 'duration' }),
  row(
    'life/two-requests',
    [whole(1, ...fields('GET', '/life-two-requests/ok')), 50, whole(3, ...fields('GET', '/life-two-requests/ok'))],
    { profile: 'two_requests', streams: 2, patience: CLOSING, fate: 'closed', differs: ASKED },
  ),
  row('life/idle', [whole(1, ...fields('GET', '/life-idle/ok'))], {
    profile: 'idle',
    patience: 2500,
    fate: 'closed',
    differs: ASKED,
  }),
  row('life/idle-without-request', [], { profile: 'idle', streams: 0, patience: 2500, fate: 'closed', differs: ASKED }),
  row('life/keepalive-unanswered', [whole(1, ...fields('GET', '/life-keepalive-unanswered/ok'))], {
    profile: 'keepalive',
    patience: CLOSING,
    fate: 'closed',
  }),
  row('life/goaway-of-client', [whole(1, ...fields('GET', '/life-goaway-of-client/ok')), frame('GOAWAY', 0, 0, Buffer.alloc(8))]),
  row('life/ping', [frame('PING', 0, 0, Buffer.from('12345678')), whole(1, ...fields('GET', '/life-ping/ok'))]),
]
