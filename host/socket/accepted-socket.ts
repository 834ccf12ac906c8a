/**
 * Makes an accepted socket read into a buffer that all connections of the thread share (hot: once per read). Node
 * offers that for sockets which connect (`onread`), not for those of a server, which get 64 KiB of fresh memory for
 * each read and pass it through a stream: 3 of 25 us of a proxied request. So the connection's handle moves to a
 * socket that was made with `onread`; where Node has no such handle the socket stays as it is.
 */
// oxlint-disable no-underscore-dangle -- the name is Node's
import { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { type SocketRead, readByEvents } from './read-buffer.ts'

/** What is used of Node's handle of a TCP connection, which has no documented name. */
interface Handle {
  useUserBuffer?: unknown
}

interface SocketWithHandle {
  _handle?: Handle | null
}

/** The same of a handle that can read into a given buffer. */
interface SharingSocket {
  readonly _handle?: { useUserBuffer?(buffer: Buffer): void } | null
  [field: symbol]: unknown
}

/** Under what a socket keeps its `onread`, by the names that the symbols have in Node. */
const FIELDS = new Map(Object.getOwnPropertySymbols(new Socket()).map((symbol) => [symbol.description, symbol]))
const BUFFER = FIELDS.get('kBuffer')
const CALLBACK = FIELDS.get('kBufferCb')

/** `socket` comes from a server with `pauseOnConnect`; the result reads as `onread` says. */
export function withSharedReads(socket: Socket, onread: SocketRead): Socket {
  const owner = socket as unknown as SocketWithHandle
  const handle = owner._handle
  if (typeof handle?.useUserBuffer !== 'function') return readByEvents(socket, onread).resume()
  owner._handle = null
  // `handle` is how Node's own modules make a socket of a handle; the types do not know it.
  const options: object = { handle, allowHalfOpen: true, onread }
  const adopted: Socket = new Socket(options)
  // Without its handle this only tells the server that it no longer counts the connection.
  socket.destroy()
  return adopted
}

/**
 * The same for a socket whose handshake is just over: Node takes no `onread` for one that is made of another socket, so
 * it is given to it afterwards. What was decrypted already comes by events, as all does where Node has other names.
 */
export function withSharedSecureReads(socket: TLSSocket, onread: SocketRead): Socket {
  const sharing = socket as unknown as SharingSocket
  const handle = sharing._handle
  const isKnown = BUFFER !== undefined && CALLBACK !== undefined && typeof handle?.useUserBuffer === 'function'
  if (!isKnown || socket.readableLength > 0) return readByEvents(socket, onread)
  sharing[BUFFER] = onread.buffer
  sharing[CALLBACK] = onread.callback
  handle.useUserBuffer!(onread.buffer)
  return socket.resume()
}
