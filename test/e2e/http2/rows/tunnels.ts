/** Rows about streams that leave HTTP: CONNECT, and CONNECT with a protocol (RFC 8441), which stands for an upgrade. */
import { frame, number32 } from '../../../support/http2-frames.ts'
import type { Http2Row } from '../row.ts'
import { begun, CLOSING, data, type Field, row, type RowOptions, whole } from './make.ts'

const CANCEL = number32(8)
const ENDS: Http2Row['differs'] = {
  parts: ['answer', 'log'],
  reason: 'either side may end its half of a tunnel; Envoy logs that as a failure',
}
const IGNORED: Http2Row['differs'] = {
  parts: ['answer', 'log'],
  reason: 'an upstream may ignore Upgrade (RFC 9110, 7.8); its answer is passed and its connection used again',
}
const ANSWERED: Http2Row['differs'] = {
  parts: ['answer'],
  reason: 'the answer is complete (RFC 9113, 8.1); Envoy says CONNECT_ERROR behind its own answer',
}
const GOES_ON: Http2Row['differs'] = {
  parts: ['answer'],
  reason: 'a stream that is refused says nothing of the others; Envoy ends the connection',
}

/** CONNECT with a protocol; the path ends in what the upstream does. */
function asking(path: string, protocol = 'websocket', ...more: readonly Field[]): Field[] {
  return [
    [':method', 'CONNECT'],
    [':protocol', protocol],
    [':scheme', 'http'],
    [':path', path],
    [':authority', 'a.test'],
    ...more,
  ]
}

/** Asks, waits, then says `ping` and ends. */
function tunnel(id: string, action: string, options: RowOptions = {}, ...more: readonly Field[]): Http2Row {
  const head = begun(1, ...asking(`/tunnel-${id}/${action}`, 'websocket', ...more))
  return row(`tunnel/${id}`, [head, 100, data(1, 'ping', false), 60, data(1, ' bye')], { profile: 'tunnels', ...options })
}

/** The same to an upstream that speaks HTTP/2. */
function inner(id: string, action: string, options: RowOptions = {}): Http2Row {
  const head = begun(1, ...asking(`/h2/tunnel-${id}/${action}`))
  return row(`tunnel/${id}`, [head, 100, data(1, 'ping', false), 60, data(1, ' bye')], { profile: 'tunnels', ...options })
}

function connect(id: string, action: string, options: RowOptions = {}, ...more: readonly Field[]): Http2Row {
  const authority = `connect-${id}.${action}.connect.test:443`
  const head = begun(1, [':method', 'CONNECT'], [':authority', authority], ['x-a', '1'], ...more)
  return row(`connect/${id}`, [head, 100, data(1, 'ping', false), 60, data(1, ' bye')], { profile: 'tunnels', ...options })
}

function malformed(id: string, ...all: readonly Field[]): Http2Row {
  return row(`tunnel/${id}`, [whole(1, ...all)], { profile: 'tunnels_lenient', patience: CLOSING })
}

export const TUNNEL_ROWS: readonly Http2Row[] = [
  tunnel('accepted', 'switch', { differs: ENDS }),
  tunnel('fields', 'switch', {}, ['sec-websocket-key', 'k'], ['sec-websocket-version', '13'], ['content-length', '0']),
  tunnel('upstream-ends', 'switch-end', { differs: ENDS }),
  tunnel('upstream-resets', 'switch-cut'),
  tunnel('refused', '403'),
  tunnel('ignored', 'ok', { differs: IGNORED }),
  tunnel('upstream-dies', 'die', { differs: ANSWERED }),
  row('tunnel/data-at-once', [begun(1, ...asking('/tunnel-data-at-once/switch')), data(1, 'early')], {
    differs: ENDS,
    profile: 'tunnels',
  }),
  row('tunnel/data-refused', [begun(1, ...asking('/tunnel-data-refused/403')), data(1, 'early', false)], { profile: 'tunnels' }),
  row('tunnel/end-at-once', [whole(1, ...asking('/tunnel-end-at-once/ok'))], { differs: IGNORED, profile: 'tunnels' }),
  row('tunnel/client-resets', [begun(1, ...asking('/tunnel-client-resets/switch')), 100, frame('RST_STREAM', 0, 1, CANCEL)], {
    profile: 'tunnels',
    streams: 0,
  }),
  row(
    'tunnel/beside-requests',
    [
      begun(1, ...asking('/tunnel-beside-requests/switch')),
      100,
      whole(3, [':method', 'GET'], [':scheme', 'http'], [':authority', 'a.test'], [':path', '/tunnel-beside-requests/ok']),
      data(1, 'ping'),
    ],
    { differs: ENDS, profile: 'tunnels', streams: 2 },
  ),
  row('tunnel/other-protocol', [begun(1, ...asking('/x', 'foo'))], { differs: GOES_ON, profile: 'tunnels' }),
  row('tunnel/capitals', [begun(1, ...asking('/tunnel-capitals/switch', 'WebSocket')), 100, data(1, 'ping')], {
    differs: ENDS,
    profile: 'tunnels',
  }),
  row('tunnel/not-enabled', [begun(1, ...asking('/x'))], { differs: GOES_ON, profile: 'connect_allowed' }),
  row(
    'tunnel/no-route',
    [begun(1, ...asking('/x').map(([name, value]): Field => [name, value === 'a.test' ? 'unrouted.test' : value]))],
    { profile: 'tunnels' },
  ),
  row('tunnel/local-answer', [begun(1, ...asking('/direct'))], { profile: 'tunnels' }),
  row('tunnel/no-connection', [begun(1, ...asking('/refused'))], { differs: ANSWERED, profile: 'tunnels' }),
  row('tunnel/not-allowed', [begun(1, ...asking('/x'))], { profile: 'lenient', patience: CLOSING }),
  malformed(
    'protocol-of-get',
    [':method', 'GET'],
    [':protocol', 'websocket'],
    [':scheme', 'http'],
    [':path', '/x'],
    [':authority', 'a.test'],
  ),
  malformed('no-path', [':method', 'CONNECT'], [':protocol', 'websocket'], [':scheme', 'http'], [':authority', 'a.test']),
  malformed('no-scheme', [':method', 'CONNECT'], [':protocol', 'websocket'], [':path', '/x'], [':authority', 'a.test']),
  malformed('no-authority', [':method', 'CONNECT'], [':protocol', 'websocket'], [':scheme', 'http'], [':path', '/x']),
  malformed('empty-protocol', ...asking('/x', '')),
  malformed('protocol-twice', [':protocol', 'websocket'], ...asking('/x')),
  inner('inside', 'echo'),
  inner('inside-refused', '403'),
  inner('inside-ends', 'end'),
  connect('accepted', 'open', { differs: ENDS }),
  connect('length', 'open', { differs: ENDS }, ['content-length', '0']),
  connect('refused', '403'),
  connect('upstream-ends', 'open-end', { differs: ENDS }),
  row('connect/not-enabled', [begun(1, [':method', 'CONNECT'], [':authority', 'a.open.connect.test:443'])], {
    differs: GOES_ON,
    profile: 'connect_allowed',
  }),
  row('connect/no-route', [begun(1, [':method', 'CONNECT'], [':authority', 'a.test:443'])], { profile: 'tunnels' }),
]
