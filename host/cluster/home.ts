/** Where this proxy runs, and the cluster of proxies like it. */
import type { Endpoint } from './endpoint.ts'
import { hostSetsOf, type HostSet } from './host-set.ts'

export class Home {
  /** `localityKey` of this proxy; null = it does not say. */
  readonly locality: string | null
  readonly #endpoints: () => readonly Endpoint[]

  /** `endpoints` are those of the cluster now. */
  constructor(locality: string | null, endpoints: () => readonly Endpoint[]) {
    this.locality = locality
    this.#endpoints = endpoints
  }

  /** Proxies like this one; priorities mean nothing to them. */
  get proxies(): HostSet {
    return hostSetsOf(this.#endpoints())[0]!
  }
}
