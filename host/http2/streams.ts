/**
 * The streams of an HTTP/2 connection, and every way in which one of them or the connection itself ends (hot). A fault of
 * the peer ends the connection by GOAWAY, or a stream by RST_STREAM where the standard leaves that much.
 */
import type { ResetReason } from '../http/codec.ts'
import { IdTable } from '../util/id-table.ts'
import type { Flood } from './flood-guard.ts'
import { Http2Error } from './frames.ts'
import { Http2Sender } from './sender.ts'
import type { Http2Stream } from './stream.ts'

export abstract class Http2Streams extends Http2Sender {
  /** Both sides give every second id. */
  readonly streams = new IdTable<Http2Stream>(2, 16)

  /** A stream is gone. */
  protected abstract onStreamClosed(stream: Http2Stream): void
  /** The stream was reset by us for a fault of the peer. */
  protected abstract onFault(stream: Http2Stream, details: string): void
  /** The connection has ended by a fault of the peer, and its streams know; GOAWAY is on its way. */
  protected abstract onEnded(): void
  /** Identifier of the last stream of the peer that was begun, for GOAWAY. */
  protected abstract get lastPeerId(): number
  /** Received bytes that nobody wants: the peer may send as many again. */
  protected abstract consumeLost(bytes: number): void

  // One stream.

  /** Ends a stream in both directions; its owner knows or is told by the caller. */
  resetStream(stream: Http2Stream, code: Http2Error): void {
    this.writeReset(stream.id, code)
    this.closeStream(stream)
  }

  closeIfDone(stream: Http2Stream): void {
    if (stream.isRemoteDone && stream.isEndSent && !stream.hasHeldEnd && stream.held === null) this.closeStream(stream)
  }

  closeStream(stream: Http2Stream): void {
    if (stream.isClosed) return
    this.streams.delete(stream.id)
    this.consumeLost(stream.discard())
    if (stream.isWaiting && !this.isPumping) this.stopWaiting(stream)
    this.statistics.streamsActive.add(-1)
    this.onStreamClosed(stream)
  }

  /** True when a frame of a stream that is no more may have been on its way when we reset it. */
  protected isLate(id: number): boolean {
    return this.recentResets.includes(id)
  }

  /** A frame came that carries nothing for anybody. False = the connection has ended. */
  protected idleFrame(): boolean {
    const flood = this.flood.onIdleFrame(this.now())
    return flood === null || this.calm(flood)
  }

  // Faults of the peer.

  /** Ends the connection: a fault that leaves its state unknown. Always false. */
  fail(code: Http2Error, text: string): false {
    return this.#end(code, `codec_error:${text.replaceAll(' ', '_')}`)
  }

  protected override calm(flood: Flood): false {
    return this.#end(Http2Error.EnhanceYourCalm, flood)
  }

  #end(code: Http2Error, details: string): false {
    if (this.isGone) return false
    this.writeGoAway(this.lastPeerId, code)
    this.terminate('protocol_error', details)
    this.onEnded()
    return false
  }

  /** Nothing is read or written any more; every open stream is told. */
  terminate(reason: ResetReason, details: string): void {
    if (this.isGone) return
    this.isGone = true
    this.output.finish()
    const open = this.streams.all()
    for (const stream of open) this.closeStream(stream)
    for (const stream of open) stream.receiver?.onReset(reason, details)
  }

  /** A message that breaks the rules of HTTP: ends its stream, or the connection, as configured. */
  malformed(stream: Http2Stream, details: string): boolean {
    this.statistics.rxMessagingError.add(1)
    if (!this.config.resetsMalformedStreams) return this.#end(Http2Error.ProtocolError, details)
    return this.refuse(stream, Http2Error.ProtocolError, details)
  }

  /** Ends a stream for a fault of the peer. False = the connection has ended. */
  protected refuse(stream: Http2Stream, code: Http2Error, details = 'http2.remote_reset'): boolean {
    this.resetStream(stream, code)
    this.onFault(stream, details)
    return !this.isGone && this.checkOutbound() && this.idleFrame()
  }
}
