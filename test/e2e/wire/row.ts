/** One exchange of the wire suite: what the client and the upstream do, and what must come of it. */
import type { Fate } from '../../host/http1/corpus.ts'
import type { ProfileName } from './profiles.ts'
import type { UpstreamScript } from './scripted-upstream.ts'
import type { Step } from './step.ts'

/** Recorded verdict on a row. */
export interface Verdict {
  /** Of the first answer; 0 = none. */
  readonly status: number
  /** Details and flags of the first access-log line; null = none is written, or it is not looked at. */
  readonly details: string | null
  readonly flags?: string
  readonly fate?: Fate | 'reset'
}

export interface WireRow {
  readonly id: string
  readonly profile: ProfileName
  readonly client: readonly Step[]
  readonly upstream: UpstreamScript
  /** Answers that the client waits for; default 1. */
  readonly answers?: number
  /** How long an answer may take before the client stops waiting, ms; default 4000. */
  readonly patience?: number
  /** Our host's verdict, and Envoy's where `differs` does not say otherwise. */
  readonly expect: Verdict
  readonly differs?: Difference
  /** Parts that depend on which of two things comes first. */
  readonly races?: readonly Part[]
}

/** Where Envoy differs, and why we do not follow it. */
export interface Difference {
  readonly reason: string
  /** What of its verdict is another. */
  readonly envoy: Partial<Verdict>
  /** The parts of the observation that differ; null = not looked at. */
  readonly parts: readonly Part[] | null
}

/** What is compared between two proxies. */
export interface Observation {
  /** Everything that the client got, changing values masked. */
  readonly answer: string
  readonly fate: Fate | 'reset'
  /** What each upstream connection got, and who ended it. */
  readonly upstream: readonly string[]
  /** `code details flags …` of each access-log line. */
  readonly log: readonly string[]
}

export type Part = keyof Observation

export const PARTS: readonly Part[] = ['answer', 'fate', 'upstream', 'log']
