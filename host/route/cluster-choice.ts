import type { ClusterChoice } from '../config/types.ts'
import type { HeaderMap } from '../http/header-map.ts'

/**
 * The cluster of a request; '' when the header that names it is missing. `fraction` in [0, 1) decides between weighted
 * clusters.
 */
export function chooseCluster(choice: ClusterChoice, headers: HeaderMap, fraction: number): string {
  if (choice.kind === 'name') return choice.name
  if (choice.kind === 'header') return headers.get(choice.header) ?? ''
  let rest = Math.floor(fraction * choice.total)
  for (const { name, weight } of choice.clusters) {
    if (rest < weight) return name
    rest -= weight
  }
  return ''
}
