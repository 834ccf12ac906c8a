/** Runs the cases of a table in test hosts: no sockets, virtual time. */
import { existsSync, readFileSync } from 'node:fs'
import { SluiceError, SluiceErrors } from '../../errors.ts'
import type { EngineName } from '../../vm/engines.ts'
import type { ClusterKind } from '../clusters.ts'
import type { UpstreamAnswer, UpstreamRequest } from '../messages.ts'
import type { TestConnection, TestPeer } from '../test-connection.ts'
import { createTestHost, type HistogramValue, type TestHost } from '../test-host.ts'
import type { TestStream } from '../test-stream.ts'
import type { TestTlsFacts } from '../test-tls.ts'
import { parseDuration } from '../duration.ts'
import type { Exchange, Observation, SeenConnection, ArrivedRequest, Session, StepObservation } from './observation.ts'
import { requestOf, type ScriptedMessage } from './script.ts'
import type { Case, ClientTls, ConnectionStep, ConnectionMove, RequestStep, Step, Table, TableCluster } from './table.ts'
import { fillPlaceholders, textBytes } from './text.ts'
import { Captures } from './captures.ts'
import { Desk, type Claim } from './desk.ts'

/** As patient as the client on sockets. */
const ANSWER_LIMIT = '15s'
const LISTENER = '127.0.0.1:10000'
/** Start of the names of guests' metrics. */
const GUEST_PREFIX = 'wasmcustom.'

/** Where the module of a filter is. */
export type ModulePath = (filter: string) => string

export class HarnessSession implements Session {
  readonly slackMillis = 0
  readonly #table: Table
  readonly #modules: ModulePath
  readonly #engine: EngineName
  /** Only text in configurations and headers: nothing listens there. */
  readonly #addresses: ReadonlyMap<string, string>

  constructor(table: Table, modules: ModulePath, engine: EngineName) {
    this.#table = table
    this.#modules = modules
    this.#engine = engine
    this.#addresses = new Map(Object.keys(table.clusters).map((name, index) => [name, `127.0.0.1:${10001 + index}`]))
  }

  run(one: Case): Promise<Observation> {
    const lines: string[] = []
    const desk = new Desk<UpstreamRequest>()
    let host: TestHost
    try {
      host = this.#start(one, desk, lines)
    } catch (error) {
      if (!(error instanceof SluiceError || error instanceof SluiceErrors)) throw error
      const refusedLogs = [String(error), ...lines]
      const captures = new Captures(one.mint)
      return Promise.resolve({ refused: true, refusedLogs, steps: [], captures, stray: [], said: refusedLogs })
    }
    const captures = new Captures(one.mint, () => host.clock.wallMillis())
    const run = new HarnessRun(host, desk, lines, this.#addresses, captures)
    const steps = one.steps.map((step) => run.step(step)).map((finish) => finish())
    const said = run.said()
    host.close()
    return Promise.resolve({
      refused: false,
      refusedLogs: [],
      steps,
      captures,
      stray: desk.stray.map(seenRequest),
      said: [...lines, ...said],
    })
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  #start(one: Case, desk: Desk<UpstreamRequest>, lines: string[]): TestHost {
    return createTestHost({
      engine: this.#engine,
      filters: one.chain.map(({ filter, config }, index) => ({
        name: index === one.subject ? one.id : `${one.id}.${index}`,
        wasm: moduleBytes(this.#modules(filter)),
        vmId: `${this.#table.filter}.${one.id}`,
        ...(config === null ? {} : { config: fillPlaceholders(config, LISTENER, this.#addresses) }),
        failurePolicy: one.failurePolicy,
        allowOnHeadersStopIteration: one.allowOnHeadersStopIteration,
        plugin: index === one.subject ? one.plugin : {},
        vm: one.vm,
      })),
      routes: one.routes,
      clusters: Object.fromEntries(Object.entries(this.#table.clusters).map(([name, cluster]) => [name, kindOf(cluster)])),
      http: one.http,
      ...(one.tcp === null ? {} : { tcp: { stat_prefix: one.id, ...one.tcp } }),
      statsTags: this.#table.statsTags,
      ...(this.#table.loadedAt === null ? {} : { startTime: this.#table.loadedAt }),
      upstream: (request) => toUpstreamAnswer(desk.take(request.cluster, request.path, request)),
      onLog: ({ text }) => lines.push(Buffer.from(text, 'utf8').latin1Slice()),
    })
  }
}

class HarnessRun {
  readonly #host: TestHost
  readonly #desk: Desk<UpstreamRequest>
  readonly #lines: readonly string[]
  readonly #addresses: ReadonlyMap<string, string>
  readonly #captures: Captures
  readonly #streams: TestStream[] = []
  readonly #before: Record<string, number | HistogramValue>
  readonly #prometheusBefore: string

  constructor(
    host: TestHost,
    desk: Desk<UpstreamRequest>,
    lines: readonly string[],
    addresses: ReadonlyMap<string, string>,
    captures: Captures,
  ) {
    this.#host = host
    this.#desk = desk
    this.#lines = lines
    this.#addresses = addresses
    this.#captures = captures
    this.#before = host.stats()
    this.#prometheusBefore = host.prometheus()
  }

  /** Runs a step; requests may still arrive upstream until the case is over, so the result is read then. */
  step(raw: Step): () => StepObservation {
    const step = this.#captures.fill(raw)
    const claims = this.#desk.begin(step)
    if (step.kind === 'requests') return this.#requests(claims)
    const connection = step.kind === 'connection' ? this.#connection(step.connection) : null
    if (step.kind === 'advance') this.#host.clock.advance(step.millis)
    const callouts = this.#callouts()
    if (connection !== null) return always({ kind: 'connection', callouts, connection })
    if (step.kind === 'metrics') return always({ kind: 'metrics', callouts, values: this.#metrics(Object.keys(step.metrics)) })
    if (step.kind === 'stats') return always({ kind: 'stats', callouts, values: this.#stats(Object.keys(step.values)) })
    if (step.kind === 'logs' || step.kind === 'silent') return always({ kind: step.kind, callouts, lines: [...this.#lines] })
    if (step.kind === 'advance') return always({ kind: 'advance', callouts })
    return always({ kind: 'prometheus', callouts, before: this.#prometheusBefore, now: this.#host.prometheus() })
  }

  /** Statistics, and of each request what its log and other filters can read. */
  said(): string[] {
    const requests = this.#streams.flatMap(({ response, published }) => [response.details, ...published.values()])
    return [Object.keys(this.#host.stats()).join('\n'), this.#host.prometheus(), ...requests]
  }

  #connection({ script }: ConnectionStep): SeenConnection {
    const connection = this.#host.tcp()
    for (const move of script) this.#play(move, connection)
    const { client, flags, closeReason, hasUpstream } = connection
    const upstream = hasUpstream ? connection.upstream : null
    const seen: SeenConnection = {
      client: client.text,
      clientEnd: endOf(client),
      upstream: upstream?.text ?? null,
      upstreamEnd: upstream === null ? null : endOf(upstream),
      flags,
      reason: closeReason === '' ? '-' : closeReason,
    }
    client.reset()
    return seen
  }

  #play(move: ConnectionMove, connection: TestConnection): void {
    if ('wait' in move) return this.#host.clock.advance(parseDuration(move.wait))
    if ('client' in move) return void connection.client.send(textBytes(move.client))
    if ('upstream' in move) return void connection.upstream.send(textBytes(move.upstream))
    const [who, kind] = 'end' in move ? [move.end, 'end' as const] : [move.reset, 'reset' as const]
    connection[who][kind]()
  }

  #requests(claims: readonly Claim<UpstreamRequest>[]): () => StepObservation {
    const streams = claims.map((claim) => this.#open(claim.step))
    const inTime = this.#host.clock.advanceUntil(() => streams.every((stream) => stream.isDone), ANSWER_LIMIT)
    if (!inTime) for (const stream of streams) stream.leave()
    const exchanges = streams.map((stream, at) => toExchange(stream, claims[at]!, inTime))
    this.#captures.note(
      claims.map(({ step }) => step),
      exchanges,
    )
    const callouts = this.#callouts()
    return () => ({
      kind: 'requests',
      callouts,
      exchanges: exchanges.map((seen, at) => ({ ...seen, upstream: claims[at]!.arrived.map(seenRequest) })),
    })
  }

  #open(step: RequestStep): TestStream {
    const { from, method, path, headers, body, chunks, trailers, abortMillis } = requestOf(step, LISTENER, this.#addresses)
    const hasHost = headers.some(([name]) => name.toLowerCase() === 'host')
    const stream = this.#host.open({
      method,
      path,
      connection: { remoteAddress: `${from}:50000`, ...(step.tls === undefined ? {} : { tls: tlsFacts(step.tls) }) },
      headers: hasHost ? headers : [['host', 'case.test'], ...headers],
      ...(chunks !== null ? { chunks } : body === '' ? {} : { body }),
      ...(trailers.length === 0 ? {} : { trailers }),
    })
    if (abortMillis !== null) this.#host.clock.create(() => stream.leave()).arm(abortMillis)
    this.#streams.push(stream)
    return stream
  }

  #callouts(): StepObservation['callouts'] {
    return this.#desk.callouts((_cluster, request) => seenRequest(request))
  }

  #metrics(names: readonly string[]): Record<string, number> {
    const values = this.#stats(names.map((name) => GUEST_PREFIX + name))
    return Object.fromEntries(names.map((name) => [name, values[GUEST_PREFIX + name]!]))
  }

  #stats(names: readonly string[]): Record<string, number> {
    const now = this.#host.stats()
    return Object.fromEntries(names.map((name) => [name, numberOf(now[name]) - numberOf(this.#before[name])]))
  }
}

function tlsFacts({ server_name: serverName = '', certificate }: ClientTls): TestTlsFacts {
  if (certificate === undefined) return { serverName }
  const { subject = 'CN=client', uri_names: uriNames = [], dns_names: dnsNames = [] } = certificate
  return { serverName, certificate: { subject, uriNames, dnsNames } }
}

function toExchange(stream: TestStream, claim: Claim<UpstreamRequest>, inTime: boolean): Exchange {
  const { response } = stream
  const aborted = claim.step.abort_after !== undefined
  return {
    status: aborted ? 0 : response.status,
    headers: response.headers,
    body: response.text,
    trailers: response.trailers,
    reset: response.isReset || !inTime,
    aborted,
    tookMillis: response.tookMillis,
    upstream: [],
    details: response.details === '' ? '-' : response.details,
    flags: response.flags,
  }
}

function seenRequest({ cluster, method, path, headers, text, trailers }: UpstreamRequest): ArrivedRequest {
  return { cluster, method, path, headers, body: text, trailers }
}

function toUpstreamAnswer({
  status,
  headers,
  body,
  chunks,
  trailers,
  messages,
  early,
  delayMillis,
  fail,
}: ScriptedMessage): UpstreamAnswer {
  return {
    status,
    headers,
    ...(messages !== null ? { messages } : chunks !== null ? { chunks } : { body }),
    ...(early ? { early } : {}),
    ...(trailers.length === 0 ? {} : { trailers }),
    delay: delayMillis,
    ...(fail === null ? {} : { fail }),
  }
}

/** The other end of a closed connection sees an end. */
function endOf({ state }: TestPeer): SeenConnection['clientEnd'] {
  return state === 'closed' ? 'ended' : state
}

function kindOf({ kind, http2 }: TableCluster): ClusterKind {
  if (kind === 'tcp') return 'upstream'
  return http2 && kind === 'upstream' ? 'http2' : kind
}

function numberOf(value: number | HistogramValue | undefined): number {
  return typeof value === 'object' ? value.count : (value ?? 0)
}

function always(seen: StepObservation): () => StepObservation {
  return () => seen
}

const modulesByPath = new Map<string, Uint8Array>()

function moduleBytes(path: string): Uint8Array {
  let bytes = modulesByPath.get(path)
  if (bytes === undefined) {
    if (!existsSync(path)) throw new Error(`no module: seen no file ${path}`)
    modulesByPath.set(path, (bytes = readFileSync(path)))
  }
  return bytes
}
