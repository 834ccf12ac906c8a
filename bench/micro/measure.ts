const WARM_UP = 20
const ROUNDS = 80

/**
 * Nanoseconds of one `turn`: the first quartile of eighty short rounds of `count` turns after a warm-up. Rounds of a
 * few milliseconds mostly fit between the interruptions of a busy machine, and a quartile still counts collections.
 */
export function measure(turn: () => unknown, count: number): number {
  const rounds: number[] = []
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    const start = process.hrtime.bigint()
    for (let i = 0; i < count; i++) turn()
    const nanos = Number(process.hrtime.bigint() - start)
    if (round >= WARM_UP) rounds.push(nanos / count)
  }
  return rounds.toSorted((a, b) => a - b)[ROUNDS / 4]!
}
