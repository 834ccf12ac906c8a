/** What a client waits for before it sends its content (RFC 9110, 10.1.1). */
import type { HeaderMap } from './header-map.ts'

/**
 * True when it waits for an interim answer, which is the proxy's own part: the field goes no further. As in Envoy several
 * lines are one value, so that two of them are another expectation, for whoever answers the request.
 */
export function takeExpectation(headers: HeaderMap): boolean {
  if (headers.get('expect')?.toLowerCase() !== '100-continue') return false
  headers.remove('expect')
  return true
}
