/** What tests of the server connection share: requests, owners, and a connection without a network. */
import { Http1ServerConnection } from '../../../host/http1/server.ts'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { ManualTimers, MemorySocket, type RecordedRequest, RecordingServer, serverOptions } from './recording.ts'

export const GET = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'
export const POST = 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\n'
export const WEBSOCKET = 'GET /ws HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n'

export function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

export function head(...fields: [string, string][]): HeaderMap {
  return HeaderMap.from([[':status', '200'], ...fields])
}

/** An owner that answers every request at once. */
export function answering(answer: (request: RecordedRequest) => void): RecordingServer {
  const owner = new RecordingServer()
  owner.onRequest = answer
  return owner
}

/** The head of a switch to another protocol. */
export function switching(headers: HeaderMap): HeaderMap {
  headers.setInPlace(':status', '101')
  return headers
}

/** A connection without a network, for what depends on single writes. */
export function inMemory(owner: RecordingServer, changes = {}) {
  const socket = new MemorySocket()
  const timers = new ManualTimers()
  const connection = new Http1ServerConnection(serverOptions({ timers, ...changes }), owner, socket.open)
  return { socket, connection, timers, receive: (text: string) => socket.receive(bytes(text)) }
}
