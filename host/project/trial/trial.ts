/** One request, or connection, through filters and once without them: what there is to compare. */
import { fromByteString } from '../../util/bytes.ts'
import type { EngineName } from '../../vm/engines.ts'
import type { TrialChain } from './trial-chain.ts'

/** Names and values in order; names are lower-case. */
export type TrialHeaders = readonly (readonly [string, string])[]

/** Filters, and what is around them. */
export interface TrialSetup extends TrialChain {
  /** Status that each cluster answers which the filters call. */
  readonly clusters: ReadonlyMap<string, number>
  readonly answer: TrialAnswer
  /** Runs the filters, unless Envoy does; default `v8`. */
  readonly engine?: EngineName
}

/** What is sent through the filters, and what answers it. */
export interface TrialInput extends TrialSetup {
  readonly request: TrialRequest
}

export interface TrialRequest {
  readonly method: string
  readonly path: string
  readonly headers: TrialHeaders
  /** Byte string; of a connection, all that the client says. */
  readonly body: string
}

export interface TrialAnswer {
  readonly status: number
  readonly headers: TrialHeaders
  /** Byte string; of a connection, all that the upstream says. */
  readonly body: string
}

/** A message for people: first line and headers, and its body as text. */
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
  /** The calls of the filters: `auth: GET /check -> 200`. */
  readonly callouts: readonly string[]
  readonly logs: readonly { readonly level: string; readonly text: string }[]
  /** Counters and gauges of the filters, as they have grown. */
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

/** A request for people. */
export function seenRequest({ method, path, headers, body }: TrialRequest): SeenMessage {
  return { head: [`${method} ${path}`, ...headerLines(headers)], body: textOf(body) }
}

/** An answer for people; status 0 = the connection was closed without one. */
export function seenAnswer({ status, headers, body }: TrialAnswer): SeenMessage {
  return { head: [status === 0 ? 'no answer' : String(status), ...headerLines(headers)], body: textOf(body) }
}

/** What came on a connection, for people. */
export function seenBytes(body: string): SeenMessage {
  return { head: [], body: textOf(body) }
}

/** Headers whose values differ from run to run, whatever a filter does. */
const VOLATILE = new Set(['date', 'x-envoy-upstream-service-time'])

/** Sorted by name: proxies order what they add differently. */
function headerLines(headers: TrialHeaders): string[] {
  const fields = headers.filter(([name]) => !name.startsWith(':') && !VOLATILE.has(name))
  return fields.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([name, value]) => `${name}: ${value}`)
}

function textOf(byteString: string): string {
  return fromByteString(byteString).toString('utf8')
}

/** What has changed from `before` to `now`. */
export function grown(before: Readonly<Record<string, number>>, now: Readonly<Record<string, number>>): Record<string, number> {
  const changed = Object.entries(now).map(([name, value]): [string, number] => [name, value - (before[name] ?? 0)])
  return Object.fromEntries(changed.filter(([, difference]) => difference !== 0).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
