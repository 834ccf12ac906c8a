/** Runs one case against a proxy that listens on a socket: the host or Envoy. */
import { setTimeout as sleep } from 'node:timers/promises'
import { exchange, type ClientResponse } from '../../support/client.ts'
import { exchangeHttp2 } from '../../support/http2-client.ts'
import type { WireMessage } from '../../support/http-text.ts'
import { poll } from '../../support/poll.ts'
import { Captures } from '../../../host/testing/cases/captures.ts'
import { stepHolds } from '../../../host/testing/cases/compare.ts'
import type { Exchange, Observation, ArrivedRequest, StepObservation } from '../../../host/testing/cases/observation.ts'
import { requestOf } from '../../../host/testing/cases/script.ts'
import type { Case, ConnectionStep, Pair, RequestStep, Step } from '../../../host/testing/cases/table.ts'
import type { Claim } from '../../../host/testing/cases/desk.ts'
import { playConnection } from './socket-connection.ts'
import { readsPrometheus, SocketStatistics, type Admin } from './socket-statistics.ts'
import type { SocketTls } from './socket-tls.ts'
import type { SocketUpstreams } from './socket-upstreams.ts'

/** What a proxy shows beside its answers. */
export interface SocketProxy {
  readonly listenerPort: number
  readonly upstreams: SocketUpstreams
  /** Null = no client of the table speaks TLS. */
  readonly tls: SocketTls | null
  /** Text of the access log so far. */
  accessLog(): string
  /** Messages that the guests of the case have logged so far. */
  guestLogs(): readonly string[]
  /** Waits until what was recorded so far is shown; for proxies that publish histograms from time to time. */
  settleHistograms(): Promise<void>
  readonly admin: Admin
}

/** Runs every step. */
export async function runOnSockets(one: Case, proxy: SocketProxy): Promise<Observation> {
  const captures = new Captures(one.mint)
  const desk = proxy.upstreams.reset()
  // Samples of the case before must not count as ours.
  if (readsPrometheus(one)) await proxy.settleHistograms()
  const statistics = await SocketStatistics.begin(one, proxy.admin)
  const run = new SocketRun(proxy, captures, statistics)
  const steps: (() => StepObservation)[] = []
  for (const step of one.steps) steps.push(await run.step(step))
  const observed = steps.map((finish) => finish())
  return {
    refused: false,
    refusedLogs: [],
    steps: observed,
    captures,
    stray: desk.stray.map(({ cluster, message }) => seenRequest(cluster, message)),
    said: [...proxy.guestLogs(), proxy.accessLog(), ...(await statistics.said())],
  }
}

class SocketRun {
  readonly #proxy: SocketProxy
  readonly #captures: Captures
  readonly #statistics: SocketStatistics

  constructor(proxy: SocketProxy, captures: Captures, statistics: SocketStatistics) {
    this.#proxy = proxy
    this.#captures = captures
    this.#statistics = statistics
  }

  /** Runs a step; the result is read when the case is over, since requests may arrive late. */
  async step(raw: Step): Promise<() => StepObservation> {
    const step = this.#captures.fill(raw)
    const claims = this.#proxy.upstreams.desk.begin(step)
    if (step.kind === 'requests') return this.#requests(claims)
    if (step.kind === 'connection') return this.#connection(step.connection)
    if (step.kind === 'advance') await sleep(step.millis)
    const observe = async (): Promise<StepObservation> => ({ callouts: this.#callouts(), ...(await this.#state(step)) })
    const seen = await poll(observe, (value) => stepHolds(step, value), POLL_LIMIT)
    return () => seen
  }

  async #requests(claims: readonly Claim<Arrival>[]): Promise<() => StepObservation> {
    const logStart = this.#proxy.accessLog().length
    const responses = await Promise.all(claims.map((claim) => this.#send(claim.step)))
    const lines = await Promise.all(claims.map((claim, at) => this.#logLine(claim.step, responses[at]!, logStart)))
    const callouts = this.#callouts()
    const exchanges = (): Exchange[] => claims.map((claim, at) => toExchange(claim, responses[at]!, lines[at]!))
    this.#captures.note(
      claims.map(({ step }) => step),
      exchanges(),
    )
    return () => ({
      kind: 'requests',
      callouts,
      exchanges: exchanges(),
    })
  }

  async #connection(step: ConnectionStep): Promise<() => StepObservation> {
    const { listenerPort, upstreams } = this.#proxy
    const logStart = this.#proxy.accessLog().length
    const findLine = (localPort: number): Promise<readonly [string, string] | null> =>
      this.#findLine(`${LOOPBACK}:${localPort}`, logStart)
    const connection = await playConnection(step, listenerPort, upstreams.connections, findLine)
    const callouts = this.#callouts()
    return () => ({ kind: 'connection', callouts, connection })
  }

  #send(step: RequestStep): Promise<ClientResponse> {
    const { listenerPort, upstreams, tls } = this.#proxy
    const request = requestOf(step, `${LOOPBACK}:${listenerPort}`, upstreams.addresses)
    return step.tls === undefined ? send(listenerPort, request) : exchange(listenerPort, request, tls!.optionsOf(step.tls))
  }

  /** `[flags, details]` of the request's log line; it is waited for only where the case looks at it. */
  async #logLine(step: RequestStep, response: ClientResponse, from: number): Promise<readonly [string, string] | null> {
    if (step.expect?.details === undefined && step.expect?.flags === undefined) return null
    return this.#findLine(`${step.from ?? LOOPBACK}:${response.localPort}`, from)
  }

  /** The two fields behind our address. */
  async #findLine(client: string, from: number): Promise<readonly [string, string] | null> {
    const key = `${client}\t`
    const find = (): string | undefined =>
      this.#proxy
        .accessLog()
        .slice(from)
        .split('\n')
        .findLast((line) => line.startsWith(key))
    const line = await poll(find, (found) => found !== undefined, POLL_LIMIT)
    const [, flags = '', details = ''] = line?.split('\t') ?? []
    return line === undefined ? null : [flags, details]
  }

  #callouts(): StepObservation['callouts'] {
    return this.#proxy.upstreams.desk.callouts((cluster, { message }) => seenRequest(cluster, message))
  }

  async #state(step: Step): Promise<PlainState> {
    const statistics = this.#statistics
    if (step.kind === 'metrics') return { kind: 'metrics', values: await statistics.metrics(Object.keys(step.metrics)) }
    if (step.kind === 'stats') return { kind: 'stats', values: await statistics.stats(Object.keys(step.values)) }
    if (step.kind === 'prometheus') return { kind: 'prometheus', ...(await statistics.prometheus()) }
    if (step.kind === 'logs' || step.kind === 'silent') return { kind: step.kind, lines: this.#proxy.guestLogs() }
    return { kind: 'advance' }
  }
}

/** What a client without TLS speaks: `SLUICE_CLIENT=http2` for HTTP/2. */
const send = process.env['SLUICE_CLIENT'] === 'http2' ? exchangeHttp2 : exchange

const LOOPBACK = '127.0.0.1'

/** How long a state is asked for until it is what the case wants. */
const POLL_LIMIT = 1500

/** A request as the recording upstream has it. */
export interface Arrival {
  readonly cluster: string
  readonly message: WireMessage
}

type WithoutCallouts<T> = T extends unknown ? Omit<T, 'callouts'> : never
type PlainState = WithoutCallouts<StepObservation>

function toExchange(claim: Claim<Arrival>, response: ClientResponse, line: readonly [string, string] | null): Exchange {
  const { message } = response
  return {
    status: message === null ? 0 : Number(message.startLine.split(' ')[1]),
    headers: lowerNames(message?.headers ?? []),
    body: message?.body ?? '',
    trailers: lowerNames(message?.trailers ?? []),
    reset: response.reset,
    aborted: claim.step.abort_after !== undefined,
    tookMillis: response.tookMillis,
    upstream: claim.arrived.map(({ cluster, message: request }) => seenRequest(cluster, request)),
    flags: line?.[0] ?? null,
    details: line?.[1] ?? null,
  }
}

function seenRequest(cluster: string, message: WireMessage): ArrivedRequest {
  const [method = '', path = ''] = message.startLine.split(' ')
  const { body, trailers } = message
  return { cluster, method, path, headers: lowerNames(message.headers), body, trailers: lowerNames(trailers) }
}

function lowerNames(pairs: readonly Pair[]): Pair[] {
  return pairs.map(([name, value]) => [name.toLowerCase(), value])
}
