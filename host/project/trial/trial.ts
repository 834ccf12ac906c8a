/** One request, or connection, through a filter and once without it: what there is to compare. */
import type { EngineName } from '../../vm/engines.ts'

/** Names and values in order; names are lower-case. */
export type TrialHeaders = readonly (readonly [string, string])[]

/** What is sent through the filter, and what answers it. */
export interface TrialInput {
  /** Path of the module. */
  readonly module: string
  /** Of the plugin; also its vm_id. */
  readonly name: string
  readonly rootId: string
  /** The plugin configuration as text; null = none. */
  readonly config: string | null
  /** Status that each cluster answers which the filter calls. */
  readonly clusters: ReadonlyMap<string, number>
  readonly request: TrialRequest
  readonly answer: TrialAnswer
  readonly engine?: EngineName
}

export interface TrialRequest {
  readonly method: string
  readonly path: string
  readonly headers: TrialHeaders
  /** Text; of a connection, all that the client says. */
  readonly body: string
}

export interface TrialAnswer {
  readonly status: number
  readonly headers: TrialHeaders
  /** Text; of a connection, all that the upstream says. */
  readonly body: string
}

/** A message as lines: first line and headers, and its body. */
export interface SeenMessage {
  readonly head: readonly string[]
  readonly body: string
}

/** What came of it. */
export interface Seen {
  /** What arrived at the upstream; null = nothing. */
  readonly upstream: SeenMessage | null
  /** What the client got. */
  readonly client: SeenMessage
  /** The calls of the filter: `auth: GET /check -> 200`. */
  readonly callouts: readonly string[]
  readonly logs: readonly { readonly level: string; readonly text: string }[]
  /** Counters and gauges of the filter, as they have grown. */
  readonly metrics: Readonly<Record<string, number>>
}

export interface Trial {
  readonly without: Seen
  readonly with: Seen
}

/** Where a request without `host` goes. */
const HOST = 'example.com'
/** The proxy would draw one; a fixed one makes both runs alike. */
const REQUEST_ID = '7e57ab1e-0000-4000-8000-000000000001'

/** The headers that are sent: those given, and what every request has. */
export function sentHeaders({ headers }: TrialRequest): [string, string][] {
  const given = headers.map(([name, value]): [string, string] => [name, value])
  const standard: [string, string][] = [
    ['host', HOST],
    ['x-request-id', REQUEST_ID],
  ]
  const names = new Set(given.map(([name]) => name))
  return [...standard.filter(([name]) => !names.has(name)), ...given]
}

/** A request as it stands in {@link SeenMessage}. */
export function requestHead(method: string, path: string, headers: TrialHeaders): string[] {
  return [`${method} ${path}`, ...headerLines(headers)]
}

/** An answer as it stands in {@link SeenMessage}; status 0 = the connection was closed without one. */
export function answerHead(status: number, headers: TrialHeaders): string[] {
  return [status === 0 ? 'no answer' : String(status), ...headerLines(headers)]
}

/** Headers whose values differ from run to run, whatever a filter does. */
const VOLATILE = new Set(['date', 'x-envoy-upstream-service-time'])

/** Sorted by name: proxies order what they add differently. */
function headerLines(headers: TrialHeaders): string[] {
  const fields = headers.filter(([name]) => !name.startsWith(':') && !VOLATILE.has(name))
  return fields.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([name, value]) => `${name}: ${value}`)
}
