/**
 * One connection of a client through its network filters (hot): Envoy's filter manager of a connection
 * (source/common/network/filter_manager_impl.cc) and what its connection does around it.
 *
 *   client ──bytes──▶ received ─▶ filter 1 … filter n ─▶ TCP proxy ─▶ upstream
 *   client ◀──────── filter 1 … filter n ◀─ sent ◀─bytes── TCP proxy ◀── upstream
 *
 * Bytes that a filter stops stay in the one buffer of their direction. With the next bytes all filters see the buffer
 * from the first one on, those that have let its beginning pass included. The end of a half travels with the bytes.
 * Every way out ends in `#end`, once: close, done, log and delete of each filter in turn, then the access log.
 */
import { PeerType, TcpAction } from '../../abi/enums.ts'
import { BodyBuffer } from '../../http/body-buffer.ts'
import { HeaderMap } from '../../http/header-map.ts'
import { StreamInfo, type ConnectionInfo } from '../../http/stream-info.ts'
import type { FormatContext } from '../../route/format/context.ts'
import type { CloseKind, Transport, TransportEvents } from '../../tcp/transport.ts'
import { asBuffer } from '../filter-path.ts'
import { TcpProxy, type ProxiedConnection } from './tcp-proxy.ts'
import type { TcpSettings } from './tcp-settings.ts'
import { TcpSlot, type FilteredConnection } from './tcp-slot.ts'

/** What an access log can print of headers. */
const NO_HEADERS = new HeaderMap()
const NOTHING = Buffer.alloc(0)

export class TcpStream implements TransportEvents, FilteredConnection, ProxiedConnection, FormatContext {
  readonly info: StreamInfo
  readonly requestHeaders = NO_HEADERS
  readonly responseHeaders = null
  readonly responseTrailerMap = null
  readonly #settings: TcpSettings
  readonly #client: Transport
  readonly #slots: TcpSlot[] = []
  readonly #proxy: TcpProxy
  /** Of the client, not gone on; its half has ended. */
  readonly #received = new BodyBuffer()
  #isReceivedEnd = false
  #holdsClient = false
  /** Of the upstream, not gone on; its half has ended; our half towards the client has. */
  readonly #sent = new BodyBuffer()
  #isSentEnd = false
  #holdsUpstream = false
  #isClientEnded = false
  #isClosed = false

  /** `client` may deliver bytes from the call of {@link start} on. */
  constructor(settings: TcpSettings, client: Transport, connection: ConnectionInfo) {
    const { clock } = settings.services
    this.info = new StreamInfo(connection, clock.wallMillis(), clock.monotonicMillis())
    this.info.protocol = ''
    this.#settings = settings
    this.#client = client
    for (let i = 0; i < settings.filters.length; i++) this.#slots.push(new TcpSlot(this, i))
    this.#proxy = new TcpProxy(this, settings)
    settings.statistics.connections.add(1)
    settings.streams.begin()
  }

  /** The connection reaches the filters. The client is heard once there is an upstream. */
  start(): void {
    this.#client.pauseReads()
    this.#continueReading(0)
  }

  /** Ends the connection for a reason outside of it. */
  close(): void {
    this.#end('now', PeerType.Local)
  }

  // The client (TransportEvents).

  onData(bytes: Buffer, endStream: boolean): void {
    if (this.#isClosed) return
    this.#received.append(bytes)
    if (endStream) this.#isReceivedEnd = true
    // As Envoy counts: bytes that were stopped count again with those that follow.
    this.info.bytesReceived += this.#received.length
    this.#settings.statistics.receivedBytes.add(bytes.length)
    this.#continueReading(0)
    if (this.#isReceivedEnd && this.#isClientEnded) this.#end('flush', PeerType.Remote)
    else this.#endIfOver()
  }

  onReset(): void {
    this.#end('reset', PeerType.Remote)
  }

  onAboveHighWatermark(): void {
    this.#proxy.pauseReads()
  }

  onBelowLowWatermark(): void {
    this.#proxy.resumeReads()
  }

  // The upstream (ProxiedConnection).

  onUpstreamReady(): void {
    this.#client.resumeReads()
    this.#forward()
  }

  onUpstreamData(bytes: Buffer, endStream: boolean): void {
    if (this.#isClosed) return
    this.#sent.append(bytes)
    if (endStream) this.#isSentEnd = true
    if (this.#passesBack()) this.#sendToClient()
    this.#holdUpstream()
  }

  onUpstreamEnded(): void {
    this.#endIfOver()
  }

  onUpstreamReset(): void {
    this.#end('reset', PeerType.Local)
  }

  onGivenUp(reason: string): void {
    this.info.localCloseReason = reason
    this.#end('now', PeerType.Local)
  }

  pauseClient(): void {
    this.#client.pauseReads()
  }

  resumeClient(): void {
    this.#client.resumeReads()
  }

  // What filters ask for (FilteredConnection).

  continueFilter(index: number): void {
    if (!this.#isClosed) this.#continueReading(index + 1)
    this.#endIfOver()
  }

  closeByFilter(details: string): void {
    this.info.localCloseReason = details
    this.#end('flush', PeerType.Local)
  }

  failConnection(): void {
    this.#end('flush', PeerType.Local)
  }

  // From the client to the upstream.

  /** Shows the filters from `from` on the connection, if it is new to them, and what waits; then it goes on. */
  #continueReading(from: number): void {
    for (let i = from; i < this.#slots.length; i++) {
      const slot = this.#slots[i]!
      const passes = (slot.isOpened || this.#open(slot)) && this.#offer(slot)
      if (!passes) return this.#holdClient()
    }
    if (!this.#proxy.isStarted) this.#proxy.start()
    this.#forward()
    this.#holdClient()
  }

  /** False when the filter stops the connection, or it has ended. */
  #open(slot: TcpSlot): boolean {
    slot.isOpened = true
    const context = this.#settings.filters[slot.index]!.openConnection(slot)
    if (context === 'bypass') return true
    if (context === 'fail') {
      this.failConnection()
      return false
    }
    slot.context = context
    return this.#obey(slot, context.onNewConnection())
  }

  #offer(slot: TcpSlot): boolean {
    const received = this.#received
    const context = slot.context
    if (context === null || (received.length === 0 && !this.#isReceivedEnd)) return true
    slot.downstream = received
    const action = context.onDownstreamData(received.length, this.#isReceivedEnd)
    if (action === TcpAction.Continue) slot.downstream = null
    return this.#obey(slot, action)
  }

  #obey(slot: TcpSlot, action: number): boolean {
    slot.isPaused = action === TcpAction.StopIteration
    if (action === TcpAction.Failed) this.failConnection()
    return action === TcpAction.Continue && !this.#isClosed
  }

  #forward(): void {
    if (this.#isClosed || !this.#proxy.isConnected) return
    if (this.#received.length > 0 || this.#isReceivedEnd) this.#proxy.write(this.#received, this.#isReceivedEnd)
  }

  /** The client waits while more than the limit waits for a filter. */
  #holdClient(): void {
    const isFull = isAbove(this.#received.length, this.#settings.bufferLimit, this.#holdsClient)
    if (isFull === this.#holdsClient) return
    this.#holdsClient = isFull
    if (isFull) this.#client.pauseReads()
    else this.#client.resumeReads()
  }

  // From the upstream to the client.

  /** Shows the filters what waits, last to first; false when one stops it or the connection has ended. */
  #passesBack(): boolean {
    for (let i = this.#slots.length - 1; i >= 0; i--) {
      const slot = this.#slots[i]!
      if (slot.context === null) continue
      slot.upstream = this.#sent
      const action = slot.context.onUpstreamData(this.#sent.length, this.#isSentEnd)
      if (action === TcpAction.Continue) slot.upstream = null
      if (this.#isSentEnd) slot.context.onUpstreamClose()
      if (action === TcpAction.Failed) this.failConnection()
      if (action !== TcpAction.Continue || this.#isClosed) return false
    }
    return true
  }

  #sendToClient(): void {
    const size = this.#sent.length
    this.info.bytesSent += size
    this.#settings.statistics.sentBytes.add(size)
    for (const chunk of this.#sent.chunks) this.#client.write(asBuffer(chunk), false)
    this.#sent.clear()
    if (!this.#isSentEnd) return
    this.#isClientEnded = true
    this.#client.write(NOTHING, true)
  }

  /** The upstream waits while more than the limit waits for a filter. */
  #holdUpstream(): void {
    const isFull = isAbove(this.#sent.length, this.#proxy.bufferLimit, this.#holdsUpstream)
    if (isFull === this.#holdsUpstream) return
    this.#holdsUpstream = isFull
    if (isFull) this.#proxy.pauseReads()
    else this.#proxy.resumeReads()
  }

  // The end.

  /** One of the two connections has ended in both directions: the other one ends with it. */
  #endIfOver(): void {
    if (this.#proxy.isOver || (this.#isReceivedEnd && this.#isClientEnded)) this.#end('flush', PeerType.Local)
  }

  #end(kind: CloseKind, peer: PeerType): void {
    if (this.#isClosed) return
    this.#isClosed = true
    // What the client sent before it left reaches the upstream; when we end the connection, nothing need.
    const isFinished = peer === PeerType.Remote || this.#proxy.isOver
    this.#proxy.close(kind === 'reset' && peer === PeerType.Remote ? 'reset' : isFinished ? 'flush' : 'now')
    this.#client.close(kind)
    for (let i = 0; i < this.#slots.length; i++) this.#endSlot(this.#slots[i]!, peer)
    // Later than the filters' log, which Envoy does not tell how long the connection was.
    this.info.completeMillis = this.#settings.services.clock.monotonicMillis()
    this.#settings.writeLogs(this)
    this.#settings.streams.end()
  }

  #endSlot(slot: TcpSlot, peer: PeerType): void {
    const context = slot.context
    slot.end()
    if (context === null) return
    context.onDownstreamClose(peer)
    context.onDone()
    context.onLog()
    context.onDelete()
  }
}

/** A full buffer is full until half of it is gone. */
function isAbove(size: number, limit: number, wasAbove: boolean): boolean {
  return wasAbove ? size > limit / 2 : size > limit
}
