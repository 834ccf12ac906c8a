/** TLS towards upstreams. */
import type { TlsRow } from '../row.ts'

const row = (cluster: string, expect: string, server?: string): TlsRow => {
  const common = { listener: 'clear', tls: null, path: `/${cluster}`, expect }
  if (server === undefined) return { id: `upstream/${cluster}`, ...common }
  return { id: `upstream/${cluster} ${server}`, ...common, fields: `x-server: ${server}\r\n` }
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
  row('secret', '200'),
  row('secret_other', '503'),
  row('alpn', '200'),
  row('tls13', '200'),
  row('clear', '503'),
  row('file', '200'),
  row('host_asked', '200'),
  row('rewritten_asked', '200'),
  row('header_asked', '200'),
  row('header_asked', '200', 'b.test'),
  row('header_asked', '200', 'B.test:8443'),
  row('header_asked', '200', '127.0.0.1:80'),
  row('header_asked', '200', '[::1]:80'),
  row('header_asked', '200', ''),
  row('host_verified', '503'),
  row('header_verified', '200', 'a.test'),
  row('header_verified', '200', 'y.w.test:1'),
  row('header_verified', '503', 'z.test'),
  row('header_verified', '503', '[::1]:1'),
  row('header_verified', '503', ':1'),
  row('header_both', '200', 'y.w.test'),
  row('header_both', '503', 'y.x.w.test'),
  row('unverified', '503', 'z.test'),
  row('unverified', '503', 'a.test'),
  row('hash_and_name', '200', 'a.test'),
  row('hash_and_name', '503', 'z.test'),
  row('also_named', '200', 'y.w.test'),
  row('also_named', '503', 'z.test'),
  row('endpoint_asked', '200'),
  row('endpoint_unnamed', '200'),
  row('host_or_endpoint', '503'),
  row('matched', '200'),
  row('unmatched', '200'),
  row('any_matched', '200'),
]
