/**
 * How requests are shared between priorities: the first takes all while enough of its endpoints are healthy, then the
 * next take over what it cannot (source/extensions/load_balancing_policies/common/load_balancer_impl.cc).
 */
import type { BalancingConfig } from '../config/types.ts'
import type { HostSet } from './host-set.ts'

/** By priority; `healthy` and `degraded` are percentages that add up to 100 together. */
export interface PriorityLoad {
  readonly healthy: readonly number[]
  readonly degraded: readonly number[]
  /** True where all endpoints are used whatever their health, because too few are healthy. */
  readonly panic: readonly boolean[]
}

type Thresholds = Pick<BalancingConfig, 'panicThreshold' | 'overprovisioning'>

export function priorityLoadOf(sets: readonly HostSet[], { panicThreshold, overprovisioning }: Thresholds): PriorityLoad {
  const healthy = sets.map((set) => availability(set.healthy.length, set, overprovisioning))
  const degraded = sets.map((set) => availability(set.degraded.length, set, overprovisioning))
  const available = Math.min(100, sum(healthy) + sum(degraded))
  const panic = sets.map((set) => available < 100 && isInPanic(set, panicThreshold))
  if (panic.every(Boolean)) return { healthy: loadInTotalPanic(sets), degraded: sets.map(() => 0), panic }
  // Without panic there is nobody to take requests; they all fail in the first priority.
  if (available === 0) return { healthy: sets.map((_, index) => (index === 0 ? 100 : 0)), degraded, panic }
  return { ...shareOut(healthy, degraded, available), panic }
}

/** Percent of its load that a priority can carry. */
function availability(count: number, { counted }: HostSet, overprovisioning: number): number {
  return counted === 0 ? 0 : Math.min(100, Math.floor((overprovisioning * count) / counted))
}

/** Too few are healthy or degraded; `threshold` is a percentage. */
export function isInPanic({ counted, healthy, degraded }: HostSet, threshold: number): boolean {
  const percent = counted === 0 ? 0 : (100 * (healthy.length + degraded.length)) / counted
  return percent < threshold
}

function shareOut(healthy: readonly number[], degraded: readonly number[], available: number): Omit<PriorityLoad, 'panic'> {
  const first = distribute(healthy, 100, available)
  const second = distribute(degraded, first.left, available)
  // What is left are roundings; they go to the first priority that has anybody.
  const priority = healthy.findIndex((part) => part > 0)
  if (priority >= 0) first.load[priority]! += second.left
  else second.load[degraded.findIndex((part) => part > 0)]! += second.left
  return { healthy: first.load, degraded: second.load }
}

function distribute(parts: readonly number[], total: number, available: number): { load: number[]; left: number } {
  let left = total
  const load = parts.map((part) => {
    const share = Math.min(left, Math.floor((part * 100) / available))
    left -= share
    return share
  })
  return { load, left }
}

/** By the number of endpoints. */
function loadInTotalPanic(sets: readonly HostSet[]): number[] {
  const total = sets.reduce((count, { all }) => count + all.length, 0)
  if (total === 0) return sets.map((_, index) => (index === 0 ? 100 : 0))
  const load = sets.map(({ all }) => Math.floor((100 * all.length) / total))
  load[sets.findIndex(({ all }) => all.length > 0)]! += 100 - sum(load)
  return load
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
