/** What chooses an endpoint for a request, and what it asks of the request. */
import type { MetadataMatchConfig } from '../config/types.ts'
import type { HeaderMap } from '../http/header-map.ts'
import type { Uint64 } from '../util/uint64.ts'
import type { Endpoint } from './endpoint.ts'

/** What the request says about its place (`LoadBalancerContext`). One object may serve all requests that say nothing. */
export interface PickContext {
  /** What the route's hash policies gave; null = chance decides. */
  readonly hash: Readonly<Uint64> | null
  /** Headers of the request, where they are asked for. */
  readonly headers: HeaderMap | null
  /** Metadata that the endpoint must have, where the cluster groups by it; null = any. */
  readonly metadataMatch: MetadataMatchConfig | null
  /** How often to choose again when the choice is refused; the last choice stands. 0 for a first attempt. */
  readonly maxRepicks: number
  /** True when the request should go to another endpoint: a retry where the endpoint was tried before. */
  refuses(endpoint: Endpoint): boolean
}

/** A request that goes anywhere. */
export const ANYWHERE: PickContext = { hash: null, headers: null, metadataMatch: null, maxRepicks: 0, refuses: () => false }

/** Chooses among the endpoints it was made for; when they or their health change, the cluster makes another. */
export interface LoadBalancer {
  /** The endpoint for a request, or null when there is none (hot). */
  pick(context: PickContext): Endpoint | null
}
