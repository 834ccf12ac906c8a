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
  /** How long an answer may take before the client stops waiting, ms; default 1500. */
  readonly patience?: number
  readonly expect: Verdict
  /** Where Envoy differs on purpose; its verdict is part of the record. */
  readonly envoy?: Verdict & { readonly reason: string }
  /** Parts of the observation that differ though the verdict is the same, and why. */
  readonly differs?: { readonly parts: readonly Part[]; readonly reason: string }
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
