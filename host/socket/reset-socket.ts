import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/** Ends a connection so that the peer sees a reset, where its socket has one: TLS and socket files just end. */
export function resetSocket(socket: Socket): void {
  if (socket instanceof TLSSocket || socket.remoteAddress === undefined) socket.destroy()
  else socket.resetAndDestroy()
}
