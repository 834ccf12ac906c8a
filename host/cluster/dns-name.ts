/**
 * One host name of a cluster: looked up again and again, after the refresh rate or what its server says, after a failure
 * at growing intervals (source/extensions/clusters/dns).
 */
import type { DnsConfig } from '../config/types.ts'
import type { Random } from '../util/random.ts'
import type { Timer, Timers } from '../util/timers.ts'
import type { FoundAddress, Lookup } from './dns-lookup.ts'
import type { UpdateStats } from './update-stats.ts'

/** What a name takes from its cluster. */
export interface DnsContext {
  readonly config: DnsConfig
  readonly lookup: Lookup
  readonly timers: Timers
  readonly random: Random
  readonly stats: UpdateStats
}

export class DnsName {
  readonly #name: string
  readonly #context: DnsContext
  readonly #timer: Timer
  readonly #onOutcome: (addresses: readonly string[] | null) => void
  /** Of the next failure. */
  #failureInterval: number
  #isStopped = false

  /** `onOutcome` is told of every answer, and with null of every look-up that failed. */
  constructor(name: string, context: DnsContext, onOutcome: (addresses: readonly string[] | null) => void) {
    this.#name = name
    this.#context = context
    this.#timer = context.timers.create(() => void this.resolve())
    this.#onOutcome = onOutcome
    this.#failureInterval = context.config.failureRate?.base ?? 0
  }

  /** Looks the name up and arms the next time; never rejects. */
  async resolve(): Promise<void> {
    const { stats } = this.#context
    stats.attempt.add(1)
    const found = await this.#lookUp().catch(() => null)
    const counter = found === null ? stats.failure : stats.success
    counter.add(1)
    if (this.#isStopped) return
    this.#onOutcome(found?.map(({ address }) => address) ?? null)
    this.#timer.arm(found === null ? this.#nextFailureInterval() : this.#intervalOf(found))
  }

  stop(): void {
    this.#isStopped = true
    this.#timer.stop()
  }

  async #lookUp(): Promise<readonly FoundAddress[]> {
    const { config, lookup } = this.#context
    const [v4, v6] = [() => lookup(this.#name, 4), () => lookup(this.#name, 6)]
    switch (config.family) {
      case 'V4_ONLY':
        return v4()
      case 'V6_ONLY':
        return v6()
      case 'AUTO':
        return firstWithAddress(v6, v4)
      case 'V4_PREFERRED':
        return firstWithAddress(v4, v6)
      case 'ALL':
        return ofBoth(v4, v6)
    }
  }

  #intervalOf(found: readonly FoundAddress[]): number {
    const { config, random } = this.#context
    this.#failureInterval = config.failureRate?.base ?? 0
    const ttl = config.respectsTtl && found.length > 0 ? Math.min(...found.map((one) => one.ttl)) : 0
    const interval = ttl > 0 ? ttl * 1000 : config.refreshRate
    return interval + Math.floor(random.fraction() * config.jitter)
  }

  #nextFailureInterval(): number {
    const { config, random } = this.#context
    if (config.failureRate === null) return config.refreshRate
    const interval = this.#failureInterval
    this.#failureInterval = Math.min(2 * interval, config.failureRate.max)
    return Math.max(1, Math.floor(random.fraction() * interval))
  }
}

type Look = () => Promise<readonly FoundAddress[]>

async function firstWithAddress(first: Look, second: Look): Promise<readonly FoundAddress[]> {
  const found = await first().catch(() => [])
  return found.length > 0 ? found : second()
}

/** One is enough; where neither has an address, what could not be asked may have one. */
async function ofBoth(...looks: readonly Look[]): Promise<readonly FoundAddress[]> {
  const outcomes = await Promise.allSettled(looks.map((look) => look()))
  const found = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []))
  const failure = outcomes.find((outcome) => outcome.status === 'rejected')
  if (found.length === 0 && failure !== undefined) throw failure.reason
  return found
}
