/**
 * The buffer that all sockets of a thread read into (hot). It is free again when the read callback returns: heads are
 * parsed in it at once, pieces of bodies are lent to their receivers, and what must stay is copied out (`keep`).
 */

import { Buffer } from 'node:buffer'
import type { Socket } from 'node:net'

export const READ_BUFFER = Buffer.allocUnsafeSlow(65536)

/** How a connection wants its socket to read; the form of Node's `onread`. */
export interface SocketRead {
  readonly buffer: Buffer
  /** `bytes[0, length)` were read; they are the socket's again when the call returns. False = stop reading. */
  callback(length: number, bytes: Uint8Array): boolean
}

/** Lets a socket that has no `onread` read as if it had: it brings a buffer of its own each time. */
export function readByEvents(socket: Socket, onread: SocketRead): Socket {
  socket.on('data', (chunk: Buffer) => onread.callback(chunk.length, chunk))
  return socket
}

const SHARED_VIEW = new DataView(READ_BUFFER.buffer, READ_BUFFER.byteOffset, READ_BUFFER.length)

/** The same bytes, for reading several at a time; made anew for any other buffer than the shared one. */
export function viewOf(bytes: Buffer): DataView {
  return bytes === READ_BUFFER ? SHARED_VIEW : new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** Whether the bytes are a socket's, and change when the call that brought them is over. */
function isBorrowed(bytes: Buffer): boolean {
  return bytes.buffer === READ_BUFFER.buffer
}

/** `bytes[start, end)` in a buffer that may be kept: copied only where the bytes are borrowed. */
export function keep(bytes: Buffer, start: number, end: number): Buffer {
  if (isBorrowed(bytes)) return copyOf(bytes, start, end)
  return start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end)
}

/** The bytes of `bytes[start, end)` in a buffer of their own. */
export function copyOf(bytes: Buffer, start: number, end: number): Buffer {
  const copy = Buffer.allocUnsafe(end - start)
  bytes.copy(copy, 0, start, end)
  return copy
}
