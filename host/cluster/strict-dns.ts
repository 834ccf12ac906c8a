/**
 * Keeps the addresses of a STRICT_DNS cluster: every host name is looked up again after the refresh rate; all
 * addresses of all names together are the endpoints (source/extensions/clusters/dns). A failed look-up keeps what
 * was known.
 */
import { lookup as lookupHost } from 'node:dns/promises'
import type { ClusterConfig, EndpointConfig } from '../config/types.ts'
import type { Timer, Timers } from '../util/timers.ts'
import type { ClusterStats } from './cluster-stats.ts'
import { addressOf, type EndpointAddress } from './endpoint.ts'

/** Looks up a name in one address family; rejects when it has no address there. */
export type Lookup = (name: string, family: 4 | 6) => Promise<readonly string[]>

/** The machine's resolver, `/etc/hosts` included. */
export const systemLookup: Lookup = async (name, family) =>
  (await lookupHost(name, { all: true, family })).map((found) => found.address)

export class StrictDns {
  readonly #config: ClusterConfig
  readonly #stats: ClusterStats | null
  readonly #lookup: Lookup
  readonly #timer: Timer
  readonly #onChange: (addresses: readonly EndpointAddress[]) => void
  readonly #known: (readonly EndpointAddress[])[]
  #isStopped = false

  /** `stats` is null in workers that do not count: the figures are the process's. */
  constructor(
    config: ClusterConfig,
    stats: ClusterStats | null,
    lookup: Lookup,
    timers: Timers,
    onChange: (addresses: readonly EndpointAddress[]) => void,
  ) {
    this.#config = config
    this.#stats = stats
    this.#lookup = lookup
    this.#timer = timers.create(() => void this.resolve())
    this.#onChange = onChange
    this.#known = config.endpoints.map(() => [])
  }

  /** Looks all names up and arms the next time; never rejects. */
  async resolve(): Promise<void> {
    await Promise.all(this.#config.endpoints.map((endpoint, index) => this.#resolveOne(endpoint, index)))
    if (this.#isStopped) return
    this.#onChange(this.#known.flat())
    this.#timer.arm(this.#config.dnsRefreshRate)
  }

  stop(): void {
    this.#isStopped = true
    this.#timer.stop()
  }

  async #resolveOne(endpoint: EndpointConfig, index: number): Promise<void> {
    this.#stats?.updateAttempt.add(1)
    try {
      const hosts = await this.#lookupFamilies(endpoint.host)
      this.#known[index] = hosts.map((host) => addressOf(endpoint, host))
      this.#stats?.updateSuccess.add(1)
    } catch {
      this.#stats?.updateFailure.add(1)
    }
  }

  /** AUTO takes IPv6 when the name has it, else IPv4, as Envoy does. */
  async #lookupFamilies(name: string): Promise<readonly string[]> {
    const family = this.#config.dnsFamily
    if (family === 'V4_ONLY') return this.#lookup(name, 4)
    if (family === 'V6_ONLY') return this.#lookup(name, 6)
    return this.#lookup(name, 6).catch(() => this.#lookup(name, 4))
  }
}
