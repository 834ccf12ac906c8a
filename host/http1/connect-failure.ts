/** Why a connection could not be made, in the form of Envoy's response details (which hold the C library's texts). */

const TEXTS: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'Connection_refused'],
  ['ECONNRESET', 'Connection_reset_by_peer'],
  ['EHOSTUNREACH', 'No_route_to_host'],
  ['ENETUNREACH', 'Network_is_unreachable'],
  ['ETIMEDOUT', 'Connection_timed_out'],
  ['EADDRNOTAVAIL', 'Cannot_assign_requested_address'],
])

/** Details for the error code of a socket; '' when the socket was closed by us. */
export function connectFailure(code: string): string {
  return code === '' ? '' : `delayed_connect_error:_${TEXTS.get(code) ?? code}`
}
