/** A trial in the harness: the proxy's own chain, without sockets. */
import { createTestHost, type TestHost, type TestHostOptions, type UpstreamRequest } from '../../testing/index.ts'
import { inGuestWords } from './guest-words.ts'
import type { PluginMessage } from './plugin-message.ts'
import { grown, seenAnswer, seenBytes, seenRequest, sentHeaders, type Seen, type Trial, type TrialInput } from './trial.ts'

/** As long as a filter may hold a request, in virtual time. */
const LIMIT = '60s'

/** Throws what the host says of a module or configuration that it refuses. */
export function tryInHarness(input: TrialInput): Trial {
  return { without: runOnce(input, []), with: runOnce(input, input.plugins) }
}

function runOnce(input: TrialInput, plugins: readonly PluginMessage[]): Seen {
  const { clusters, answer, isTcp, engine = 'v8' } = input
  const host = startHost({
    // The message says where the module is.
    filters: plugins.map((plugin) => ({ wasm: '', plugin })),
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
    throw inGuestWords(error, lines)
  }
}

function ask(host: TestHost, { request }: TrialInput): Pick<Seen, 'upstream' | 'client'> {
  const { method, path, body } = request
  const stream = host.open({ method, path, headers: sentHeaders(request), ...(body === '' ? {} : { body }) })
  host.clock.advanceUntil(() => stream.isDone, LIMIT)
  const { status, headers, text, upstream } = stream.response
  return {
    upstream: upstream[0] === undefined ? null : seenRequest({ ...upstream[0], body: upstream[0].text }),
    client: seenAnswer({ status, headers, body: text }),
  }
}

/** The client says its text and ends; the upstream answers and ends. */
function talk(host: TestHost, input: TrialInput): Pick<Seen, 'upstream' | 'client'> {
  const connection = host.tcp()
  connection.client.send(input.request.body)
  if (connection.hasUpstream) connection.upstream.send(input.answer.body)
  connection.client.end()
  if (connection.hasUpstream) connection.upstream.end()
  const upstream = connection.hasUpstream ? seenBytes(connection.upstream.text) : null
  return { upstream, client: seenBytes(connection.client.text) }
}

function calloutText({ cluster, method, path }: UpstreamRequest, clusters: ReadonlyMap<string, number>): string {
  return `${cluster}: ${method} ${path} -> ${clusters.get(cluster) ?? 200}`
}

function counts(host: TestHost): Record<string, number> {
  const entries = Object.entries(host.metrics()).map(([name, value]) => [name, typeof value === 'number' ? value : value.count])
  return Object.fromEntries(entries) as Record<string, number>
}
