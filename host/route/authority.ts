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
