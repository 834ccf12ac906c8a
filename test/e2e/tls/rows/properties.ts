/** What filters read of connections, in both directions. */
import type { TlsRow } from '../row.ts'

export const PROPERTY_ROWS: readonly TlsRow[] = [
  { id: 'properties/client', listener: 'read', tls: { servername: 'a.test', as: 'client' }, path: '/trusted', expect: '200' },
  { id: 'properties/client-1.2', listener: 'read', tls: { as: 'client', maxVersion: 'TLSv1.2' }, path: '/blind', expect: '200' },
  { id: 'properties/no-names', listener: 'read', tls: { as: 'plain' }, path: '/with_certificate', expect: '200' },
  { id: 'properties/no-certificate', listener: 'read', tls: { servername: 'a.test' }, expect: '200' },
  { id: 'properties/in-clear', listener: 'read_clear', tls: null, expect: '200' },
  { id: 'properties/refused-upstream', listener: 'read_clear', tls: null, path: '/distrusted', expect: '503' },
]
