/** Looks up the names of clusters for all threads, in the main one, as long as somebody follows them. */
import type { StatsStore } from '../stats/store.ts'
import type { Random } from '../util/random.ts'
import type { Timers } from '../util/timers.ts'
import { lookupFor, type Lookup } from './dns-lookup.ts'
import { DnsName } from './dns-name.ts'
import type { NameQuestion, NameSource, OnAddresses } from './name-source.ts'
import { UpdateStats } from './update-stats.ts'

export interface LookupContext {
  /** For clusters that name no servers. */
  readonly lookup: Lookup
  readonly stats: StatsStore
  readonly timers: Timers
  readonly random: Random
}

export class NameInquiries implements NameSource {
  readonly #context: LookupContext
  readonly #inquiries = new Map<string, Inquiry>()

  constructor(context: LookupContext) {
    this.#context = context
  }

  follow(question: NameQuestion, onAddresses: OnAddresses): () => void {
    const key = `${question.cluster}\0${question.identity}`
    const inquiry = this.#inquiries.get(key) ?? new Inquiry(question, this.#context)
    this.#inquiries.set(key, inquiry)
    const follower: Follower = { onAddresses }
    inquiry.add(follower)
    return () => {
      if (inquiry.remove(follower)) this.#inquiries.delete(key)
    }
  }

  /** Looks nothing up any more. */
  stop(): void {
    for (const inquiry of this.#inquiries.values()) inquiry.stop()
    this.#inquiries.clear()
  }
}

interface Follower {
  readonly onAddresses: OnAddresses
}

/** A question, the last answers, and who wants to know. */
class Inquiry {
  readonly #names: readonly DnsName[]
  /** By place; undefined = the first look-up is not over. */
  readonly #known: (readonly string[] | null | undefined)[]
  readonly #followers = new Set<Follower>()

  constructor({ names, config, statName }: NameQuestion, { lookup, stats, timers, random }: LookupContext) {
    const context = { config, lookup: lookupFor(config, lookup), timers, random, stats: new UpdateStats(stats, statName) }
    this.#known = names.map(() => undefined)
    this.#names = names.map((name, place) => new DnsName(name, context, (addresses) => this.#onOutcome(place, addresses)))
    for (const name of this.#names) void name.resolve()
  }

  add(follower: Follower): void {
    this.#followers.add(follower)
    for (const [place, addresses] of this.#known.entries()) if (addresses !== undefined) follower.onAddresses(place, addresses)
  }

  /** True when that was the last one: names are not looked up any more. */
  remove(follower: Follower): boolean {
    if (!this.#followers.delete(follower) || this.#followers.size > 0) return false
    this.stop()
    return true
  }

  stop(): void {
    for (const name of this.#names) name.stop()
  }

  /** A failed look-up changes nothing. */
  #onOutcome(place: number, addresses: readonly string[] | null): void {
    if (addresses === null && this.#known[place] !== undefined) return
    this.#known[place] = addresses
    for (const { onAddresses } of this.#followers) onAddresses(place, addresses)
  }
}
