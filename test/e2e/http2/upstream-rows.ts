/**
 * What an HTTP/2 upstream may do, and what becomes of the request: one row each, with the outcome of a real Envoy. Rows
 * whose outcome in the host is another one say why. Long because it is one table, kept together for its reader.
 */
import { ACK, END_HEADERS, END_STREAM, block, frame, number32 } from '../../support/http2-frames.ts'
import { type FramePeer, type FrameUpstream, settings } from './frame-upstream.ts'

/** What is seen of one request. */
export interface Outcome {
  /** Status, fields that are not of the proxy, and the raw body. */
  readonly answer: string
  /** Status, response flags and details of the access log. */
  readonly log: string
  /** RST_STREAM frames and answers to PING, to the upstream, `closed` when the connection was ended. */
  readonly sent: string
}

/** Plays the upstream's part. `number` is that of the connection, `again` sends another request of the client. */
export type Script = (peer: FramePeer, context: Context) => Promise<void>

export interface Context {
  readonly upstream: FrameUpstream
  readonly number: number
  readonly client: { send(text: string): unknown; close(): void }
}

export interface UpstreamRow {
  readonly name: string
  readonly script: Script
  /** The client's bytes; default GET. */
  readonly request?: string
  readonly wanted: Outcome
  /** Where the host differs. */
  readonly host?: Partial<Outcome> & { readonly reason: string }
}

type Field = readonly [string, string]
type Part = (stream: number) => Buffer

export const GET = 'GET / HTTP/1.1\r\nhost: a.test\r\n\r\n'
const POST = 'POST / HTTP/1.1\r\nhost: a.test\r\ncontent-length: 5\r\n\r\nab'
const UPGRADE = 'GET / HTTP/1.1\r\nhost: a.test\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'
const OK: Field = [':status', '200']
const ENDED = END_STREAM | END_HEADERS

function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

function blockOf(list: readonly Field[]): Buffer {
  return block(...list)
}

function head(list: readonly Field[], flags = END_HEADERS): Part {
  return (stream) => frame('HEADERS', flags, stream, blockOf(list))
}

function data(text: string, flags = 0): Part {
  return (stream) => frame('DATA', flags, stream, bytes(text))
}

function reset(code: number): Part {
  return (stream) => frame('RST_STREAM', 0, stream, number32(code))
}

function always(whole: Buffer): Part {
  return () => whole
}

function goAway(lastId: number, code: number): Buffer {
  return frame('GOAWAY', 0, 0, Buffer.concat([number32(lastId), number32(code)]))
}

/** A head in several frames of 16 000 bytes, and some more. */
function longHead(frames: number, more: number): Part[] {
  const first: Part = (stream) => frame('HEADERS', 0, stream, blockOf([OK, ['x-0', 'a'.repeat(16_000)]]))
  const middle = Array.from({ length: frames - 1 }, (_, i): Part => {
    return (stream) => frame('CONTINUATION', 0, stream, blockOf([[`x-${i + 1}`, 'a'.repeat(16_000)]]))
  })
  const last: Part = (stream) => frame('CONTINUATION', END_HEADERS, stream, blockOf([['x-last', 'a'.repeat(more)]]))
  return [first, ...middle, last, data('', END_STREAM)]
}

function fields(count: number): Field[] {
  return Array.from({ length: count }, (_, i): Field => [`x-${i}`, '1'])
}

/** Says hello and sends these frames when the request has come. */
function answering(...parts: readonly Part[]): Script {
  return async (peer) => {
    peer.send(settings({}))
    const request = await peer.request()
    if (request !== null) peer.send(...parts.map((part) => part(request.id)))
  }
}

export function pause(millis: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, millis))
}

const BODY = 'upstream connect error or disconnect/reset before headers. reset reason: '

function fine(answer: string, sent = ''): Outcome {
  return { answer, log: `${answer.slice(0, 3)} - via_upstream`, sent }
}

function failed(status: number, flag: string, reason: string, sent: string): Outcome {
  const details = `upstream_reset_before_response_started{${reason.replaceAll(' ', '_')}}`
  return { answer: `${status} ${BODY}${reason}`, log: `${status} ${flag} ${details}`, sent }
}

/** The head had left when the upstream failed. */
function cut(answer: string, flag: string, reason: string, sent: string): Outcome {
  const details = `upstream_reset_after_response_started{${reason.replaceAll(' ', '_')}}`
  return { answer, log: `${answer.slice(0, 3)} ${flag} ${details}`, sent }
}

const VIOLATED = failed(502, 'UPE', 'protocol error', 'closed')
const REFUSED_HEAD = failed(503, 'UR', 'remote reset', 'RST_STREAM 1 2')

const OTHERS_GO_ON = 'other streams of the connection go on'
const STRICTER = 'RFC 9113 forbids it; accepted values could be read differently behind us'

export const UPSTREAM_ROWS: readonly UpstreamRow[] = [
  // Answers.
  {
    name: 'a head and a body',
    script: answering(head([OK]), data('hello', END_STREAM)),
    wanted: fine('200 5\r\nhello\r\n0\r\n\r\n'),
  },
  { name: 'a head alone', script: answering(head([OK, ['x-a', '1']], ENDED)), wanted: fine('200 x-a: 1 ') },
  {
    name: 'a body with its length, in pieces',
    script: answering(head([OK, ['content-length', '5']]), data('he'), data('llo', END_STREAM)),
    wanted: fine('200 hello'),
  },
  {
    name: 'a body with padding',
    script: answering(head([OK, ['content-length', '5']]), (stream) => frame('DATA', 9, stream, bytes('\x03hello\0\0\0'))),
    wanted: fine('200 hello'),
  },
  {
    name: 'trailers',
    script: answering(head([OK]), data('a'), head([['x-t', '1']], ENDED)),
    wanted: fine('200 1\r\na\r\n0\r\nx-t: 1\r\n\r\n'),
  },
  {
    name: 'interim heads before the head',
    script: answering(
      head([
        [':status', '103'],
        ['link', '</a>'],
      ]),
      head([OK], ENDED),
    ),
    wanted: fine('200 '),
  },
  {
    name: 'a length without body for HEAD',
    request: 'HEAD / HTTP/1.1\r\nhost: a.test\r\n\r\n',
    script: answering(head([OK, ['content-length', '3']], ENDED)),
    wanted: fine('200 '),
  },
  {
    name: 'a length without body for 304',
    script: answering(
      head(
        [
          [':status', '304'],
          ['content-length', '3'],
        ],
        ENDED,
      ),
    ),
    wanted: fine('304 '),
  },
  { name: 'a status without a name', script: answering(head([[':status', '600']], ENDED)), wanted: fine('600 ') },
  {
    name: 'a head in two frames',
    script: answering(
      (stream) => frame('HEADERS', END_STREAM, stream, blockOf([OK])),
      (stream) => frame('CONTINUATION', END_HEADERS, stream, blockOf([['x-a', '1']])),
    ),
    wanted: fine('200 x-a: 1 '),
  },
  {
    name: 'fields that repeat',
    script: answering(
      head([OK, ['set-cookie', 'a'], ['set-cookie', 'b'], ['cache-control', 'a'], ['cache-control', 'b']], ENDED),
    ),
    wanted: fine('200 set-cookie: a, set-cookie: b, cache-control: a,b '),
  },
  { name: 'te: trailers', script: answering(head([OK, ['te', 'trailers']], ENDED)), wanted: fine('200 te: trailers ') },
  { name: 'an underscore in a name', script: answering(head([OK, ['a_b', '1']], ENDED)), wanted: fine('200 a_b: 1 ') },
  {
    name: 'a hundred fields',
    script: answering(head([OK, ...fields(99)], ENDED)),
    wanted: fine(
      `200 ${fields(99)
        .map((f) => f.join(': '))
        .join(', ')} `,
    ),
  },
  {
    name: 'PING, then the answer',
    script: answering(always(frame('PING', 0, 0, bytes('12345678'))), head([OK], ENDED)),
    wanted: fine('200 ', 'PING ack'),
  },
  {
    name: 'a frame of an unknown type',
    script: answering(always(frame(42, 0, 0, bytes('123'))), head([OK], ENDED)),
    wanted: fine('200 '),
  },
  {
    name: 'DATA behind the end',
    script: answering(head([OK], ENDED), data('abc', END_STREAM)),
    wanted: fine('200 '),
    host: { sent: 'RST_STREAM 1 5', reason: 'the peer is told that the stream is closed (RFC 9113, 5.1)' },
  },
  {
    name: 'request trailers arrive',
    request: 'POST / HTTP/1.1\r\nhost: a.test\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nx-t: 1\r\n\r\n',
    script: async (peer) => {
      peer.send(settings({}))
      const request = await peer.request()
      const trailers = await peer.request()
      const { 'x-t': value = 'no trailers' } = trailers?.fields ?? {}
      peer.send(head([OK, ['x-seen', value]], ENDED)(request!.id))
    },
    wanted: fine('200 x-seen: 1 '),
  },
  {
    name: 'an answer before the end of the request',
    request: POST,
    script: answering(head([OK], ENDED)),
    wanted: fine('200 ', 'RST_STREAM 1 2'),
  },
  {
    name: 'an answer before the end of the request, and RST_STREAM without error',
    request: POST,
    script: answering(head([OK], ENDED), reset(0)),
    wanted: fine('200 ', 'RST_STREAM 1 2'),
  },

  // Upgrades.
  {
    name: 'bytes for an upgrade, which came as CONNECT',
    request: UPGRADE,
    script: async (peer) => {
      peer.send(settings({ 8: 1 }))
      const { fields: head1, id } = (await peer.request())!
      const isConnect = head1[':method'] === 'CONNECT' && head1[':protocol'] === 'websocket' && head1['upgrade'] === undefined
      peer.send(head([[':status', isConnect ? '200' : '500']])(id), data('hi')(id))
      await pause(50)
      peer.send(data('', END_STREAM)(id))
    },
    wanted: { answer: '101 upgrade: websocket hi', log: '101 - via_upstream', sent: 'RST_STREAM 1 2' },
  },
  {
    name: 'another answer to an upgrade',
    request: UPGRADE,
    script: answering(head([[':status', '403']], ENDED)),
    wanted: fine('403 ', 'RST_STREAM 1 2'),
  },

  // Malformed answers.
  {
    name: 'no SETTINGS first',
    script: async (peer) => peer.send(head([OK], ENDED)((await peer.request())!.id)),
    wanted: VIOLATED,
  },
  { name: 'no status', script: answering(head([['x-a', '1']], ENDED)), wanted: VIOLATED },
  { name: 'two statuses', script: answering(head([OK, [':status', '201']], ENDED)), wanted: VIOLATED },
  { name: 'a status of letters', script: answering(head([[':status', 'abc']], ENDED)), wanted: VIOLATED },
  {
    name: 'a status below 100',
    script: answering(head([[':status', '099']], ENDED)),
    wanted: { answer: '99 ', log: '99 - via_upstream', sent: '' },
    host: { ...VIOLATED, reason: 'no HTTP has such a status' },
  },
  { name: 'the pseudo header of a request', script: answering(head([OK, [':path', '/']], ENDED)), wanted: VIOLATED },
  { name: 'a pseudo header behind a field', script: answering(head([['x-a', '1'], OK], ENDED)), wanted: VIOLATED },
  { name: 'an upper-case name', script: answering(head([OK, ['X-A', '1']], ENDED)), wanted: VIOLATED },
  { name: 'an empty name', script: answering(head([OK, ['', '1']], ENDED)), wanted: VIOLATED },
  { name: 'a line feed in a value', script: answering(head([OK, ['x-a', 'a\nb']], ENDED)), wanted: VIOLATED },
  {
    name: 'a blank before a value',
    script: answering(head([OK, ['x-a', ' a']], ENDED)),
    wanted: fine('200 x-a: a '),
    host: { ...VIOLATED, reason: STRICTER },
  },
  ...(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'] as const).map((name): UpstreamRow => ({
    name: `the field ${name}`,
    script: answering(head([OK, [name, 'x']], ENDED)),
    wanted: VIOLATED,
  })),
  {
    name: 'a length of letters',
    script: answering(head([OK, ['content-length', 'x']]), data('abc', END_STREAM)),
    wanted: VIOLATED,
  },
  {
    name: 'two lengths',
    script: answering(head([OK, ['content-length', '3'], ['content-length', '3']]), data('abc', END_STREAM)),
    wanted: VIOLATED,
  },
  { name: 'a length, but no body', script: answering(head([OK, ['content-length', '5']], ENDED)), wanted: VIOLATED },
  { name: '101', script: answering(head([[':status', '101']], ENDED)), wanted: VIOLATED },
  { name: 'an interim head that ends the stream', script: answering(head([[':status', '103']], ENDED)), wanted: VIOLATED },
  {
    name: 'a body before the head',
    script: answering(data('abc', END_STREAM)),
    wanted: VIOLATED,
    host: { sent: 'RST_STREAM 1 1', reason: OTHERS_GO_ON },
  },
  {
    name: 'a body that is too short',
    script: answering(head([OK, ['content-length', '5']]), data('abc', END_STREAM)),
    wanted: cut('200 ', 'UPE', 'protocol error', 'RST_STREAM 1 1'),
  },
  {
    name: 'a body that is too long',
    script: answering(head([OK, ['content-length', '2']]), data('abc', END_STREAM)),
    wanted: cut('200 ', 'UPE', 'protocol error', 'RST_STREAM 1 1'),
  },
  {
    name: 'a body for 204',
    script: answering(head([[':status', '204']]), data('abc', END_STREAM)),
    wanted: cut('204 ', 'UPE', 'protocol error', 'RST_STREAM 1 1'),
  },
  {
    name: 'trailers that do not end the stream',
    script: answering(head([OK]), data('a'), head([['x-t', '1']])),
    wanted: cut('200 1\r\na\r\n', 'UPE', 'protocol error', 'closed'),
  },
  {
    name: 'a pseudo header in trailers',
    script: answering(head([OK]), data('a'), head([OK], ENDED)),
    wanted: cut('200 1\r\na\r\n', 'UPE', 'protocol error', 'closed'),
  },
  {
    name: 'trailers behind too short a body',
    script: answering(head([OK, ['content-length', '5']]), data('ab'), head([['x-t', '1']], ENDED)),
    wanted: cut('200 ab', 'UPE', 'protocol error', 'closed'),
    host: { sent: 'RST_STREAM 1 1', reason: OTHERS_GO_ON },
  },

  // Limits.
  {
    name: 'a head of 61 KB',
    script: answering(...longHead(3, 13_000)),
    wanted: { answer: '200 (long)', log: '200 - via_upstream', sent: '' },
  },
  { name: 'a head of 63 KB', script: answering(...longHead(3, 15_000)), wanted: REFUSED_HEAD },
  {
    name: 'a head of 96 KB',
    script: answering(...longHead(6, 10)),
    wanted: REFUSED_HEAD,
    host: { ...VIOLATED, reason: 'more than we take of one block ends the connection' },
  },
  { name: 'a hundred and one fields', script: answering(head([OK, ...fields(100)], ENDED)), wanted: REFUSED_HEAD },
  {
    name: 'empty DATA again and again',
    script: answering(head([OK]), data(''), data(''), data(''), data('a', END_STREAM)),
    wanted: cut('200 ', 'UPE', 'protocol error', 'closed'),
  },
  {
    name: 'a frame larger than allowed',
    script: answering(head([OK]), data('x'.repeat(20_000), END_STREAM)),
    wanted: cut('200 ', 'UPE', 'protocol error', 'closed'),
  },

  // RST_STREAM.
  { name: 'RST_STREAM CANCEL', script: answering(reset(8)), wanted: failed(503, 'UR', 'remote reset', '') },
  {
    name: 'RST_STREAM REFUSED_STREAM',
    script: answering(reset(7)),
    wanted: failed(503, 'UR', 'remote refused stream reset', ''),
  },
  { name: 'RST_STREAM PROTOCOL_ERROR', script: answering(reset(1)), wanted: failed(502, 'UPE', 'protocol error', '') },
  { name: 'RST_STREAM INTERNAL_ERROR', script: answering(reset(2)), wanted: failed(503, 'UR', 'remote reset', '') },
  { name: 'RST_STREAM NO_ERROR before the head', script: answering(reset(0)), wanted: failed(503, 'UR', 'remote reset', '') },
  { name: 'RST_STREAM ENHANCE_YOUR_CALM', script: answering(reset(11)), wanted: failed(503, 'UR', 'remote reset', '') },
  {
    name: 'RST_STREAM CONNECT_ERROR',
    script: answering(reset(10)),
    wanted: failed(503, 'UR', 'remote error with CONNECT request', ''),
  },
  { name: 'RST_STREAM HTTP_1_1_REQUIRED', script: answering(reset(13)), wanted: failed(503, 'UR', 'remote reset', '') },
  {
    name: 'RST_STREAM in the body',
    script: answering(head([OK]), data('a'), reset(2)),
    wanted: cut('200 1\r\na\r\n', 'UR', 'remote reset', ''),
  },

  // GOAWAY.
  {
    name: 'GOAWAY before the stream',
    script: answering(always(goAway(0, 0))),
    wanted: failed(503, 'UR', 'remote refused stream reset', 'closed'),
  },
  {
    name: 'GOAWAY with an error before the stream',
    script: answering(always(goAway(0, 11))),
    wanted: failed(503, 'UR', 'remote refused stream reset', 'closed'),
  },
  {
    name: 'GOAWAY behind the stream, then the answer',
    script: answering((stream) => goAway(stream, 0), head([OK], ENDED)),
    wanted: fine('200 ', 'closed'),
  },
  {
    name: 'GOAWAY with an error, then the answer',
    script: answering((stream) => goAway(stream, 2), head([OK], ENDED)),
    wanted: fine('200 ', 'closed'),
  },
  {
    name: 'GOAWAY of no stream in particular, then the answer',
    script: answering(always(goAway(0x7fffffff, 0)), head([OK], ENDED)),
    wanted: fine('200 ', 'closed'),
  },
  {
    name: 'GOAWAY, and the next request on another connection',
    script: async (peer, { upstream, number, client }) => {
      peer.send(settings({}))
      const first = await peer.request()
      peer.send(goAway(first!.id, 0), head([OK], ENDED)(first!.id))
      await pause(50)
      client.send(GET)
      const other = await upstream.peer(number + 1)
      await answering(head([[':status', '201']], ENDED))(other!, { upstream, number, client })
    },
    wanted: { answer: '200 ', log: '201 - via_upstream', sent: 'closed' },
  },

  // The connection.
  {
    name: 'the connection ends before the head',
    script: async (peer) => {
      peer.send(settings({}))
      await peer.request()
      peer.socket.end()
    },
    wanted: failed(503, 'UC', 'connection termination', 'closed'),
  },
  {
    name: 'the connection is reset before the head',
    script: async (peer) => {
      peer.send(settings({}))
      await peer.request()
      peer.socket.resetAndDestroy()
    },
    wanted: failed(503, 'UC', 'connection termination', 'closed'),
  },
  {
    name: 'the connection ends in the body',
    script: async (peer) => {
      await answering(head([OK]), data('a'))(peer, null as never)
      await pause(50)
      peer.socket.end()
    },
    wanted: cut('200 1\r\na\r\n', 'UC', 'connection termination', 'closed'),
  },
  {
    name: 'an answer of HTTP/1',
    script: async (peer) => {
      peer.send(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'))
      await pause(20)
    },
    wanted: VIOLATED,
  },
  {
    name: 'garbage',
    script: async (peer) => {
      peer.send(Buffer.from('garbage garbage garbage garbage'))
      await pause(20)
    },
    wanted: VIOLATED,
  },
  {
    name: 'a push promise',
    script: answering(
      (stream) =>
        frame(
          'PUSH_PROMISE',
          END_HEADERS,
          stream,
          Buffer.concat([
            number32(2),
            blockOf([
              [':method', 'GET'],
              [':path', '/'],
              [':scheme', 'http'],
              [':authority', 'a'],
            ]),
          ]),
        ),
      head([OK], ENDED),
    ),
    wanted: fine('200 ', 'RST_STREAM 2 8'),
    host: { ...VIOLATED, reason: 'we have said that we take none (RFC 9113, 8.4)' },
  },
  { name: 'a setting out of range', script: answering(always(settings({ 4: 0x80000000 })), head([OK], ENDED)), wanted: VIOLATED },
  { name: 'a server that allows push', script: answering(always(settings({ 2: 1 })), head([OK], ENDED)), wanted: VIOLATED },
  {
    name: 'DATA for a stream that nobody began',
    script: answering(() => frame('DATA', 1, 7, bytes('x')), head([OK], ENDED)),
    wanted: VIOLATED,
  },
  {
    name: 'HEADERS for a stream that nobody began',
    script: answering(() => head([OK], ENDED)(7), head([OK], ENDED)),
    wanted: VIOLATED,
  },
  {
    name: 'HEADERS for a stream of the server',
    script: answering(() => head([OK], ENDED)(2), head([OK], ENDED)),
    wanted: VIOLATED,
  },
  {
    name: 'a field that no table has',
    script: answering((stream) => frame('HEADERS', ENDED, stream, Buffer.from([0xfe]))),
    wanted: VIOLATED,
  },
  {
    name: 'another frame inside a head',
    script: answering(
      (stream) => frame('HEADERS', END_STREAM, stream, blockOf([OK])),
      always(frame('PING', 0, 0, bytes('12345678'))),
    ),
    wanted: VIOLATED,
  },
  {
    name: 'WINDOW_UPDATE of nothing',
    script: answering((stream) => frame('WINDOW_UPDATE', 0, stream, number32(0)), head([OK], ENDED)),
    wanted: VIOLATED,
    host: { sent: 'RST_STREAM 1 1', reason: OTHERS_GO_ON },
  },
  {
    name: 'too large a window of the stream',
    script: answering((stream) => frame('WINDOW_UPDATE', 0, stream, number32(0x7fffffff)), head([OK], ENDED)),
    wanted: VIOLATED,
    host: { sent: 'RST_STREAM 1 3', reason: OTHERS_GO_ON },
  },
  {
    name: 'too large a window of the connection',
    script: answering(always(frame('WINDOW_UPDATE', 0, 0, number32(0x7fffffff))), head([OK], ENDED)),
    wanted: VIOLATED,
  },

  // What the proxy does.
  {
    name: 'the client leaves before the head',
    script: async (peer, { client }) => {
      peer.send(settings({}))
      await peer.request()
      client.close()
      await peer.next(({ type }) => type === 'RST_STREAM')
    },
    wanted: { answer: '', log: '0 DC downstream_remote_disconnect', sent: 'RST_STREAM 1 2' },
  },
  {
    name: 'the client leaves in the body',
    script: async (peer, { client }) => {
      await answering(head([OK]), data('abc'))(peer, null as never)
      await pause(50)
      client.close()
      await peer.next(({ type }) => type === 'RST_STREAM')
    },
    wanted: { answer: '200 3\r\nabc\r\n', log: '200 DC downstream_remote_disconnect', sent: 'RST_STREAM 1 2' },
  },
  {
    name: 'no answer in time',
    script: async (peer) => {
      peer.send(settings({}))
      await peer.next(({ type }) => type === 'RST_STREAM')
    },
    wanted: { answer: '504 upstream request timeout', log: '504 UT response_timeout', sent: 'RST_STREAM 1 2' },
  },
  {
    name: 'no end of the answer in time',
    script: async (peer) => {
      await answering(head([OK]), data('abc'))(peer, null as never)
      await peer.next(({ type }) => type === 'RST_STREAM')
    },
    wanted: { answer: '200 3\r\nabc\r\n', log: '200 UT response_timeout', sent: 'RST_STREAM 1 2' },
  },
]

export const KEEPALIVE = { connection_keepalive: { interval: '0.1s', timeout: '0.2s', interval_jitter: { value: 0 } } }

/** Answers as many PINGs. */
async function answerPings(peer: FramePeer, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const ping = await peer.next(({ type }) => type === 'PING')
    if (ping !== null) peer.send(frame('PING', ACK, 0, ping.payload))
  }
}

/** Under {@link KEEPALIVE}. */
export const KEEPALIVE_ROWS: readonly UpstreamRow[] = [
  {
    name: 'no answer to PING',
    script: async (peer) => {
      peer.send(settings({}))
      await peer.request()
    },
    wanted: failed(503, 'UC', 'connection termination', 'closed'),
  },
  {
    name: 'no answer to PING in the body',
    script: answering(head([OK]), data('a')),
    wanted: cut('200 1\r\na\r\n', 'UC', 'connection termination', 'closed'),
  },
  {
    name: 'answers to PING, and one to the request at last',
    script: async (peer) => {
      peer.send(settings({}))
      const request = await peer.request()
      await answerPings(peer, 3)
      peer.send(head([OK], ENDED)(request!.id))
    },
    wanted: fine('200 '),
  },
]

/** Where malformed answers end their stream only. */
export const LENIENT_ROWS: readonly UpstreamRow[] = [
  ['no status', head([['x-a', '1']], ENDED)],
  ['two statuses', head([OK, [':status', '201']], ENDED)],
  ['an upper-case name', head([OK, ['X-A', '1']], ENDED)],
  ['the field connection', head([OK, ['connection', 'x']], ENDED)],
  ['two lengths', head([OK, ['content-length', '3'], ['content-length', '3']])],
  ['101', head([[':status', '101']], ENDED)],
].map(([name, answer]) => {
  const wanted = failed(502, 'UPE', 'protocol error', 'RST_STREAM 1 1')
  return { name: name as string, script: answering(answer as Part), wanted }
})

export const RETRYING = {
  retry_policy: { retry_on: 'refused-stream', num_retries: 2, retry_back_off: { base_interval: '0.01s' } },
}

/** Under {@link RETRYING}. */
export const RETRY_ROWS: readonly UpstreamRow[] = [
  {
    name: 'RST_STREAM REFUSED_STREAM, then an answer',
    script: async (peer, context) => {
      await answering(reset(7))(peer, context)
      const again = await peer.request()
      peer.send(head([OK], ENDED)(again!.id))
    },
    wanted: fine('200 '),
  },
  {
    name: 'GOAWAY before the stream, then an answer on another connection',
    script: async (peer, context) => {
      await answering(always(goAway(0, 0)))(peer, context)
      const other = await context.upstream.peer(context.number + 1)
      await answering(head([OK], ENDED))(other!, context)
    },
    wanted: fine('200 ', 'closed'),
  },
  {
    name: 'RST_STREAM CANCEL',
    script: answering(reset(8)),
    wanted: failed(503, 'UR', 'remote reset', ''),
  },
]
