/**
 * What Node's own TLS servers do with a socket after its handshake and offer to nobody else. A socket is made here of a
 * connection whose first bytes were looked at, so it belongs to no server.
 */
// oxlint-disable no-underscore-dangle -- the names are Node's
import type { TLSSocket } from 'node:tls'

interface ServerSideSocket {
  readonly _handle?: { verifyError?(): { readonly code?: string } | null | undefined } | null
  _releaseControl?(): boolean
}

/** Node's code of what OpenSSL found wrong with the peer's chain, '' = nothing. What cannot be asked counts as wrong. */
export function chainErrorOf(socket: TLSSocket): string {
  const handle = (socket as unknown as ServerSideSocket)._handle
  if (typeof handle?.verifyError !== 'function') return 'UNSPECIFIED'
  return handle.verifyError()?.code ?? ''
}

/** From here on an error of TLS ends the socket, as any other error does. */
export function finishHandshake(socket: TLSSocket): void {
  ;(socket as unknown as ServerSideSocket)._releaseControl?.()
}
