/** What of an endpoint is hashed to place it on a ring or in a table, and its share there. */
import { utf8ByteString } from '../util/bytes.ts'
import type { Uint64 } from '../util/uint64.ts'
import { balancingMetadata, type Endpoint } from './endpoint.ts'

/** An endpoint and its part of all weight, above 0; the parts add up to 1. */
export interface Share {
  readonly endpoint: Endpoint
  readonly part: number
}

/** A table of endpoints by hash. */
export interface HashTable {
  /** The endpoint for a hash, or null of an empty table; another one, mostly, for each further `attempt` from 0 (hot). */
  pick(hash: Readonly<Uint64>, attempt: number): Endpoint | null
}

/** Key `hash_key` in the metadata `envoy.lb`, else the host name or the address. */
export function hashKeyOf(endpoint: Endpoint, usesHostname: boolean): string {
  const { host, hostname } = endpoint.address
  const { hash_key: key } = balancingMetadata(endpoint.address)
  if (typeof key === 'string') return utf8ByteString(key)
  if (!usesHostname) return endpoint.label
  // An address that was configured as such has no name.
  return hostname === host ? '' : hostname
}
