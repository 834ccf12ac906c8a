/** Which authorities Envoy takes (RFC 3986, 3.2): any bytes of its grammar in Host and `:authority`, one that is well formed in a URL. */
import { isIP } from 'node:net'

/** True for what may stand in Host and `:authority`; '' may. */
export function isAuthority(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (AUTHORITY[text.charCodeAt(i)] !== 1) return false
  return true
}

/** Letters, digits and the marks that the grammar has somewhere. */
const AUTHORITY = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[\w!$%&'()*+,\-.:;=@[\]~]/.test(String.fromCharCode(byte)) ? 1 : 0,
)

const HOST_AND_PORT = /^(?:[A-Za-z0-9.-]+|\[([0-9A-Fa-f:.]+)\])(?::(\d+))?$/
const HIGHEST_PORT = 65_535

/** Host and port as Envoy finds them in a URL: letters, digits, dots and hyphens, or an address in brackets without a zone. */
export function isHostAndPort(text: string): boolean {
  const match = HOST_AND_PORT.exec(text)
  if (match === null) return false
  const [, address, port = '0'] = match
  return Number(port) <= HIGHEST_PORT && (address === undefined || isIP(address) !== 0)
}
