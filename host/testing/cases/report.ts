/** What a runner shows of a case that does not hold. */
import type { Check } from './compare.ts'

/** Throws an Error with every difference when there is one. */
export function reportDifferences(title: string, checks: readonly Check[]): void {
  const differences = checks.filter((check) => !check.ok)
  if (differences.length === 0) return
  const error = new Error([title, ...differences.map(describe)].join('\n'))
  // The report names the place in the table; lines of the runner say nothing about it.
  error.stack = ''
  throw error
}

function describe({ place, wanted, seen }: Check): string {
  return `  ${place}\n    wanted ${wanted}\n    seen   ${seen}`
}
