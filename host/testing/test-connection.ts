/**
 * A connection to a test host without a wire: both of its ends, the client and the upstream, are played by the test.
 *
 *     const connection = host.tcp()
 *     connection.client.send('hello')
 *     connection.upstream.send('welcome').end()
 */
import type { ConnectRequest, TcpUpstreams, UpstreamTransport } from '../chain/tcp/tcp-upstreams.ts'
import type { StreamInfo } from '../http/stream-info.ts'
import { flagNames } from '../route/format/response-flags.ts'
import type { CloseKind, TransportEvents } from '../tcp/transport.ts'
import type { ClusterKind } from './clusters.ts'
import { bodyBytes, type BodyInit } from './body-bytes.ts'
import type { VirtualTime } from './virtual-time.ts'

/** One end of a connection through the host. */
export class TestPeer implements UpstreamTransport {
  readonly localAddress = '127.0.0.1:50001'
  readonly #time: VirtualTime
  readonly #waiting: { readonly bytes: Buffer; readonly end: boolean }[] = []
  #events: TransportEvents | null = null
  #pauses = 1
  #received: Buffer[] = []
  #state: 'open' | 'ended' | 'closed' | 'reset' = 'open'
  #hasLeft = false

  constructor(time: VirtualTime) {
    this.#time = time
  }

  /** What came, as a byte string. */
  get text(): string {
    return Buffer.concat(this.#received).latin1Slice()
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#received)
  }

  /** `ended`: the other half; `closed`, `reset`: both, and this end did nothing for it. */
  get state(): 'open' | 'ended' | 'closed' | 'reset' {
    return this.#state
  }

  /** The host reads nothing from this end now: what is sent waits. */
  get isHeld(): boolean {
    return this.#pauses > 0
  }

  /** Sends bytes; text as {@link BodyInit} says. */
  send(bytes: BodyInit): this {
    return this.#queue(bodyBytes(bytes), false)
  }

  /** Ends this end's half. */
  end(): this {
    return this.#queue(Buffer.alloc(0), true)
  }

  /** Resets the connection. */
  reset(): void {
    if (this.#hasLeft) return
    this.#hasLeft = true
    this.#waiting.length = 0
    this.#events?.onReset()
    this.#time.settle()
  }

  // The host's side.

  attach(events: TransportEvents): void {
    this.#events = events
    this.resumeReads()
  }

  write(bytes: Buffer, endStream: boolean): void {
    if (bytes.length > 0) this.#received.push(bytes)
    if (endStream && this.#state === 'open') this.#state = 'ended'
  }

  pauseReads(): void {
    this.#pauses++
  }

  resumeReads(): void {
    if (--this.#pauses === 0 && this.#waiting.length > 0) this.#time.defer(() => this.#deliver())
  }

  close(kind: CloseKind): void {
    this.#hasLeft = true
    if (this.#state === 'open' || this.#state === 'ended') this.#state = kind === 'reset' ? 'reset' : 'closed'
  }

  #queue(bytes: Buffer, end: boolean): this {
    this.#waiting.push({ bytes, end })
    this.#deliver()
    this.#time.settle()
    return this
  }

  #deliver(): void {
    while (this.#pauses === 0 && !this.#hasLeft) {
      const next = this.#waiting.shift()
      if (next === undefined) return
      this.#events!.onData(next.bytes, next.end)
    }
  }
}

/** A connection of a test host. */
export class TestConnection {
  readonly client: TestPeer
  readonly #info: StreamInfo
  readonly #upstreams: ScriptedConnections

  constructor(client: TestPeer, info: StreamInfo, upstreams: ScriptedConnections) {
    this.client = client
    this.#info = info
    this.#upstreams = upstreams
  }

  /** True once there is an upstream. */
  get hasUpstream(): boolean {
    return this.#upstreams.peers.has(this.#info)
  }

  /** The upstream's end; throws while there is none. */
  get upstream(): TestPeer {
    const peer = this.#upstreams.peers.get(this.#info)
    if (peer === undefined) throw new Error('No upstream: no filter has let the connection pass, or it was refused')
    return peer
  }

  /** Cluster of the upstream, '' = none yet. */
  get cluster(): string {
    return this.#info.clusterName
  }

  /** As in the access log. */
  get flags(): string {
    return flagNames(this.#info.responseFlags, true) ?? '-'
  }

  /** Why the host ended it, as in the access log; '' = it did not. */
  get closeReason(): string {
    return this.#info.localCloseReason
  }
}

/** Upstreams of connections by the kinds of their clusters; each takes a connection at once. */
export class ScriptedConnections implements TcpUpstreams {
  readonly peers = new WeakMap<StreamInfo, TestPeer>()
  readonly #time: VirtualTime
  readonly #clusters: Readonly<Record<string, ClusterKind>>
  readonly #bufferLimit: (cluster: string) => number

  constructor(time: VirtualTime, clusters: Readonly<Record<string, ClusterKind>>, bufferLimit: (cluster: string) => number) {
    this.#time = time
    this.#clusters = clusters
    this.#bufferLimit = bufferLimit
  }

  bufferLimit(cluster: string): number {
    return this.#bufferLimit(cluster)
  }

  connect(cluster: string, request: ConnectRequest): { abandon(): void } | null {
    const kind = this.#clusters[cluster]
    if (kind !== undefined) request.info.clusterName = cluster
    if (kind === undefined || kind === 'empty') {
      request.onConnectFailed({ kind: kind === undefined ? 'no_cluster' : 'no_endpoint' })
      return null
    }
    request.info.attemptCount++
    let isWanted = true
    this.#time.defer(() => {
      if (isWanted) this.#answer(kind, request)
    })
    return { abandon: () => void (isWanted = false) }
  }

  countGivenUp(): void {}

  #answer(kind: ClusterKind, request: ConnectRequest): void {
    if (kind === 'refused') return request.onConnectFailed({ kind, transport: 'delayed connect error: Connection refused' })
    const peer = new TestPeer(this.#time)
    this.peers.set(request.info, peer)
    request.info.upstreamAddress = '127.0.0.1:10001'
    request.onConnected(peer)
  }
}
