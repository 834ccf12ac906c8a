/**
 * Nanoseconds of this thread's CPU for one `turn`: the best of nine rounds of `count` turns after three of warm-up;
 * whatever else the machine does can only add.
 */
export function measure(turn: () => unknown, count: number): number {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 12; round++) {
    const before = process.threadCpuUsage()
    for (let i = 0; i < count; i++) turn()
    const { user, system } = process.threadCpuUsage(before)
    if (round >= 3 && user + system < best) best = user + system
  }
  return (best * 1000) / count
}
