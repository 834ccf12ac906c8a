/** Why a connection could not be made, in Envoy's words (which hold the C library's texts). */
import type { ResetReason } from '../http/codec.ts'
import { failureText, PeerRefused } from './tls-failure.ts'

const TEXTS: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'Connection refused'],
  ['ECONNRESET', 'Connection reset by peer'],
  ['EHOSTUNREACH', 'No route to host'],
  ['ENETUNREACH', 'Network is unreachable'],
  ['ETIMEDOUT', 'Connection timed out'],
  ['EADDRNOTAVAIL', 'Cannot assign requested address'],
])

/** The process or the machine has no descriptor left for a socket. */
const NO_SOCKET: ReadonlySet<string | undefined> = new Set(['EMFILE', 'ENFILE'])

/** Node's text when the peer closes before the handshake of TLS is over: Envoy has no words for it. */
const LEFT_HANDSHAKE = 'Client network socket disconnected'

/** Whose failure it is: ours where there was not even a socket. */
export function connectFailureReason(error: NodeJS.ErrnoException | null): ResetReason {
  return NO_SOCKET.has(error?.code) ? 'local_connection_failure' : 'remote_connection_failure'
}

/** Details for the error of a socket; '' when the socket was closed by us. */
export function connectFailure(error: NodeJS.ErrnoException | null): string {
  if (error === null || error.message.startsWith(LEFT_HANDSHAKE)) return ''
  if (error instanceof PeerRefused) return error.message
  const { code = '' } = error
  if (NO_SOCKET.has(code)) return 'socket creation failure'
  return failureText(error) || `delayed connect error: ${TEXTS.get(code) ?? code}`
}
