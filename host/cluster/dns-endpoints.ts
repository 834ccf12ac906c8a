/** The endpoints of a cluster of host names: of STRICT_DNS all addresses of all names, of LOGICAL_DNS the first of the one. */
import type { ClusterConfig } from '../config/types.ts'
import { DnsName, type DnsContext } from './dns-name.ts'
import { addressOf, type EndpointAddress } from './endpoint.ts'

export class DnsEndpoints {
  readonly #names: readonly DnsName[]
  /** By name. */
  readonly #known: (readonly EndpointAddress[])[]
  readonly #onChange: (addresses: readonly EndpointAddress[]) => void

  constructor(
    { endpoints, discovery }: ClusterConfig,
    context: DnsContext,
    onChange: (addresses: readonly EndpointAddress[]) => void,
  ) {
    this.#onChange = onChange
    this.#known = endpoints.map(() => [])
    this.#names = endpoints.map(
      (endpoint, index) =>
        new DnsName(endpoint.host, context, (hosts) => {
          // A logical host keeps the address that it had.
          if (discovery === 'LOGICAL_DNS' && hosts.length === 0) return
          const wanted = discovery === 'LOGICAL_DNS' ? hosts.slice(0, 1) : hosts
          this.#known[index] = wanted.map((host) => addressOf(endpoint, host))
          this.#onChange(this.#known.flat())
        }),
    )
  }

  /** Looks all names up for the first time; never rejects. */
  async start(): Promise<void> {
    await Promise.all(this.#names.map((name) => name.resolve()))
  }

  stop(): void {
    for (const name of this.#names) name.stop()
  }
}
