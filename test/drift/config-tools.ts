/** Things to compare with that may be missing on a machine. */

/** What was fetched, or why it cannot be had. */
export interface Fetched<T> {
  readonly value: T | null
  /** Ends the name of a suite that is skipped; empty when there is a value. */
  readonly reason: string
}

/** Fetches before suites are declared, so that they can be skipped by name. In CI nothing may be skipped: it throws. */
export async function fetchOrReason<T>(fetch: () => Promise<T>): Promise<Fetched<T>> {
  try {
    return { value: await fetch(), reason: '' }
  } catch (error) {
    if (process.env['CI']) throw error
    return { value: null, reason: ` (skipped: ${(error as Error).message})` }
  }
}
