/**
 * One connection of a pool (hot). States: connecting → idle ⇄ busy → closed; busy while it carries requests. It owns the
 * connect and the idle timeout and keeps the cluster's connection and request counts.
 */
import type { ClientConnection, ResetReason } from '../http/codec.ts'
import type { Timer } from '../util/timers.ts'
import type { ConnectionPool } from './connection-pool.ts'
import type { TlsInfo } from '../http/stream-info.ts'
import type { ConnectionOwner, Destination, PooledConnection } from './connector.ts'

export class UpstreamConnection<C extends PooledConnection = ClientConnection> implements ConnectionOwner {
  tls: TlsInfo | null = null
  readonly #pool: ConnectionPool<C>
  readonly #timer: Timer
  #codec: C | null = null
  #isConnecting = true
  /** It is not known how many requests it takes. */
  #isOpening = true
  /** Requests on it. */
  #active = 0
  #isLeaving = false
  #isClosed = false
  #timedOut = false
  /** The pool offers it to requests. */
  isListed = false
  /** `ip:port` of our side once connected. */
  localAddress = ''

  constructor(pool: ConnectionPool<C>) {
    this.#pool = pool
    this.#timer = pool.context.timers.create(() => this.#onTimeout())
  }

  connect(destination: Destination): void {
    this.#timer.arm(this.#pool.context.connectTimeout)
    this.#codec = this.#pool.context.connector.connect(destination, this)
  }

  /** True when it can take another request. */
  get hasRoom(): boolean {
    return !this.#isLeaving && this.#active < this.#codec!.maxStreams
  }

  /** True when it closes with its last request. */
  get isLeaving(): boolean {
    return this.#isLeaving
  }

  /** True when it carries no request. */
  get isIdle(): boolean {
    return this.#active === 0
  }

  /** The pool gives the connection to a request, which it has counted and which uses {@link codec} next. */
  markBusy(): void {
    const { context, counts } = this.#pool
    this.#timer.disarm()
    this.#active++
    context.stats.rqTotal.add(1)
    counts.rqTotal++
    counts.rqActive++
  }

  /** Only while connected. */
  get codec(): C {
    return this.#codec!
  }

  startIdleTimer(): void {
    const timeout = this.#pool.context.idleTimeout
    if (timeout > 0) this.#timer.arm(timeout)
  }

  /** The end comes only after other events, which may bring requests. */
  close(): void {
    if (!this.#isConnecting) this.#takeNoMore()
    this.#codec?.close()
  }

  onConnected(): void {
    this.#timer.disarm()
    this.#isConnecting = false
    if (this.#pool.context.connector.protocol !== 'HTTP/2') this.#settle()
    this.#pool.onConnectionFree(this)
  }

  onStreamEnded(reusable: boolean): void {
    this.#endRequest()
    if (reusable) this.#pool.onConnectionFree(this)
  }

  onStreamReset(reason: ResetReason): void {
    const { stats } = this.#pool.context
    if (reason === 'remote_reset') stats.rqRxReset.add(1)
    else if (reason === 'local_reset' || reason === 'protocol_error') stats.rqTxReset.add(1)
  }

  onCapacityChanged(): void {
    if (this.#isConnecting) return
    this.#settle()
    if (this.hasRoom) this.#pool.onConnectionFree(this)
    if (!this.hasRoom) this.#pool.onConnectionFull(this)
  }

  onGoAway(): void {
    this.#pool.context.stats.cxCloseNotify.add(1)
    this.#leave()
  }

  /** For the pool: no further requests. */
  retire(): void {
    if (!this.#isConnecting && !this.#isLeaving) this.#leave()
  }

  #leave(): void {
    this.#takeNoMore()
    if (this.isIdle) this.close()
  }

  #takeNoMore(): void {
    this.#isLeaving = true
    this.#settle()
    this.#pool.onConnectionFull(this)
  }

  onClosed(reason: ResetReason, details: string): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#timer.stop()
    const { stats } = this.#pool.context
    if (this.#active > 0) stats.cxDestroyWithActiveRq.add(1)
    if (this.#active > 0 && reason === 'protocol_error') stats.cxProtocolError.add(1)
    while (this.#active > 0) this.#cutRequest(reason)
    stats.cxDestroy.add(1)
    this.#settle()
    if (this.#isConnecting) this.#countConnectFailure()
    this.#pool.onConnectionGone(
      this,
      this.#isConnecting,
      this.#timedOut ? 'connection_timeout' : reason,
      this.#timedOut ? '' : details,
    )
  }

  /** How many requests the connection takes is known, or that it takes none. */
  #settle(): void {
    if (!this.#isOpening) return
    this.#isOpening = false
    this.#pool.onConnectionOpened()
  }

  /** The connection is gone while it carries a request. Envoy counts that for HTTP/2 as if the request had waited. */
  #cutRequest(reason: ResetReason): void {
    const { connector, stats } = this.#pool.context
    if (connector.protocol === 'HTTP/2') {
      if (reason === 'protocol_error') stats.rqTxReset.add(1)
      else stats.rqPendingFailureEject.add(1)
    }
    this.#endRequest()
  }

  #endRequest(): void {
    if (this.#active === 0) return
    this.#active--
    this.#pool.counts.rqActive--
    this.#pool.context.breakers.requests.release()
  }

  #countConnectFailure(): void {
    const { stats } = this.#pool.context
    stats.cxConnectFail.add(1)
    if (this.#timedOut) stats.cxConnectTimeout.add(1)
    this.#pool.counts.cxConnectFail++
  }

  #onTimeout(): void {
    this.#timedOut = this.#isConnecting
    if (!this.#isConnecting) this.#pool.context.stats.cxIdleTimeout.add(1)
    this.close()
  }
}
