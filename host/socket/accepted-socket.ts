/**
 * Makes an accepted socket read into a buffer that all connections of the thread share (hot: once per read). Node
 * offers that for sockets which connect (`onread`), not for those of a server, which get 64 KiB of fresh memory for
 * each read and pass it through a stream: 3 of 25 us of a proxied request. So the connection's handle moves to a
 * socket that was made with `onread`; where Node has no such handle the socket stays as it is.
 */
// oxlint-disable no-underscore-dangle -- the name is Node's
import { Socket } from 'node:net'
import { type SocketRead, readByEvents } from './read-buffer.ts'

/** What is used of Node's handle of a TCP connection, which has no documented name. */
interface Handle {
  useUserBuffer?: unknown
}

interface SocketWithHandle {
  _handle?: Handle | null
}

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
