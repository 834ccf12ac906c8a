/** One way to ask an endpoint whether it is well, and who wants to know. */

import type { Destination } from '../connector.ts'

/** Why a check has failed: by its answer, without one, or too late. */
export type CheckFailure = 'answer' | 'network' | 'timeout'

/** Hears the outcome of each question, unless it was cancelled. */
export interface ProbeOwner {
  /** `isDegraded`: the endpoint is well, but wants to be used last. */
  onPass(isDegraded: boolean): void
  /** `isRetriable`: the failure alone does not make an endpoint unhealthy. Failures of the network never do. */
  onFail(failure: CheckFailure, isRetriable: boolean): void
  /** The endpoint wants to be left out at once; `onFail` follows. */
  onLeaveOut(): void
}

export interface Probe {
  /** Asks; not while an answer is awaited. */
  ask(): void
  /** The answer comes too late, nobody waits for it. */
  cancel(): void
  /** The last call. */
  close(): void
}

/** Where an endpoint is asked. */
export interface ProbeTarget {
  readonly destination: Destination
  /** For the Host header; '' = what the check says. */
  readonly hostname: string
}
