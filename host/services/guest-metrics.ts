/** Metrics of guests, in the process's store under Envoy's prefix. */
import type { GuestCounter, GuestGauge, GuestHistogram, GuestMetrics } from '../hostcalls/services.ts'
import { GUEST_PREFIX } from '../stats/prometheus.ts'
import type { StatsStore } from '../stats/store.ts'

export class StoreGuestMetrics implements GuestMetrics {
  readonly #store: StatsStore

  constructor(store: StatsStore) {
    this.#store = store
  }

  counter(name: string): GuestCounter {
    return this.#store.counter(statName(name))
  }

  gauge(name: string): GuestGauge {
    return this.#store.gauge(statName(name))
  }

  histogram(name: string): GuestHistogram {
    return this.#store.histogram(statName(name))
  }
}

/** Dots at the end do not count, so the empty name becomes `wasmcustom` (seen in Envoy 1.40). */
function statName(name: string): string {
  let end = name.length
  while (end > 0 && name.charCodeAt(end - 1) === 0x2e) end--
  return end === 0 ? GUEST_PREFIX.slice(0, -1) : GUEST_PREFIX + name.slice(0, end)
}
