import type { VmStats } from '../plugin/vm-stats.ts'
import type { StatsStore } from '../stats/store.ts'

/** What VMs and plugins report, in the process's store. */
export function storeVmStats(stats: StatsStore): VmStats {
  return {
    increment: (name) => stats.counter(name).add(1),
    adjust: (name, delta) => stats.gauge(name).add(delta),
  }
}
