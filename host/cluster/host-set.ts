/** The endpoints of one priority, sorted by their health. */
import type { Endpoint } from './endpoint.ts'

export interface HostSet {
  readonly all: readonly Endpoint[]
  readonly healthy: readonly Endpoint[]
  readonly degraded: readonly Endpoint[]
}

/** One set per priority from 0 to the highest, at least one; a priority without endpoints has an empty set. */
export function hostSetsOf(endpoints: readonly Endpoint[]): HostSet[] {
  const last = endpoints.reduce((highest, { address }) => Math.max(highest, address.priority), 0)
  return Array.from({ length: last + 1 }, (_, priority) =>
    hostSetOf(endpoints.filter(({ address }) => address.priority === priority)),
  )
}

function hostSetOf(all: readonly Endpoint[]): HostSet {
  return {
    all,
    healthy: all.filter(({ health }) => health.isHealthy),
    degraded: all.filter(({ health }) => health.isDegraded),
  }
}

/** Sets per locality, in the order in which localities first appear. */
export function localitiesOf({ all }: HostSet): HostSet[] {
  const byPlace = Map.groupBy(all, ({ address: { locality } }) => `${locality.region}\0${locality.zone}\0${locality.subZone}`)
  return [...byPlace.values()].map(hostSetOf)
}

/** The weight of the locality that a set of `localitiesOf` stands for. */
export function localityWeight({ all }: HostSet): number {
  return all[0]!.address.locality.weight
}
