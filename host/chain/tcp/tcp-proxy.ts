/**
 * The end of a connection's chain (hot): finds an upstream when the connection has passed the filters, carries bytes
 * there and back, and watches the time (source/common/tcp_proxy/tcp_proxy.cc).
 */
import type { BodyBuffer } from '../../http/body-buffer.ts'
import { ResponseFlag, type StreamInfo } from '../../http/stream-info.ts'
import { chooseTcpCluster } from '../../route/cluster-choice.ts'
import type { CloseKind, TransportEvents } from '../../tcp/transport.ts'
import type { Timer } from '../../util/timers.ts'
import { asBuffer } from '../filter-path.ts'
import type { TcpSettings } from './tcp-settings.ts'
import type { ConnectFailure, ConnectAttempt, ConnectRequest, UpstreamTransport } from './tcp-upstreams.ts'

/** The client's side of the connection. */
export interface ProxiedConnection {
  readonly info: StreamInfo
  /** There is an upstream: the client may speak. */
  onUpstreamReady(): void
  onUpstreamData(bytes: Buffer, endStream: boolean): void
  /** The upstream's half has ended, and the filters have seen it. */
  onUpstreamEnded(): void
  /** The upstream has reset its connection. */
  onUpstreamReset(): void
  /** There is no upstream, or no time: the connection ends at once; `reason` goes to its log. */
  onGivenUp(reason: string): void
  /** The upstream takes bytes slowly; calls come in pairs. */
  pauseClient(): void
  resumeClient(): void
}

/** A connection is not routed by headers. */
const NOTHING = Buffer.alloc(0)

/** Envoy's numbers in its reason for closing a connection without upstream (and its spelling of that reason). */
const FAILURE_NUMBERS = { refused: 0, no_endpoint: 1, overflow: 2, no_cluster: 3 } as const

const FAILURE_FLAGS = {
  refused: ResponseFlag.UpstreamConnectionFailure | ResponseFlag.UpstreamRetryLimitExceeded,
  no_endpoint: ResponseFlag.NoHealthyUpstream,
  overflow: ResponseFlag.UpstreamOverflow,
  no_cluster: ResponseFlag.NoClusterFound,
} as const

export class TcpProxy implements ConnectRequest, TransportEvents {
  readonly info: StreamInfo
  /** The connection has passed the filters. */
  isStarted = false
  /** Most bytes of the upstream that may wait for a filter. */
  bufferLimit = 0
  readonly #owner: ProxiedConnection
  readonly #settings: TcpSettings
  #cluster = ''
  #attempts = 0
  #attempt: ConnectAttempt | null = null
  #upstream: UpstreamTransport | null = null
  #isReadEnded = false
  #isWriteEnded = false
  #idle: Timer | null = null
  #duration: Timer | null = null

  constructor(owner: ProxiedConnection, settings: TcpSettings) {
    this.#owner = owner
    this.info = owner.info
    this.#settings = settings
  }

  get isConnected(): boolean {
    return this.#upstream !== null
  }

  /** Both halves of the upstream's connection have ended. */
  get isOver(): boolean {
    return this.#isReadEnded && this.#isWriteEnded
  }

  start(): void {
    const { config, services, upstreams } = this.#settings
    this.isStarted = true
    this.#cluster = chooseTcpCluster(config.cluster, services.random.fraction())
    this.bufferLimit = upstreams.bufferLimit(this.#cluster)
    if (config.maxConnectionDuration > 0) {
      this.#duration = services.timers.create(() => this.#onDuration())
      this.#duration.arm(config.maxConnectionDuration)
    }
    this.#connect()
  }

  /** Sends everything in `bytes`, which is empty afterwards. */
  write(bytes: BodyBuffer, endStream: boolean): void {
    const upstream = this.#upstream!
    this.#touch()
    for (const chunk of bytes.chunks) upstream.write(asBuffer(chunk), false)
    bytes.clear()
    if (!endStream || this.#isWriteEnded) return
    this.#isWriteEnded = true
    upstream.write(NOTHING, true)
  }

  pauseReads(): void {
    this.#upstream?.pauseReads()
  }

  resumeReads(): void {
    this.#upstream?.resumeReads()
  }

  /** The connection is over. */
  close(kind: CloseKind): void {
    this.#idle?.stop()
    this.#duration?.stop()
    this.#attempt?.abandon()
    this.#upstream?.close(kind)
  }

  onConnected(upstream: UpstreamTransport): void {
    const { config, services } = this.#settings
    this.#attempt = null
    this.#upstream = upstream
    this.info.upstreamLocalAddress = upstream.localAddress
    if (config.idleTimeout > 0) this.#idle = services.timers.create(() => this.#onIdle())
    this.#touch()
    upstream.attach(this)
    this.#owner.onUpstreamReady()
  }

  onConnectFailed(failure: ConnectFailure): void {
    const { config, upstreams, statistics } = this.#settings
    this.#attempt = null
    if (failure.kind === 'refused') {
      this.info.upstreamTransportFailure = failure.transport
      if (++this.#attempts < config.maxConnectAttempts) return this.#connect()
      upstreams.countGivenUp(this.#cluster)
    }
    if (failure.kind === 'no_cluster') statistics.noRoute.add(1)
    this.info.responseFlags |= FAILURE_FLAGS[failure.kind]
    this.#owner.onGivenUp(`tcp_initializion_failure:${FAILURE_NUMBERS[failure.kind]}`)
  }

  onData(bytes: Buffer, endStream: boolean): void {
    this.#touch()
    this.#owner.onUpstreamData(bytes, endStream)
    if (!endStream) return
    this.#isReadEnded = true
    this.#owner.onUpstreamEnded()
  }

  onReset(): void {
    this.info.responseFlags |= ResponseFlag.UpstreamRemoteReset
    this.#owner.onUpstreamReset()
  }

  onAboveHighWatermark(): void {
    this.#settings.statistics.pausedReading.add(1)
    this.#owner.pauseClient()
  }

  onBelowLowWatermark(): void {
    this.#settings.statistics.resumedReading.add(1)
    this.#owner.resumeClient()
  }

  #connect(): void {
    this.#attempt = this.#settings.upstreams.connect(this.#cluster, this)
  }

  #touch(): void {
    this.#idle?.arm(this.#settings.config.idleTimeout)
  }

  #onIdle(): void {
    this.#settings.statistics.idleTimeouts.add(1)
    this.#owner.onGivenUp('tcp_session_idle_timeout')
  }

  #onDuration(): void {
    this.#settings.statistics.durationTimeouts.add(1)
    this.info.responseFlags |= ResponseFlag.DurationTimeout
    this.#owner.onGivenUp('max_connection_duration_reached')
  }
}
