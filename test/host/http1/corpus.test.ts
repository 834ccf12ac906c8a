/** Every message of the corpus, whole and cut at every byte, without a network; verdicts must not depend on the cut. */
import { describe, expect, it } from 'vitest'
import { Http1ClientConnection } from '../../../host/http1/client.ts'
import { Http1ServerConnection } from '../../../host/http1/server.ts'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { HTTP1_DEFAULTS, REQUESTS, RESPONSES, type RequestCase, type ResponseCase } from './corpus.ts'
import {
  MemorySocket,
  RecordedResponse,
  RecordingPool,
  RecordingServer,
  clientOptions,
  respond,
  serverOptions,
} from './recording.ts'

/** Longer messages are cut at these many places only. */
const MOST_CUTS = 400

/** What a server connection made of some bytes. */
function requestOutcome(entry: RequestCase, pieces: readonly Buffer[]) {
  const socket = new MemorySocket()
  const server = new RecordingServer()
  server.onRequest = (request) => respond(request.stream, 200, 'ok')
  const options = serverOptions({ http1: { ...HTTP1_DEFAULTS, ...entry.http1 } })
  const connection = new Http1ServerConnection(options, server, socket.open)
  for (const piece of pieces) socket.receive(piece)
  const request = server.requests[0]
  return {
    refusal: server.refusals[0]?.details ?? '',
    status: server.refusals[0]?.status ?? 0,
    requests: server.requests.length,
    delivered: request?.headers ?? [],
    body: request?.body ?? '',
    trailers: request?.trailerLines ?? null,
    isComplete: request?.isComplete ?? false,
    announcesClose: socket.written.includes('connection: close\r\n'),
    fate: fateOf(socket, connection),
  }
}

function fateOf(socket: MemorySocket, connection: Http1ServerConnection): string {
  if (connection.state === 'closing') return socket.isEnded ? 'closed' : 'closed later'
  return socket.written === '' ? 'waits' : 'kept'
}

function responseOutcome(entry: ResponseCase, pieces: readonly Buffer[]) {
  const socket = new MemorySocket()
  const pool = new RecordingPool()
  const response = new RecordedResponse()
  const connection = new Http1ClientConnection(clientOptions(), pool, socket.open)
  socket.emit('connect')
  const map = HeaderMap.from([
    [':authority', 'a.test'],
    [':path', '/'],
    [':method', entry.method ?? 'GET'],
  ])
  connection.newStream(response).head(map, true)
  for (const piece of pieces) socket.receive(piece)
  if (entry.ends && !socket.destroyed) {
    socket.emit('end')
    connection.runDeferred()
  }
  return {
    reset: response.resetReason,
    status: response.headers[0] ?? ':status: 0',
    isComplete: response.isComplete,
    body: response.body,
    trailers: response.trailerLines,
    ended: pool.ended.length,
    reusable: pool.ended[0] === true && !socket.destroyed,
  }
}

/** The bytes whole, and cut in two at every place. */
function* cuts(bytes: string): Generator<Buffer[]> {
  const whole = Buffer.from(bytes, 'latin1')
  yield [whole]
  const step = Math.max(1, Math.floor(whole.length / MOST_CUTS))
  for (let at = 1; at < whole.length; at += step) yield [whole.subarray(0, at), whole.subarray(at)]
}

/** One byte at a time. */
function single(bytes: string): Buffer[] {
  return Array.from(Buffer.from(bytes, 'latin1'), (byte) => Buffer.of(byte))
}

/** The part of an outcome that a request case speaks of. */
function wantedOf(entry: RequestCase) {
  const isRefusal = entry.by === 'codec' && entry.details !== 'via_upstream' && entry.status !== 0
  return {
    refusal: isRefusal ? entry.details : '',
    status: isRefusal ? entry.status : 0,
    announcesClose: isRefusal || entry.fate === 'closed',
    trailers: entry.trailers ?? null,
    ...(entry.details === 'via_upstream' ? { isComplete: true } : {}),
    ...(entry.by === 'codec' ? { fate: entry.fate } : {}),
    ...(entry.delivered === undefined ? {} : { delivered: entry.delivered }),
    ...(entry.body === undefined ? {} : { body: entry.body }),
  }
}

/** The part of an outcome that a response case speaks of. */
function wantedAnswer(entry: ResponseCase) {
  return {
    reset: entry.verdict === 'ok' ? '' : entry.verdict,
    status: `:status: ${entry.status}`,
    isComplete: entry.verdict === 'ok',
    trailers: entry.trailers ?? null,
    ...(entry.body === undefined ? {} : { body: entry.body }),
    ...(entry.reusable === undefined ? {} : { ended: 1, reusable: entry.reusable }),
  }
}

describe('corpus', () => {
  it('names every case once', () => {
    for (const table of [REQUESTS, RESPONSES]) expect(new Set(table.map(({ id }) => id)).size).toBe(table.length)
  })
})

describe('Http1ServerConnection gives the verdict of the corpus', () => {
  it.each(REQUESTS)('$id', (entry) => {
    const wanted = wantedOf(entry)
    for (const pieces of cuts(entry.bytes)) expect(requestOutcome(entry, pieces)).toMatchObject(wanted)
    expect(requestOutcome(entry, single(entry.bytes))).toMatchObject(wanted)
  })
})

describe('Http1ClientConnection gives the verdict of the corpus', () => {
  it.each(RESPONSES)('$id', (entry) => {
    const wanted = wantedAnswer(entry)
    for (const pieces of cuts(entry.bytes)) expect(responseOutcome(entry, pieces)).toMatchObject(wanted)
    expect(responseOutcome(entry, single(entry.bytes))).toMatchObject(wanted)
  })
})
