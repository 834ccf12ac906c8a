/** A case table as the judges use it: checked, with the defaults merged into each case. See docs/CASES.md. */

import type { TokenMint } from './tokens.ts'

/** Names of the judges, in the order in which a difference shows them. */
export const JUDGE_NAMES = ['harness', 'wasmtime', 'host', 'envoy'] as const
export type JudgeName = (typeof JUDGE_NAMES)[number]

/** `[name, value]`. */
export type Pair = readonly [string, string]
/** A text, or one that would be long to write. */
export type Text = string | { readonly repeat: string; readonly times: number }
export type ExpectedHeader = string | null | readonly string[] | { readonly matches?: string; readonly contains?: string }
export type ExpectedHeaders = Readonly<Record<string, ExpectedHeader>>
export type ExpectedBody = Text | { readonly matches: string } | { readonly size: number }
export type ExpectedMetric = number | { readonly count: number }
export type ExpectedSeries =
  | string
  | { readonly name: string; readonly labels?: Readonly<Record<string, string>>; readonly value: number }

/** What an upstream answers. */
export interface AnswerScript {
  readonly status?: number
  readonly headers?: readonly Pair[]
  readonly body?: Text
  readonly chunks?: readonly Text[]
  readonly trailers?: readonly Pair[]
  readonly messages?: readonly Text[]
  readonly early?: boolean
  readonly delay?: string
  readonly fail?: 'close' | 'reset' | 'close_in_body' | 'hang'
}

/** What a request that arrived upstream must look like. */
export interface ExpectedUpstream {
  readonly cluster?: string
  readonly method?: string
  readonly path?: string
  readonly headers?: ExpectedHeaders
  readonly body?: ExpectedBody
  readonly trailers?: ExpectedHeaders
  readonly messages?: readonly Text[]
}

export interface Expect {
  readonly status?: number
  readonly headers?: ExpectedHeaders
  readonly trailers?: ExpectedHeaders
  readonly body?: ExpectedBody
  readonly reset?: boolean
  readonly upstream?: 'none' | ExpectedUpstream
  readonly details?: string
  readonly flags?: string
  readonly took?: readonly [string, string]
}

/** A certificate that the authority of the run issues. */
export interface ClientCertificate {
  /** In the form of RFC 2253, without escapes. */
  readonly subject?: string
  readonly uri_names?: readonly string[]
  readonly dns_names?: readonly string[]
}

/** A client that speaks TLS. */
export interface ClientTls {
  readonly server_name?: string
  /** What the client shows; absent = nothing. */
  readonly certificate?: ClientCertificate
}

/** Something that an answer shows: the first group of the first value of the header that matches. */
export interface Capture {
  readonly header: string
  readonly matches: string
}

export interface RequestStep {
  /** Address of loopback that the client has. */
  readonly from?: string
  readonly tls?: ClientTls
  readonly method?: string
  readonly path?: string
  readonly headers?: readonly Pair[]
  readonly body?: Text
  readonly chunks?: readonly Text[]
  readonly trailers?: readonly Pair[]
  readonly abort_after?: string
  readonly upstream?: AnswerScript
  readonly capture?: Readonly<Record<string, Capture>>
  readonly expect?: Expect
}

/** One thing that happens on a connection. */
export type ConnectionMove =
  | { readonly client: Text }
  | { readonly upstream: Text }
  | { readonly end: 'client' | 'upstream' }
  | { readonly reset: 'client' | 'upstream' }
  | { readonly wait: string }

export interface ExpectedConnection {
  readonly client?: ExpectedBody
  /** Null = no upstream was connected. */
  readonly upstream?: ExpectedBody | null
  readonly client_end?: 'open' | 'ended' | 'reset'
  readonly upstream_end?: 'open' | 'ended' | 'reset'
  readonly flags?: string
  readonly reason?: string
}

/** A connection to the listener: what both of its ends do, and what they must see. */
export interface ConnectionStep {
  readonly script: readonly ConnectionMove[]
  readonly expect?: ExpectedConnection
}

/** Scripted calls to a cluster, in order. */
export type Callouts = Readonly<Record<string, readonly { readonly answer?: AnswerScript; readonly expect?: ExpectedUpstream }[]>>

/** One step; `requests` holds one request, or the requests that run side by side. */
export type Step = { readonly callouts: Callouts } & (
  | { readonly kind: 'requests'; readonly requests: readonly RequestStep[] }
  | { readonly kind: 'connection'; readonly connection: ConnectionStep }
  | { readonly kind: 'advance'; readonly millis: number }
  | { readonly kind: 'metrics'; readonly metrics: Readonly<Record<string, ExpectedMetric>> }
  | { readonly kind: 'stats'; readonly values: Readonly<Record<string, number>> }
  | { readonly kind: 'prometheus'; readonly lines: readonly ExpectedSeries[] }
  | { readonly kind: 'logs'; readonly texts: readonly string[] }
  | { readonly kind: 'silent'; readonly texts: readonly string[] }
)

/** A filter of the chain with its configuration as the guest receives it; null = none. */
export interface ChainFilter {
  readonly filter: string
  readonly config: string | null
}

export interface Case {
  readonly id: string
  readonly title: string
  /** In chain order; the filter under test is at `subject`. */
  readonly chain: readonly ChainFilter[]
  readonly subject: number
  readonly failurePolicy: 'FAIL_CLOSED' | 'FAIL_OPEN' | 'FAIL_RELOAD'
  readonly allowOnHeadersStopIteration: boolean
  /** Envoy Route messages. */
  readonly routes: readonly object[]
  /** Its clients speak TLS. */
  readonly isSecure: boolean
  /** More fields of the HttpConnectionManager message. */
  readonly http: object
  /** Fields of the TcpProxy message; null = the listener speaks HTTP. */
  readonly tcp: object | null
  /** More fields of the PluginConfig message of the filter under test. */
  readonly plugin: object
  /** More fields of the VmConfig message of all plugins. */
  readonly vm: object
  /** Null = the configuration must be accepted; else the texts of the log. */
  readonly refusedLogs: readonly string[] | null
  readonly steps: readonly Step[]
  /** Texts that must not stand in anything that is said: logs, statistics, details, properties. */
  readonly secrets: readonly string[]
  /** Makes tokens of what steps have seen; null = the table has no keys. */
  readonly mint: TokenMint | null
  /** Reasons for which a judge does not run the case. */
  readonly skips: Readonly<Partial<Record<JudgeName, string>>>
}

export interface TableCluster {
  readonly kind: 'upstream' | 'tcp' | 'refused' | 'empty'
  /** The upstream speaks HTTP/2 instead of HTTP/1.1. */
  readonly http2: boolean
  /** More fields of the Cluster message. */
  readonly envoy: object
}

export interface Table {
  readonly file: string
  readonly filter: string
  readonly clusters: Readonly<Record<string, TableCluster>>
  readonly statsTags: readonly object[]
  /** When its tokens were made, in milliseconds; null = it has none, and its clock may show anything. */
  readonly loadedAt: number | null
  readonly cases: readonly Case[]
}
