/** `via` (RFC 9110, 7.6.3): a proxy adds itself behind those before it (hot). */
import type { HeaderMap } from '../http/header-map.ts'

export function appendVia(headers: HeaderMap, via: string): void {
  const before = headers.get('via')
  headers.setInPlace('via', before === null ? via : `${before}, ${via}`)
}
