/** What one codec writes, the other reads: random heads, bodies and trailers, cut at random places. */
import { describe, expect, it } from 'vitest'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { Http1ClientConnection } from '../../../host/http1/client.ts'
import { Http1ServerConnection } from '../../../host/http1/server.ts'
import { HTTP1_DEFAULTS } from '../../host/http1/corpus.ts'
import {
  MemorySocket,
  RecordedResponse,
  RecordingPool,
  RecordingServer,
  clientOptions,
  linesOf,
  serverOptions,
} from '../../host/http1/recording.ts'
import { shareOf } from '../../support/counts.ts'
import { Dice, randomBody, randomFields } from './messages.ts'

const ROUNDS = shareOf(60_000)
const SEED = 4711

/** A message as it is written: a head, the pieces of a body, trailers. */
interface Message {
  readonly head: HeaderMap
  readonly pieces: readonly Buffer[]
  readonly trailers: HeaderMap | null
}

function randomMessage(dice: Dice, pseudo: [string, string][], mayHaveBody: boolean): Message {
  const head = HeaderMap.from([...pseudo, ...randomFields(dice)])
  const pieces: Buffer[] = []
  for (let i = mayHaveBody ? dice.roll(4) : 0; i > 0; i--) {
    const piece = Buffer.from(dice.roll(9) === 0 ? randomBody(dice, 20_000) : randomBody(dice, 50), 'latin1')
    if (piece.length > 0) pieces.push(piece)
  }
  const isCounted = dice.roll(2) === 0 && pieces.length > 0
  if (isCounted) head.push('content-length', String(pieces.reduce((sum, { length }) => sum + length, 0)))
  const trailers =
    !isCounted && pieces.length > 0 && dice.roll(3) === 0 ? HeaderMap.from([['x-trailer', dice.text('abc', 5)]]) : null
  return { head, pieces, trailers }
}

interface Writer {
  head(headers: HeaderMap, endStream: boolean): void
  data(bytes: Buffer, start: number, end: number, endStream: boolean): void
  trailers(trailers: HeaderMap): void
}

function write(message: Message, to: Writer): void {
  to.head(message.head.clone(), message.pieces.length === 0)
  for (const [i, piece] of message.pieces.entries()) {
    const isLast = i + 1 === message.pieces.length
    // A piece is a part of a larger buffer more often than not.
    const padded = Buffer.concat([Buffer.from('<<'), piece, Buffer.from('>>')])
    to.data(padded, 2, 2 + piece.length, isLast && message.trailers === null)
  }
  if (message.trailers !== null) to.trailers(message.trailers)
}

function bodyOf(message: Message): string {
  return Buffer.concat(message.pieces).latin1Slice()
}

function serve(socket: MemorySocket, owner: RecordingServer): Http1ServerConnection {
  return new Http1ServerConnection(serverOptions({ http1: { ...HTTP1_DEFAULTS, enableTrailers: true } }), owner, socket.open)
}

/** The bytes in a few pieces. */
function reads(dice: Dice, text: string): Buffer[] {
  const bytes = Buffer.from(text, 'latin1')
  const found: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const size = dice.roll(3) === 0 ? 1 + dice.roll(5) : 1 + dice.roll(bytes.length - at)
    found.push(Buffer.from(bytes.subarray(at, at + size)))
    at += size
  }
  return found
}

/** Joins the values of inline names as a reader does; what is generated repeats no such name. */
function fieldsOf(map: HeaderMap): string[] {
  return linesOf(map).filter((line) => !line.startsWith(':'))
}

describe('a request', () => {
  it('that the client codec writes is what the server codec reads', () => {
    const dice = new Dice(SEED)
    for (let round = 0; round < ROUNDS; round++) {
      const method = dice.pick(['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'])
      const path = `/${dice.text('abc/?=&%', 10)}`
      const message = randomMessage(
        dice,
        [
          [':authority', 'a.test'],
          [':path', path],
          [':method', method],
          [':scheme', 'http'],
        ],
        true,
      )
      const socket = new MemorySocket()
      const client = new Http1ClientConnection(clientOptions(), new RecordingPool(), () => socket.asSocket())
      socket.emit('connect')
      write(message, client.newStream(new RecordedResponse()))
      client.runDeferred()
      const server = new RecordingServer()
      const reader = new MemorySocket()
      serve(reader, server)
      for (const piece of reads(dice, socket.written)) reader.receive(piece)
      const request = server.requests[0]!
      expect(server.refusals, socket.written).toEqual([])
      expect(request.headers.slice(0, 4)).toEqual(linesOf(message.head).slice(0, 4))
      expect(request.headers.slice(4).filter((line) => line !== 'content-length: 0')).toEqual(fieldsOf(message.head))
      expect(request.body).toBe(bodyOf(message))
      expect(request.trailerLines).toEqual(message.trailers === null ? null : linesOf(message.trailers))
      expect(request.isComplete).toBe(true)
    }
  })
})

describe('a response', () => {
  it('that the server codec writes is what the client codec reads', () => {
    const dice = new Dice(SEED + 1)
    for (let round = 0; round < ROUNDS; round++) {
      const isHead = dice.roll(8) === 0
      const status = dice.pick([200, 200, 201, 204, 304, 404, 503])
      const message = randomMessage(dice, [[':status', String(status)]], !isHead && status !== 204 && status !== 304)
      const socket = new MemorySocket()
      const server = new RecordingServer()
      server.onRequest = ({ stream }) => write(message, stream)
      serve(socket, server)
      socket.receive(Buffer.from(`${isHead ? 'HEAD' : 'GET'} / HTTP/1.1\r\nhost: a\r\n\r\n`))
      const response = readResponse(dice, socket.written, isHead)
      expect(response.headers[0]).toBe(`:status: ${status}`)
      expect(withoutFraming(response.headers.slice(1))).toEqual(withoutFraming(fieldsOf(message.head)))
      expect(response.body).toBe(bodyOf(message))
      expect(response.trailerLines).toEqual(message.trailers === null ? null : linesOf(message.trailers))
      expect(response).toMatchObject({ isComplete: true, resetReason: '' })
    }
  })
})

function readResponse(dice: Dice, text: string, isHead: boolean): RecordedResponse {
  const socket = new MemorySocket()
  const client = new Http1ClientConnection(clientOptions(), new RecordingPool(), socket.open)
  socket.emit('connect')
  const response = new RecordedResponse()
  const head = HeaderMap.from([
    [':authority', 'a'],
    [':path', '/'],
    [':method', isHead ? 'HEAD' : 'GET'],
  ])
  client.newStream(response).head(head, true)
  for (const piece of reads(dice, text)) socket.receive(piece)
  return response
}

function withoutFraming(lines: readonly string[]): string[] {
  return lines.filter((line) => line !== 'content-length: 0' && line !== 'transfer-encoding: chunked')
}
