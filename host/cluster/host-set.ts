/** The endpoints of one priority, sorted by their health. */
import type { LocalityConfig } from '../config/types.ts'
import type { Endpoint } from './endpoint.ts'

export interface HostSet {
  readonly all: readonly Endpoint[]
  readonly healthy: readonly Endpoint[]
  readonly degraded: readonly Endpoint[]
  /** Those of all that count: the rest is neither healthy nor unhealthy. */
  readonly counted: number
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
    counted: all.filter(({ health }) => !health.isExcluded).length,
  }
}

/** Sets per locality, in the order in which localities first appear. */
export function localitiesOf({ all }: HostSet): HostSet[] {
  return [...Map.groupBy(all, localityKey).values()].map(hostSetOf)
}

/** The weight of the locality that a set of `localitiesOf` stands for. */
export type LocalityWeigher = (place: HostSet) => number

/** As it is configured. */
export function localityWeight({ all }: HostSet): number {
  return all[0]!.address.locality.weight
}

/** So much of it as the set has of the locality's endpoints among all of the cluster, a whole number from 1. */
export function scaledLocalityWeight(endpoints: readonly Endpoint[]): LocalityWeigher {
  const wholes = Map.groupBy(endpoints, placeAndPriority)
  return (place) => {
    const whole = wholes.get(placeAndPriority(place.all[0]!))!.length
    const weight = localityWeight(place)
    return weight === 0 ? 0 : Math.max(1, Math.round((weight * place.all.length) / whole))
  }
}

/** Names the locality of an endpoint. */
export function localityKey({ address: { locality } }: Endpoint): string {
  return keyOfLocality(locality)
}

export function keyOfLocality({ region, zone, subZone }: Omit<LocalityConfig, 'weight'>): string {
  return `${region}\0${zone}\0${subZone}`
}

function placeAndPriority(endpoint: Endpoint): string {
  return `${localityKey(endpoint)}\0${endpoint.address.priority}`
}
