/**
 * One gRPC call or stream over an HTTP stream (source/common/grpc/async_client_impl.cc). A call has one message in each
 * direction and tells only how it ended; a stream tells everything.
 *
 *     head → data* → trailers     closed with grpc-status
 *     head that ends the answer   the same, its fields are the trailers ("trailers only")
 *     head with another status    closed with what the HTTP status stands for
 *     reset, bad message          closed with 13; an end without trailers with 2
 */
import { grpcStatusOf } from '../hostcalls/grpc-status.ts'
import type { CalloutStream, CalloutReceiver } from '../hostcalls/services.ts'
import { frameGrpcMessage, GrpcDecoder } from '../http/grpc-decoder.ts'
import { HeaderMap } from '../http/header-map.ts'

const GrpcStatus = { Ok: 0, Unknown: 2, ResourceExhausted: 8, Internal: 13 } as const
/** What Envoy makes of a `grpc-status` that is no status. */
const INVALID_STATUS = 0xffffffff
const MAX_STATUS = 16

/** What becomes of an exchange; nothing follows `onGrpcClose`, and for a call `onGrpcMessage`. */
export interface GrpcOwner {
  onGrpcInitial(exchange: GrpcExchange, metadata: HeaderMap): void
  onGrpcMessage(exchange: GrpcExchange, message: Buffer): void
  onGrpcTrailing(exchange: GrpcExchange, metadata: HeaderMap): void
  onGrpcClose(exchange: GrpcExchange, status: number, message: string): void
}

export class GrpcExchange implements CalloutReceiver {
  readonly token: number
  readonly isCall: boolean
  /** The guest has closed its side by `proxy_grpc_close`. */
  isLocalClosed = false
  /** The answer is over. */
  isRemoteClosed = false
  /** The guest wants to hear nothing more. */
  isCancelled = false
  readonly #owner: GrpcOwner
  readonly #decoder: GrpcDecoder
  #stream: CalloutStream | null = null
  #isWritable = true
  #lastMessage: Buffer | null = null

  constructor(token: number, isCall: boolean, maxMessageBytes: number, owner: GrpcOwner) {
    this.token = token
    this.isCall = isCall
    this.#owner = owner
    this.#decoder = new GrpcDecoder(maxMessageBytes)
  }

  /** False when it ended at once; the owner has been told. */
  start(stream: CalloutStream, headers: HeaderMap): boolean {
    this.#stream = stream
    stream.head(headers, false)
    return !this.isRemoteClosed
  }

  /** Nothing is sent after our side or the answer has ended. */
  send(message: Buffer, endStream: boolean): void {
    if (!this.#isWritable || this.isRemoteClosed) return
    this.#isWritable = !endStream
    this.#stream!.data(frameGrpcMessage(message), endStream)
  }

  /** Ends our side. */
  closeLocal(): void {
    this.isLocalClosed = true
    if (!this.#isWritable || this.isRemoteClosed) return
    this.#isWritable = false
    this.#stream!.data(Buffer.alloc(0), true)
  }

  cancel(): void {
    if (this.isCancelled) return
    this.isCancelled = true
    if (!this.isRemoteClosed) this.#stream?.cancel()
  }

  /** Ended without a stream. */
  fail(status: number, message: string): void {
    this.isRemoteClosed = true
    this.#owner.onGrpcClose(this, status, message)
  }

  onHead(headers: HeaderMap, endStream: boolean): void {
    const httpStatus = Number(headers.get(':status'))
    const isTrailersOnly = endStream && (httpStatus === 200 || headers.has('grpc-status'))
    if (!this.isCall) this.#owner.onGrpcInitial(this, endStream || httpStatus !== 200 ? new HeaderMap() : headers)
    if (isTrailersOnly) this.onTrailers(headers)
    else if (httpStatus !== 200) this.#giveUp(grpcStatusOf(httpStatus))
  }

  onData(bytes: Buffer, endStream: boolean): void {
    if (this.isRemoteClosed) return
    const messages = this.#decoder.decode(bytes)
    if (messages === 'too_long') return this.#giveUp(GrpcStatus.ResourceExhausted)
    if (messages === 'malformed') return this.#giveUp(GrpcStatus.Internal)
    for (const message of messages) {
      if (this.isCall) this.#lastMessage = message
      else this.#owner.onGrpcMessage(this, message)
    }
    if (endStream) this.#giveUp(GrpcStatus.Unknown)
  }

  onTrailers(trailers: HeaderMap): void {
    if (!this.isCall) this.#owner.onGrpcTrailing(this, trailers)
    this.#close(statusIn(trailers), trailers.get('grpc-message') ?? '')
  }

  onReset(): void {
    this.#giveUp(GrpcStatus.Internal)
  }

  /** Ends an answer that cannot be one. */
  #giveUp(status: number): void {
    const stream = this.#stream!
    if (!this.isCall) this.#owner.onGrpcTrailing(this, new HeaderMap())
    this.#close(status, '')
    stream.cancel()
  }

  #close(status: number, message: string): void {
    this.isRemoteClosed = true
    const { details } = this.#stream!
    if (this.isCall && status === GrpcStatus.Ok) return this.#closeCall()
    this.#owner.onGrpcClose(this, status, message === '' ? details : `${message}{${details}}`)
  }

  #closeCall(): void {
    if (this.#lastMessage === null) this.#owner.onGrpcClose(this, GrpcStatus.Internal, '')
    else this.#owner.onGrpcMessage(this, this.#lastMessage)
  }
}

function statusIn(trailers: HeaderMap): number {
  const text = trailers.get('grpc-status')
  if (text === null) return GrpcStatus.Unknown
  const status = /^\d{1,9}$/.test(text) ? Number(text) : INVALID_STATUS
  return status > MAX_STATUS ? INVALID_STATUS : status
}
