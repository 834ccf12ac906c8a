/** Which bytes an authority may have (RFC 3986, 3.2, as far as Envoy looks at it). */

/** True for what Envoy takes as an authority; '' is one. */
export function isAuthority(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (AUTHORITY[text.charCodeAt(i)] !== 1) return false
  return true
}

/** Visible ASCII without the bytes that end an authority or that Envoy refuses in one. */
const AUTHORITY = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte <= 0x20 || byte >= 0x7f) return 0
  return '/\\"<>?#'.includes(String.fromCharCode(byte)) ? 0 : 1
})
