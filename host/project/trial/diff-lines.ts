/** Two lists of lines side by side: what stayed, what went, what came. */

export interface DiffLine {
  readonly mark: ' ' | '-' | '+'
  readonly text: string
}

/** The longest common lines stay; short lists only, it takes time and room of the product of their lengths. */
export function diffLines(before: readonly string[], after: readonly string[]): DiffLine[] {
  const lengths = commonLengths(before, after)
  const lines: DiffLine[] = []
  let [i, j] = [0, 0]
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push({ mark: ' ', text: before[i]! })
      i++
      j++
    } else if (j === after.length || (i < before.length && lengths[i + 1]![j]! >= lengths[i]![j + 1]!)) {
      lines.push({ mark: '-', text: before[i++]! })
    } else lines.push({ mark: '+', text: after[j++]! })
  }
  return lines
}

/** Length of the longest common subsequence of the ends from (i, j) on. */
function commonLengths(before: readonly string[], after: readonly string[]): number[][] {
  const table = Array.from({ length: before.length + 1 }, () => Array.from<number>({ length: after.length + 1 }).fill(0))
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--)
      table[i]![j] = before[i] === after[j] ? table[i + 1]![j + 1]! + 1 : Math.max(table[i + 1]![j]!, table[i]![j + 1]!)
  return table
}
