/** What chooses an endpoint for a request, and what it asks of the request. */
import type { Endpoint } from './endpoint.ts'

/** What the request says about its place (`LoadBalancerContext`). One object may serve all requests that say nothing. */
export interface PickContext {
  /** True when the route's hash policies gave a hash; else chance decides. */
  readonly hasHash: boolean
  /** Upper and lower 32 bits of the hash, as unsigned or signed integers. */
  readonly hashHigh: number
  readonly hashLow: number
  /** How often to choose again when the choice is refused; the last choice stands. 0 for a first attempt. */
  readonly maxRepicks: number
  /** True when the request should go to another endpoint: a retry where the endpoint was tried before. */
  refuses(endpoint: Endpoint): boolean
}

/** A request that goes anywhere. */
export const ANYWHERE: PickContext = { hasHash: false, hashHigh: 0, hashLow: 0, maxRepicks: 0, refuses: () => false }

/** Chooses among the endpoints it was made for; when they or their health change, the cluster makes another. */
export interface LoadBalancer {
  /** The endpoint for a request, or null when there is none (hot). */
  pick(context: PickContext): Endpoint | null
}
