/** What a judge saw when it ran a case: the same shape from every judge, compared by the one comparer. */
import type { Captures } from './captures.ts'
import type { Case, JudgeName, Pair, Table } from './table.ts'

/** A request that arrived at a cluster. Texts are byte strings, names lower-case. */
export interface ArrivedRequest {
  readonly cluster: string
  readonly method: string
  readonly path: string
  /** With `host`, without pseudo headers. */
  readonly headers: readonly Pair[]
  readonly body: string
  readonly trailers: readonly Pair[]
}

/** One request of the case and its fate. */
export interface Exchange {
  /** 0 = the client got no head. */
  readonly status: number
  readonly headers: readonly Pair[]
  readonly body: string
  readonly trailers: readonly Pair[]
  /** The connection ended before the answer was complete; false when the client left itself. */
  readonly reset: boolean
  readonly aborted: boolean
  readonly tookMillis: number
  readonly upstream: readonly ArrivedRequest[]
  /** As in the access log; null = there was no line. */
  readonly details: string | null
  readonly flags: string | null
}

/** A connection and what its two ends saw until its script was over. */
export interface SeenConnection {
  /** Byte strings; null = no upstream was connected. */
  readonly client: string
  readonly upstream: string | null
  readonly clientEnd: 'open' | 'ended' | 'reset'
  readonly upstreamEnd: 'open' | 'ended' | 'reset' | null
  /** As in the access log; null = there was no line. */
  readonly flags: string | null
  readonly reason: string | null
}

/** Callouts by cluster, in order. */
export type SeenCallouts = Readonly<Record<string, readonly ArrivedRequest[]>>

export type StepObservation = { readonly callouts: SeenCallouts } & (
  | { readonly kind: 'requests'; readonly exchanges: readonly Exchange[] }
  | { readonly kind: 'connection'; readonly connection: SeenConnection }
  | { readonly kind: 'advance' }
  /** Differences since the start of the case: value of a counter or gauge, number of samples of a histogram. */
  | { readonly kind: 'metrics'; readonly values: Readonly<Record<string, number>> }
  /** Differences since the start of the case; absent = 0. */
  | { readonly kind: 'stats'; readonly values: Readonly<Record<string, number>> }
  | { readonly kind: 'prometheus'; readonly before: string; readonly now: string }
  | { readonly kind: 'logs' | 'silent'; readonly lines: readonly string[] }
)

export interface Observation {
  /** Whether the configuration was refused, and what was said about it. */
  readonly refused: boolean
  readonly refusedLogs: readonly string[]
  readonly steps: readonly StepObservation[]
  /** What the steps have seen for each other. */
  readonly captures: Captures
  /** Requests at any cluster that belong to no step. */
  readonly stray: readonly ArrivedRequest[]
  /** Everything that was said aside: logs of guests and of requests, statistics, properties where the judge sees them. */
  readonly said: readonly string[]
}

/** One of the ways to run a table. */
export interface CaseJudge {
  readonly name: JudgeName
  /** Why this judge cannot run here, or null. */
  unavailable(): Promise<string | null>
  open(table: Table): Promise<Session>
}

/** A judge with one table loaded. */
export interface Session {
  /** How much later than the clock says an event may come: 0 on virtual time. */
  readonly slackMillis: number
  run(one: Case): Promise<Observation>
  close(): Promise<void>
}
