/** Why a connection could not be made, in Envoy's words (which hold the C library's texts). */

const TEXTS: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'Connection refused'],
  ['ECONNRESET', 'Connection reset by peer'],
  ['EHOSTUNREACH', 'No route to host'],
  ['ENETUNREACH', 'Network is unreachable'],
  ['ETIMEDOUT', 'Connection timed out'],
  ['EADDRNOTAVAIL', 'Cannot assign requested address'],
])

/** Details for the error code of a socket; '' when the socket was closed by us. */
export function connectFailure(code: string): string {
  return code === '' ? '' : `delayed connect error: ${TEXTS.get(code) ?? code}`
}
