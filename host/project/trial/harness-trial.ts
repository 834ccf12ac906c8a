/** A trial in the harness: the proxy's own chain, without sockets. */
import { SluiceError } from '../../errors.ts'
import { createTestHost, type TestHost, type TestHostOptions, type UpstreamRequest } from '../../testing/index.ts'
import { answerHead, requestHead, sentHeaders, type Seen, type SeenMessage, type Trial, type TrialInput } from './trial.ts'

/** As long as a filter may hold a request, in virtual time. */
const LIMIT = '60s'

/** Throws what the host says of a module or configuration that it refuses. */
export function tryInHarness(input: TrialInput, isTcp: boolean): Trial {
  const { module: wasm, name, rootId, config } = input
  const filter = { wasm, name, rootId, vmId: name, ...(config === null ? {} : { config }) }
  return { without: runOnce(input, isTcp, []), with: runOnce(input, isTcp, [filter]) }
}

function runOnce(input: TrialInput, isTcp: boolean, filters: TestHostOptions['filters']): Seen {
  const { clusters, answer, engine = 'v8' } = input
  const host = startHost({
    filters,
    engine,
    clusters: { up: 'upstream', ...Object.fromEntries([...clusters.keys()].map((name) => [name, 'upstream' as const])) },
    upstream: ({ cluster, isCallout }) => (isCallout ? { status: clusters.get(cluster) ?? 200 } : answer),
    ...(isTcp ? { tcp: {} } : {}),
  })
  const before = { metrics: counts(host), logs: host.logs().length }
  const messages = isTcp ? talk(host, input) : ask(host, input)
  const seen = {
    ...messages,
    callouts: host.upstreamRequests.filter(({ isCallout }) => isCallout).map((call) => calloutText(call, clusters)),
    logs: host
      .logs()
      .slice(before.logs)
      .map(({ level, text }) => ({ level, text })),
    metrics: grown(before.metrics, counts(host)),
  }
  host.close()
  return seen
}

/** As {@link createTestHost}; the fault of a plugin that refuses to start has what the plugin said about it. */
function startHost(options: TestHostOptions): TestHost {
  const lines: string[] = []
  try {
    return createTestHost({ ...options, onLog: ({ text }) => lines.push(text) })
  } catch (error) {
    if (!(error instanceof SluiceError) || error.code !== 'SLUICE_WASM_START' || lines.length === 0) throw error
    throw new SluiceError(error.code, error.message, { ...error.detail, seen: lines.join('; ') }, error)
  }
}

function ask(host: TestHost, { request }: TrialInput): Pick<Seen, 'upstream' | 'client'> {
  const { method, path, body } = request
  const stream = host.open({ method, path, headers: sentHeaders(request), ...(body === '' ? {} : { body }) })
  host.clock.advanceUntil(() => stream.isDone, LIMIT)
  const { status, headers, text, upstream } = stream.response
  return {
    upstream: upstream[0] === undefined ? null : messageOf(upstream[0]),
    client: { head: answerHead(status, headers), body: text },
  }
}

function messageOf({ method, path, headers, text }: UpstreamRequest): SeenMessage {
  return { head: requestHead(method, path, headers), body: text }
}

/** The client says its text and ends; the upstream answers and ends. */
function talk(host: TestHost, input: TrialInput): Pick<Seen, 'upstream' | 'client'> {
  const connection = host.tcp()
  connection.client.send(input.request.body)
  if (connection.hasUpstream) connection.upstream.send(input.answer.body)
  connection.client.end()
  if (connection.hasUpstream) connection.upstream.end()
  const upstream = connection.hasUpstream ? { head: [], body: connection.upstream.text } : null
  return { upstream, client: { head: [], body: connection.client.text } }
}

function calloutText({ cluster, method, path }: UpstreamRequest, clusters: ReadonlyMap<string, number>): string {
  return `${cluster}: ${method} ${path} -> ${clusters.get(cluster) ?? 200}`
}

function counts(host: TestHost): Record<string, number> {
  const entries = Object.entries(host.metrics()).map(([name, value]) => [name, typeof value === 'number' ? value : value.count])
  return Object.fromEntries(entries) as Record<string, number>
}

/** What has changed from `before` to `now`. */
export function grown(before: Readonly<Record<string, number>>, now: Readonly<Record<string, number>>): Record<string, number> {
  const changed = Object.entries(now).map(([name, value]): [string, number] => [name, value - (before[name] ?? 0)])
  return Object.fromEntries(changed.filter(([, difference]) => difference !== 0).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
