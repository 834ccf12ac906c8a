/**
 * One request on an upstream HTTP/2 connection. The connection counts it until `onEnd`: until Node has closed the
 * stream, or the connection is gone.
 */
import { constants, type ClientHttp2Session, type ClientHttp2Stream, type OutgoingHttpHeaders } from 'node:http2'
import type { ClientStream, ResetReason, ResponseReceiver } from '../http/codec.ts'
import { HeaderMap } from '../http/header-map.ts'
import { http2Fields } from './request-fields.ts'

const NOTHING = Buffer.alloc(0)
const { NGHTTP2_CANCEL, NGHTTP2_FLAG_END_STREAM, NGHTTP2_NO_ERROR, NGHTTP2_PROTOCOL_ERROR } = constants

export class Http2ClientStream implements ClientStream {
  readonly #session: ClientHttp2Session
  readonly #receiver: ResponseReceiver
  readonly #onEnd: () => void
  #stream: ClientHttp2Stream | null = null
  /** Nothing more is told to the receiver. */
  #isOver = false
  #isHigh = false
  #pauses = 0
  #trailers: HeaderMap | null = null

  constructor(session: ClientHttp2Session, receiver: ResponseReceiver, onEnd: () => void) {
    this.#session = session
    this.#receiver = receiver
    this.#onEnd = onEnd
  }

  /** A head that HTTP/2 cannot carry resets the stream. */
  head(headers: HeaderMap, endStream: boolean): void {
    const stream = this.#open(http2Fields(headers), endStream)
    if (stream === null) return process.nextTick(() => this.#fail('protocol_error'))
    this.#stream = stream
    if (this.#pauses > 0) stream.pause()
    stream.on('headers', (_headers, _flags, raw) => this.#receiver.informational(mapOf(raw)))
    stream.on('response', (_headers, flags, raw) => this.#onHead(mapOf(raw), (flags & NGHTTP2_FLAG_END_STREAM) !== 0))
    stream.on('data', (bytes: Buffer) => this.#onData(bytes))
    stream.on('trailers', (_headers, _flags, raw) => void (this.#trailers = mapOf(raw)))
    stream.on('end', () => this.#onMessageEnd())
    stream.on('drain', () => this.#onDrain())
    // What went wrong is told by `close`.
    stream.on('error', () => {})
    stream.on('close', () => this.#onClose(stream))
  }

  data(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    const stream = this.#stream
    if (stream === null || stream.writableEnded || stream.destroyed) return
    const isTaken = end === start || stream.write(bytes.subarray(start, end))
    if (endStream) stream.end()
    else if (!isTaken && !this.#isHigh) {
      this.#isHigh = true
      this.#receiver.onAboveHighWatermark()
    }
  }

  /** Trailers of a request are left out: Node ends the process when a stream dies while it asks for them. */
  trailers(_trailers: HeaderMap): void {
    this.data(NOTHING, 0, 0, true)
  }

  reset(_reason: ResetReason): void {
    this.#isOver = true
    if (this.#stream === null) this.#onEnd()
    else this.#stream.close(NGHTTP2_CANCEL)
  }

  pauseReads(): void {
    if (++this.#pauses === 1) this.#stream?.pause()
  }

  resumeReads(): void {
    if (--this.#pauses === 0) this.#stream?.resume()
  }

  /** The connection is gone; it has forgotten the stream. */
  onConnectionClosed(reason: ResetReason): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#receiver.onReset(reason, '')
  }

  #open(fields: OutgoingHttpHeaders | null, endStream: boolean): ClientHttp2Stream | null {
    if (fields === null || this.#session.destroyed) return null
    try {
      return this.#session.request(fields, { endStream })
    } catch {
      // Node refuses what the check before let pass.
      return null
    }
  }

  #onHead(headers: HeaderMap, endStream: boolean): void {
    if (this.#isOver) return
    this.#isOver = endStream
    this.#receiver.head(headers, endStream)
  }

  #onData(bytes: Buffer): void {
    if (!this.#isOver) this.#receiver.data(bytes, 0, bytes.length, false)
  }

  #onMessageEnd(): void {
    if (this.#isOver || this.#stream!.rstCode !== NGHTTP2_NO_ERROR || this.#session.destroyed) return
    this.#isOver = true
    if (this.#trailers === null) this.#receiver.data(NOTHING, 0, 0, true)
    else this.#receiver.trailers(this.#trailers)
  }

  #onDrain(): void {
    if (!this.#isHigh) return
    this.#isHigh = false
    if (!this.#isOver) this.#receiver.onBelowLowWatermark()
  }

  /** Node is done with the stream. When the whole connection ends, its own `close` tells the receiver why. */
  #onClose(stream: ClientHttp2Stream): void {
    if (this.#session.destroyed) return
    if (!this.#isOver) {
      this.#isOver = true
      this.#receiver.onReset(stream.rstCode === NGHTTP2_PROTOCOL_ERROR ? 'protocol_error' : 'remote_reset', '')
    }
    this.#onEnd()
  }

  #fail(reason: ResetReason): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#onEnd()
    this.#receiver.onReset(reason, '')
  }
}

function mapOf(raw: readonly string[]): HeaderMap {
  const map = new HeaderMap()
  for (let i = 0; i < raw.length; i += 2) map.add(raw[i]!, raw[i + 1]!)
  return map
}
