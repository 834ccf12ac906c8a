/**
 * A ring of hashes: each endpoint has many places on it by its weight, and a request goes to the first place at or
 * behind its own hash, so that few requests move when endpoints change. Places are those of
 * source/extensions/load_balancing_policies/ring_hash/ring_hash_lb.cc.
 */
import { murmurHash64 } from '../util/murmur-hash64.ts'
import { Uint64 } from '../util/uint64.ts'
import { xxHash64 } from '../util/xx-hash64.ts'
import type { Endpoint } from './endpoint.ts'
import { hashKeyOf, type HashTable, type Share } from './hash-key.ts'

/** `RingHashLbConfig`. */
export interface RingOptions {
  readonly minSize: number
  readonly maxSize: number
  readonly hashFunction: 'XX_HASH' | 'MURMUR_HASH_2'
  readonly usesHostname: boolean
}

interface Place {
  readonly high: number
  readonly low: number
  readonly endpoint: Endpoint
}

export class RingHash implements HashTable {
  /** Places that were wanted, and the fewest and most of one endpoint. */
  readonly size: number
  readonly minPlaces: number
  readonly maxPlaces: number
  readonly #highs: Uint32Array
  readonly #lows: Uint32Array
  readonly #endpoints: readonly Endpoint[]

  constructor(shares: readonly Share[], options: RingOptions) {
    const scale = scaleOf(shares, options)
    const { places, counts } = layOut(shares, scale, options)
    this.size = shares.length === 0 ? 0 : Math.ceil(scale)
    this.minPlaces = shares.length === 0 ? 0 : Math.min(this.size, ...counts)
    this.maxPlaces = Math.max(0, ...counts)
    places.sort((a, b) => a.high - b.high || a.low - b.low)
    this.#highs = Uint32Array.from(places, ({ high }) => high)
    this.#lows = Uint32Array.from(places, ({ low }) => low)
    this.#endpoints = places.map(({ endpoint }) => endpoint)
  }

  pick(hash: Readonly<Uint64>, attempt: number): Endpoint | null {
    const endpoints = this.#endpoints
    if (endpoints.length === 0) return null
    return endpoints[(this.#find(hash.high >>> 0, hash.low >>> 0) + attempt) % endpoints.length]!
  }

  /** The first place whose hash is not below; behind the last one comes the first. */
  #find(high: number, low: number): number {
    let from = 0
    let to = this.#highs.length
    while (from < to) {
      const middle = (from + to) >>> 1
      const upper = this.#highs[middle]!
      if (upper < high || (upper === high && this.#lows[middle]! < low)) from = middle + 1
      else to = middle
    }
    return from === this.#highs.length ? 0 : from
  }
}

/** How many places there are in all: enough to give the lightest endpoint a whole number of them. */
function scaleOf(shares: readonly Share[], { minSize, maxSize }: RingOptions): number {
  const smallest = Math.min(1, ...shares.map(({ part }) => part))
  return Math.min(Math.ceil(smallest * minSize) / smallest, maxSize)
}

/** Running sums over all endpoints even out what single endpoints lack to whole places. */
function layOut(shares: readonly Share[], scale: number, options: RingOptions): { places: Place[]; counts: number[] } {
  const hash = new Uint64()
  const places: Place[] = []
  let wanted = 0
  const counts = shares.map(({ endpoint, part }) => {
    const key = hashKeyOf(endpoint, options.usesHostname)
    wanted += scale * part
    let count = 0
    for (; places.length < wanted; count++) {
      const text = `${key}_${count}`
      if (options.hashFunction === 'XX_HASH') xxHash64(text, 0, hash)
      else murmurHash64(text, hash)
      places.push({ high: hash.high >>> 0, low: hash.low >>> 0, endpoint })
    }
    return count
  })
  return { places, counts }
}
