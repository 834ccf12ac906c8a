/** A trial over sockets: a proxy with two listeners, one past the filters, between a client and upstreams. */
import { talkOnce, askOnce, TrialUpstream } from './trial-peers.ts'
import { trialBootstrap, WITH, WITHOUT } from './trial-bootstrap.ts'
import type { StartProxy, TrialProxy } from './trial-proxy.ts'
import {
  grown,
  seenAnswer,
  seenBytes,
  sentHeaders,
  type Seen,
  type Trial,
  type TrialAnswer,
  type TrialRequest,
  type TrialSetup,
} from './trial.ts'

/** What came of a request, and what its client is to get. */
export interface TriedRequest {
  readonly trial: Trial
  readonly answer: TrialAnswer
}

export class SocketTrial {
  readonly #setup: TrialSetup
  readonly #proxy: TrialProxy
  readonly #peers: TrialPeers

  private constructor(setup: TrialSetup, proxy: TrialProxy, peers: TrialPeers) {
    this.#setup = setup
    this.#proxy = proxy
    this.#peers = peers
  }

  /** Throws what the proxy says of filters that it refuses. */
  static async start(setup: TrialSetup, startProxy: StartProxy): Promise<SocketTrial> {
    const peers = await TrialPeers.start(setup)
    try {
      return new SocketTrial(setup, await startProxy(trialBootstrap(setup, peers.ports)), peers)
    } catch (error) {
      peers.stop()
      throw error
    }
  }

  /** Sends a request past the filters and through them. One after the other only: it is all that the upstreams see. */
  async ask(request: TrialRequest): Promise<TriedRequest> {
    const sent = { ...request, headers: sentHeaders(request) }
    const [without] = await this.#observe(WITHOUT, (port) => askOnce(port, sent), seenAnswer)
    const [seen, answer] = await this.#observe(WITH, (port) => askOnce(port, sent), seenAnswer)
    return { trial: { without, with: seen }, answer }
  }

  /** The same with what a client says on a connection. */
  async talk(bytes: string): Promise<Trial> {
    const [without] = await this.#observe(WITHOUT, (port) => talkOnce(port, bytes), seenBytes)
    const [seen] = await this.#observe(WITH, (port) => talkOnce(port, bytes), seenBytes)
    return { without, with: seen }
  }

  async stop(): Promise<void> {
    await this.#proxy.stop()
    this.#peers.stop()
  }

  async #observe<T>(
    listener: string,
    send: (port: number) => Promise<T>,
    toClient: (answer: T) => Seen['client'],
  ): Promise<[Seen, T]> {
    const before = { metrics: await this.#proxy.metrics(), logs: this.#proxy.logs().length }
    const answer = await send(this.#proxy.port(listener))
    const metrics = grown(before.metrics, await this.#proxy.metrics())
    const messages = { ...this.#peers.take(this.#setup.clusters), client: toClient(answer) }
    return [{ ...messages, logs: this.#proxy.logs().slice(before.logs), metrics }, answer]
  }
}

/** The upstream, and the clusters that the filters call. */
class TrialPeers {
  readonly #up: TrialUpstream
  readonly #clusters: ReadonlyMap<string, TrialUpstream>

  private constructor(up: TrialUpstream, clusters: ReadonlyMap<string, TrialUpstream>) {
    this.#up = up
    this.#clusters = clusters
  }

  static async start({ answer, isTcp, clusters }: TrialSetup): Promise<TrialPeers> {
    const up = await (isTcp ? TrialUpstream.tcp(answer) : TrialUpstream.http(answer))
    const started = new Map<string, TrialUpstream>()
    for (const [name, status] of clusters) started.set(name, await TrialUpstream.http({ status, headers: [], body: '' }))
    return new TrialPeers(up, started)
  }

  get ports(): { readonly up: number; readonly clusters: ReadonlyMap<string, number> } {
    return { up: this.#up.port, clusters: new Map([...this.#clusters].map(([name, { port }]) => [name, port])) }
  }

  /** What came since the last time. */
  take(statuses: ReadonlyMap<string, number>): Pick<Seen, 'upstream' | 'callouts'> {
    const calls = [...this.#clusters].flatMap(([name, cluster]) => cluster.take().map(({ head }) => ({ name, line: head[0]! })))
    const callouts = calls.map(({ name, line }) => `${name}: ${line} -> ${statuses.get(name)}`)
    return { upstream: this.#up.take()[0] ?? null, callouts }
  }

  stop(): void {
    for (const upstream of [this.#up, ...this.#clusters.values()]) upstream.stop()
  }
}
