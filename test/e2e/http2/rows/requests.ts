/** Rows about requests: what their heads, bodies and trailers become, and which are refused. */
import { block, frame, END_HEADERS, END_STREAM, number32 } from '../../../support/http2-frames.ts'
import type { Http2Row } from '../row.ts'
import { type Field, begun, CLOSING, data, fields, row, type RowOptions, whole } from './make.ts'

/** A GET with more fields, answered by `ok`. */
function asks(id: string, more: readonly Field[], options: RowOptions = {}): Http2Row {
  return row(`head/${id}`, [whole(1, ...fields('GET', `/${slug('head', id)}/ok`, ...more))], options)
}

function slug(group: string, id: string): string {
  return `${group}-${id}`
}

const SILENT = 'Envoy ends the connection without a word; GOAWAY tells the client why (RFC 9113, 5.4.1)'

/** A head that is malformed: it ends the connection, or the stream if so configured. */
function malformed(id: string, head: readonly Field[]): Http2Row[] {
  const differs = { parts: ['answer'], reason: SILENT } as const
  return [
    row(`malformed/${id}`, [whole(1, ...head)], { streams: 0, patience: CLOSING, fate: 'closed', differs }),
    row(`malformed/${id}-lenient`, [whole(1, ...head)], { profile: 'lenient' }),
  ]
}

/** A head that Envoy takes. */
function refused(id: string, reason: string, head: readonly Field[]): Http2Row {
  const differs = { parts: ['answer', 'log'], reason } as const
  return row(`malformed/${id}`, [whole(1, ...head)], { profile: 'lenient', differs })
}

const GET = fields('GET', '/malformed/ok')
const without = (name: string): Field[] => GET.filter(([given]) => given !== name)

export const REQUEST_ROWS: readonly Http2Row[] = [
  asks('plain', []),
  asks('codec-http2', [], { profile: 'http2_only' }),
  asks('authority-by-host', [['host', 'a.test']]),
  row('head/host-only', [
    whole(1, ...without(':authority').map(([name, value]): Field => [name, name === ':path' ? '/head-host-only/ok' : value]), [
      'host',
      'h.test',
    ]),
  ]),
  asks('accept-twice', [
    ['accept', 'a'],
    ['x-a', '1'],
    ['accept', 'b'],
  ]),
  asks('cookies', [
    ['cookie', 'a=1'],
    ['x-a', '1'],
    ['cookie', 'b=2'],
    ['cookie', 'c=3'],
  ]),
  asks('repeated', [
    ['x-a', '1'],
    ['x-a', '2'],
  ]),
  asks('empty-value', [['x-a', '']]),
  asks('high-bytes', [['x-a', 'caf\xe9']]),
  asks('te-trailers', [['te', 'trailers']]),
  asks('expect-other', [['expect', 'other']]),
  asks('envoy-control', [
    ['x-envoy-internal', 'true'],
    ['x-envoy-foo', 'a'],
  ]),
  asks('request-id', [['x-request-id', 'given']]),
  asks('forwarded', [
    ['x-forwarded-for', '10.0.0.1'],
    ['x-forwarded-proto', 'https'],
  ]),
  asks('edge', [['x-forwarded-for', '10.0.0.1']], { profile: 'edge' }),
  asks('underscore', [['x_a', '1']]),
  asks(
    'underscore-dropped',
    [
      ['x_a', '1'],
      ['x-b', '2'],
    ],
    { profile: 'underscores_drop' },
  ),
  asks('underscore-refused', [['x_a', '1']], { profile: 'underscores_reject' }),
  asks('length-zero', [['content-length', '0']]),
  asks(
    'many',
    Array.from({ length: 90 }, (_, i): Field => [`x-${i}`, 'v']),
  ),
  asks(
    'too-many',
    Array.from({ length: 97 }, (_, i): Field => [`x-${i}`, 'v']),
  ),
  asks(
    'small-many',
    Array.from({ length: 6 }, (_, i): Field => [`x-${i}`, 'v']),
    { profile: 'small_heads' },
  ),
  asks('small-large', [['x-a', 'v'.repeat(1200)]], { profile: 'small_heads' }),
  asks('small-fits', [['x-a', 'v'.repeat(500)]], { profile: 'small_heads' }),
  row('head/method-foo', [whole(1, ...fields('FOO', '/head-method-foo/ok'))]),
  row('head/scheme-https', [
    whole(1, [':method', 'GET'], [':scheme', 'https'], [':authority', 'a.test'], [':path', '/head-scheme-https/ok']),
  ]),
  row('head/scheme-other', [
    whole(1, [':method', 'GET'], [':scheme', 'ftp'], [':authority', 'a.test'], [':path', '/head-scheme-other/ok']),
  ]),
  row('head/path-query', [whole(1, ...fields('GET', '/head-path-query/ok?a=b&c=%20//'))]),
  row('head/path-fragment', [whole(1, ...fields('GET', '/head-path-fragment/ok#a'))]),
  row('head/path-normalized', [whole(1, ...fields('GET', '/a/..//head-path-normalized//ok'))], { profile: 'normalize' }),
  row('head/options-star', [whole(1, ...fields('OPTIONS', '*'))]),
  row('head/connect', [begun(1, [':method', 'CONNECT'], [':authority', 'a.test:80'])]),
  row('head/cut', [
    frame('HEADERS', END_STREAM, 1, block(...fields('GET', '/head-cut/ok')).subarray(0, 20)),
    20,
    frame('CONTINUATION', 0, 1, block(...fields('GET', '/head-cut/ok')).subarray(20, 30)),
    frame('CONTINUATION', END_HEADERS, 1, block(...fields('GET', '/head-cut/ok')).subarray(30)),
  ]),
  row('head/padded', [
    frame(
      'HEADERS',
      END_HEADERS | END_STREAM | 8,
      1,
      Buffer.concat([Buffer.from([3]), block(...fields('GET', '/head-padded/ok')), Buffer.alloc(3)]),
    ),
  ]),
  row('head/priority', [
    frame(
      'HEADERS',
      END_HEADERS | END_STREAM | 0x20,
      1,
      Buffer.concat([number32(0), Buffer.from([9]), block(...fields('GET', '/head-priority/ok'))]),
    ),
  ]),
  row('head/pseudo-order', [
    whole(1, [':path', '/head-pseudo-order/ok'], [':authority', 'a.test'], [':scheme', 'http'], [':method', 'GET']),
  ]),

  ...malformed('upper-case', [...GET, ['X-A', '1']]),
  ...malformed('connection', [...GET, ['connection', 'close']]),
  ...malformed('keep-alive', [...GET, ['keep-alive', '1']]),
  ...malformed('proxy-connection', [...GET, ['proxy-connection', '1']]),
  ...malformed('transfer-encoding', [...GET, ['transfer-encoding', 'chunked']]),
  ...malformed('upgrade', [...GET, ['upgrade', 'a']]),
  ...malformed('te', [...GET, ['te', 'gzip']]),
  ...malformed('no-method', without(':method')),
  ...malformed('no-scheme', without(':scheme')),
  ...malformed('no-path', without(':path')),
  ...malformed('no-authority', without(':authority')),
  ...malformed('empty-path', [...without(':path'), [':path', '']]),
  ...malformed('relative-path', [...without(':path'), [':path', 'a']]),
  ...malformed('blank-in-path', [...without(':path'), [':path', '/a b']]),
  ...malformed('control-in-path', [...without(':path'), [':path', '/a\x01']]),
  ...malformed('blank-in-method', [...without(':method'), [':method', 'G T']]),
  ...malformed('blank-in-authority', [...without(':authority'), [':authority', 'a b']]),
  ...malformed('late-pseudo', [...without(':path'), ['x-a', '1'], [':path', '/a']]),
  ...malformed('two-paths', [...GET, [':path', '/b']]),
  ...malformed('unknown-pseudo', [[':foo', 'a'], ...GET]),
  ...malformed('status', [[':status', '200'], ...GET]),
  ...malformed('protocol', [[':method', 'CONNECT'], [':protocol', 'websocket'], ...without(':method')]),
  ...malformed('nul', [...GET, ['x-a', 'a\0b']]),
  ...malformed('line-feed', [...GET, ['x-a', 'a\nb']]),
  ...malformed('carriage-return', [...GET, ['x-a', 'a\rb']]),
  ...malformed('delete', [...GET, ['x-a', 'a\x7fb']]),
  ...malformed('blank-name', [...GET, ['x a', '1']]),
  ...malformed('empty-name', [...GET, ['', '1']]),
  ...malformed('two-hosts', [...without(':authority'), ['host', 'a'], ['host', 'b']]),
  refused(
    'other-host',
    'of a Host that says something else than :authority nobody knows whom the request is meant for (RFC 9113, 8.3.1)',
    [...GET, ['host', 'other.test']],
  ),
  ...malformed('two-lengths', [...GET, ['content-length', '0'], ['content-length', '0']]),
  ...malformed('length-word', [...GET, ['content-length', 'a']]),
  ...malformed('length-sign', [...GET, ['content-length', '+1']]),
  ...malformed('length-without-body', [...GET, ['content-length', '5']]),
  refused('leading-blank', 'a value that begins or ends with a blank is malformed (RFC 9113, 8.2.1)', [...GET, ['x-a', ' b']]),

  row('body/counted', [
    begun(1, ...fields('POST', '/body-counted/ok', ['content-length', '6'])),
    data(1, 'abc', false),
    30,
    data(1, 'def'),
  ]),
  row('body/uncounted', [begun(1, ...fields('POST', '/body-uncounted/ok')), data(1, 'abc', false), 30, data(1, 'def')]),
  row('body/empty-end', [begun(1, ...fields('POST', '/body-empty-end/ok')), data(1, 'abc', false), data(1, '')]),
  row('body/only-end', [begun(1, ...fields('POST', '/body-only-end/ok')), data(1, '')]),
  row('body/padded', [
    begun(1, ...fields('POST', '/body-padded/ok', ['content-length', '3'])),
    frame('DATA', END_STREAM | 8, 1, Buffer.from('\x04abc\0\0\0\0', 'latin1')),
  ]),
  row('body/too-long', [begun(1, ...fields('POST', '/body-too-long/ok', ['content-length', '2'])), 50, data(1, 'abc')]),
  row('body/too-short', [begun(1, ...fields('POST', '/body-too-short/ok', ['content-length', '9'])), 50, data(1, 'abc')]),
  row('body/of-get', [begun(1, ...fields('GET', '/body-of-get/ok')), data(1, 'abc')]),
  row('body/expect', [begun(1, ...fields('POST', '/body-expect/ok', ['expect', '100-continue'])), 50, data(1, 'abc')]),
  row('body/expect-twice', [
    begun(1, ...fields('POST', '/body-expect-twice/ok', ['expect', '100-continue'], ['expect', '100-continue'])),
    data(1, 'abc'),
  ]),
  row('trailers/passed', [begun(1, ...fields('POST', '/trailers-passed/ok')), data(1, 'abc', false), whole(1, ['x-t', 'v'])]),
  row('trailers/without-body', [begun(1, ...fields('POST', '/trailers-without-body/ok')), whole(1, ['x-t', 'v'])]),
  row('trailers/counted', [
    begun(1, ...fields('POST', '/trailers-counted/ok', ['content-length', '3'])),
    data(1, 'abc', false),
    whole(1, ['x-t', 'v']),
  ]),
  row('trailers/pseudo', [begun(1, ...fields('POST', '/trailers-pseudo/ok')), 50, whole(1, [':path', '/a'])], {
    profile: 'lenient',
  }),
  row('trailers/connection', [begun(1, ...fields('POST', '/trailers-connection/ok')), 50, whole(1, ['connection', 'a'])], {
    profile: 'lenient',
  }),
  row('trailers/without-end', [begun(1, ...fields('POST', '/trailers-without-end/ok')), 50, begun(1, ['x-t', 'v'])], {
    profile: 'lenient',
  }),
]
