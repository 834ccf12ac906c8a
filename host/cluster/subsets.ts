/** Which endpoints are a group: those that have the same values of the keys of a selector. */
import type { MetadataPair, SubsetConfig, SubsetSelectorConfig } from '../config/types.ts'
import { pairsId, valueText } from '../route/metadata-pairs.ts'
import { balancingMetadata, type Endpoint } from './endpoint.ts'

export interface Subsets {
  /** Groups by the pairs that their endpoints have; each has at least one. */
  readonly members: ReadonlyMap<string, readonly Endpoint[]>
  /** How many endpoints groups of one have left out. */
  readonly duplicates: number
}

export function subsetsOf(endpoints: readonly Endpoint[], config: SubsetConfig): Subsets {
  const groups = new Map<string, Set<Endpoint>>()
  let duplicates = 0
  for (const endpoint of endpoints) {
    for (const selector of config.selectors) {
      for (const id of idsOf(endpoint, selector, config.splitsLists)) {
        const group = groups.get(id)
        if (group === undefined) groups.set(id, new Set([endpoint]))
        else if (selector.takesOne) duplicates++
        else group.add(endpoint)
      }
    }
  }
  return { members: new Map(groups.entries().map(([id, group]) => [id, [...group]])), duplicates }
}

/** True when metadata has all of these values; with `splitsLists`, a list has each of its items. */
export function hasPairs(
  values: Readonly<Record<string, unknown>>,
  pairs: readonly MetadataPair[],
  splitsLists = false,
): boolean {
  return pairs.every(({ key, value }) => Object.hasOwn(values, key) && textsOf(values[key], splitsLists).includes(value))
}

function textsOf(value: unknown, splitsLists: boolean): string[] {
  return (splitsLists && Array.isArray(value) ? value : [value]).map(valueText)
}

/** None without all of the keys; several where a value is a list and each item counts. */
function idsOf(endpoint: Endpoint, { keys }: SubsetSelectorConfig, splitsLists: boolean): string[] {
  const values = balancingMetadata(endpoint.address)
  let groups: MetadataPair[][] = [[]]
  for (const key of keys) {
    if (!Object.hasOwn(values, key)) return []
    const texts = textsOf(values[key], splitsLists)
    groups = groups.flatMap((pairs) => texts.map((text) => [...pairs, { key, value: text }]))
  }
  return groups.map(pairsId)
}
