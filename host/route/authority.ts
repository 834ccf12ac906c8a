/** Host and port of an authority (RFC 3986, 3.2). */

/** Index of the colon before the port, or -1; the colons of an IPv6 literal are none. */
export function portStart(authority: string): number {
  const colon = authority.lastIndexOf(':')
  return colon < 0 || authority.indexOf(']', colon) >= 0 ? -1 : colon
}

/** Without its colon and what follows, number or not. */
export function withoutPort(authority: string): string {
  const colon = portStart(authority)
  return colon < 0 ? authority : authority.slice(0, colon)
}

/** `1.2.3.4:5` and `[::1]:5` without port and brackets. */
export function hostOf(address: string): string {
  const host = address.slice(0, address.lastIndexOf(':'))
  return host.startsWith('[') ? host.slice(1, -1) : host
}
