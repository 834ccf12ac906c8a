import type { PeakEwmaConfig } from '../config/types.ts'
import type { Clock } from '../util/clock.ts'
import type { Random } from '../util/random.ts'
import type { Endpoint } from './endpoint.ts'
import { PeakEwma } from './peak-ewma.ts'
import type { Picker } from './picker.ts'

/** Of two endpoints drawn, the one that is likely to answer sooner (hot): its time, times its requests, by its weight. */
export class PeakEwmaPicker implements Picker {
  readonly #items: readonly Endpoint[]
  readonly #random: Random
  readonly #clock: Clock

  /** Endpoints keep what was measured before. */
  constructor(items: readonly Endpoint[], config: PeakEwmaConfig, random: Random, clock: Clock) {
    for (const item of items) item.latency ??= new PeakEwma(config, clock)
    this.#items = items
    this.#random = random
    this.#clock = clock
  }

  pick(): Endpoint | null {
    const items = this.#items
    const count = items.length
    if (count <= 1) return items[0] ?? null
    const first = Math.floor(this.#random.fraction() * count)
    const second = Math.floor(this.#random.fraction() * (count - 1))
    const one = items[first]!
    const other = items[second < first ? second : second + 1]!
    const now = this.#clock.monotonicMillis()
    return costOf(other, now) < costOf(one, now) ? other : one
  }
}

function costOf({ latency, counts, address }: Endpoint, now: number): number {
  return (latency!.estimate(now) * (counts.rqActive + counts.rqPendingActive + 1)) / address.weight
}
