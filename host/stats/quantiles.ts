/** Quantiles of a histogram, for `/stats`. */
import { BUCKET_ENDS } from './metrics.ts'

/** In percent, as Envoy prints them. */
export const QUANTILES: readonly number[] = [0, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 100]

/**
 * A value per entry of {@link QUANTILES}, or null when nothing was recorded. Values are taken as evenly spread over
 * their bucket, so they are as coarse as the buckets are; Envoy, which keeps two digits of each value, is finer.
 */
export function quantiles(buckets: readonly number[]): number[] | null {
  const count = buckets.reduce((sum, n) => sum + n, 0)
  if (count === 0) return null
  return QUANTILES.map((quantile) => valueAt(buckets, (count * quantile) / 100))
}

function valueAt(buckets: readonly number[], rank: number): number {
  let below = 0
  let last = 0
  for (const [bucket, inside] of buckets.entries()) {
    if (inside === 0) continue
    const start = BUCKET_ENDS[bucket - 1] ?? 0
    // Nothing is known of values above all bounds but that.
    const end = BUCKET_ENDS[bucket] ?? start
    last = end
    if (rank <= below + inside) return start + ((end - start) * (rank - below)) / inside
    below += inside
  }
  return last
}
