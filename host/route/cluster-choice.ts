/** Choice among weighted clusters. */
import type { TcpClusterChoice, WeightedClusters } from '../config/types.ts'
import type { HeaderMap } from '../http/header-map.ts'

/** The cluster of a connection; `luck` in [0, 1) decides. */
export function chooseTcpCluster(choice: TcpClusterChoice, luck: number): string {
  if (choice.kind === 'name') return choice.name
  return choice.clusters[weightedIndex(choice.clusters, Math.floor(luck * choice.total))]!.name
}

/** Index of the cluster of a request: a number in the header that is meant for it decides, else `luck` in [0, 1). */
export function chooseWeighted(choice: WeightedClusters, headers: HeaderMap, luck: number): number {
  const { clusters, total, valueHeader } = choice
  const given = valueHeader === null ? null : givenValue(headers, valueHeader, total)
  return weightedIndex(clusters, given ?? Math.floor(luck * total))
}

/** The only value of the header if it is a number of 64 bits, taken modulo the sum of the weights; else null. */
function givenValue(headers: HeaderMap, name: string, total: number): number | null {
  const values = headers.getAll(name)
  if (values.length !== 1 || !/^[0-9]{1,20}$/.test(values[0]!)) return null
  const value = BigInt(values[0]!)
  return BigInt.asUintN(64, value) === value ? Number(value % BigInt(total)) : null
}

/** `value` is below the sum of the weights. */
function weightedIndex(clusters: readonly { readonly weight: number }[], value: number): number {
  let rest = value
  for (let i = 0; i < clusters.length; i++) {
    if (rest < clusters[i]!.weight) return i
    rest -= clusters[i]!.weight
  }
  return clusters.length - 1
}
