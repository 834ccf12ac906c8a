/** Every row, with where Envoy differs. */
import type { TlsRow } from '../row.ts'
import { CHAIN_ROWS } from './chains.ts'
import { DIFFERENCES } from './differences.ts'
import { PROPERTY_ROWS } from './properties.ts'
import { TLS_ROWS } from './tls.ts'
import { UPSTREAM_ROWS } from './upstream.ts'
import { VERIFY_ROWS } from './verify.ts'

export const ROWS: readonly TlsRow[] = [...TLS_ROWS, ...VERIFY_ROWS, ...CHAIN_ROWS, ...UPSTREAM_ROWS, ...PROPERTY_ROWS].map(
  (row) => {
    const differs = DIFFERENCES[row.id]
    return differs === undefined ? row : { ...row, differs }
  },
)
