/**
 * Sends requests to the address that they name, whatever it is: endpoints come to be with their first request and go when
 * they had none for a while and have no connection (source/extensions/clusters/original_dst/original_dst_cluster.cc).
 */
import { isIP } from 'node:net'
import type { OriginalDstConfig } from '../config/types.ts'
import { hostOf } from '../route/authority.ts'
import type { Counter } from '../stats/metrics.ts'
import type { Timer, Timers } from '../util/timers.ts'
import type { Endpoint } from './endpoint.ts'
import type { LoadBalancer, PickContext } from './load-balancer.ts'

/** The cluster whose endpoints they are. */
export interface OriginalDstOwner {
  /** The endpoint at a place; it comes to be when there is none. */
  endpointAt(place: NamedPlace): Endpoint
  /** Drops the other endpoints. */
  keepOnly(endpoints: ReadonlySet<Endpoint>): void
}

export interface NamedPlace {
  readonly host: string
  readonly port: number
}

const MAX_PORT = 65_535

export class OriginalDst implements LoadBalancer {
  readonly #config: OriginalDstConfig
  readonly #owner: OriginalDstOwner
  /** Requests that named no address. */
  readonly #invalid: Counter
  readonly #timer: Timer
  /** By what requests say. */
  readonly #endpoints = new Map<string, Endpoint>()
  /** What was said since endpoints were last looked through. */
  #used = new Set<string>()

  constructor(config: OriginalDstConfig, owner: OriginalDstOwner, invalid: Counter, timers: Timers) {
    this.#config = config
    this.#owner = owner
    this.#invalid = invalid
    this.#timer = timers.create(() => this.#sweep())
  }

  start(): void {
    this.#timer.arm(this.#config.cleanupInterval)
  }

  stop(): void {
    this.#timer.stop()
  }

  pick({ headers }: PickContext): Endpoint | null {
    const said = headers === null ? null : headers.get(this.#config.header)
    if (said === null) return null
    const endpoint = this.#endpoints.get(said) ?? this.#add(said)
    if (endpoint !== null) this.#used.add(said)
    return endpoint
  }

  #add(said: string): Endpoint | null {
    const place = placeOf(said, this.#config.portOverride)
    if (place === null) {
      this.#invalid.add(1)
      return null
    }
    const endpoint = this.#owner.endpointAt(place)
    this.#endpoints.set(said, endpoint)
    return endpoint
  }

  #sweep(): void {
    for (const [said, { counts }] of this.#endpoints)
      if (!this.#used.has(said) && counts.cxActive === 0) this.#endpoints.delete(said)
    this.#used = new Set()
    this.#owner.keepOnly(new Set(this.#endpoints.values()))
    this.start()
  }
}

/** `1.2.3.4:5` or `[::1]:5`; null when it is neither. */
function placeOf(text: string, portOverride: number | null): NamedPlace | null {
  const port = /:([0-9]{1,5})$/.exec(text)?.[1]
  if (port === undefined || Number(port) > MAX_PORT) return null
  const host = hostOf(text)
  const family = text.startsWith('[') ? 6 : 4
  return isIP(host) === family ? { host, port: portOverride ?? Number(port) } : null
}
