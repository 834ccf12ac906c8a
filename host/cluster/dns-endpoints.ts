/** The endpoints of a cluster of host names: of STRICT_DNS all addresses of all names, of LOGICAL_DNS the first of the one. */
import type { ClusterConfig } from '../config/types.ts'
import { addressOf, type EndpointAddress } from './endpoint.ts'
import type { NameQuestion, NameSource } from './name-source.ts'

export class DnsEndpoints {
  readonly #config: ClusterConfig
  /** By name. */
  readonly #known: (readonly EndpointAddress[])[]
  readonly #onChange: (addresses: readonly EndpointAddress[]) => void
  /** Places of names of which nothing was heard. */
  readonly #awaited: Set<number>
  readonly #allHeard = Promise.withResolvers<void>()
  #end: () => void = () => {}

  /** `onChange` is told of the endpoints with every answer. */
  constructor(config: ClusterConfig, onChange: (addresses: readonly EndpointAddress[]) => void) {
    this.#config = config
    this.#onChange = onChange
    this.#known = config.endpoints.map(() => [])
    this.#awaited = new Set(config.endpoints.keys())
  }

  /** Begins; resolves when each name was looked up once, whatever came of it. */
  start(source: NameSource, cluster: Pick<NameQuestion, 'cluster' | 'identity' | 'statName'>): Promise<void> {
    const { endpoints, dns } = this.#config
    const question = { ...cluster, names: endpoints.map(({ host }) => host), config: dns }
    this.#end = source.follow(question, (place, addresses) => {
      if (addresses !== null) this.#take(place, addresses)
      this.#awaited.delete(place)
      this.#settle()
    })
    this.#settle()
    return this.#allHeard.promise
  }

  stop(): void {
    this.#end()
    this.#allHeard.resolve()
  }

  #settle(): void {
    if (this.#awaited.size === 0) this.#allHeard.resolve()
  }

  #take(place: number, hosts: readonly string[]): void {
    const { discovery, endpoints } = this.#config
    // A logical host keeps the address that it had.
    if (discovery === 'LOGICAL_DNS' && hosts.length === 0) return
    const wanted = discovery === 'LOGICAL_DNS' ? hosts.slice(0, 1) : hosts
    this.#known[place] = wanted.map((host) => addressOf(endpoints[place]!, host))
    this.#onChange(this.#known.flat())
  }
}
