/** TLS towards upstreams. */
import type { TlsRow } from '../row.ts'

const row = (cluster: string, expect: string): TlsRow => {
  return { id: `upstream/${cluster}`, listener: 'clear', tls: null, path: `/${cluster}`, expect }
}

export const UPSTREAM_ROWS: readonly TlsRow[] = [
  row('trusted', '200'),
  row('blind', '200'),
  row('named', '200'),
  row('sni_checked', '200'),
  row('sni_wrong', '503'),
  row('distrusted', '503'),
  row('misnamed', '503'),
  row('wildcard', '200'),
  row('hashed', '200'),
  row('mishashed', '503'),
  row('with_certificate', '200'),
  row('alpn', '200'),
  row('tls13', '200'),
  row('clear', '503'),
  row('file', '200'),
]
