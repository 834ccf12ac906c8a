/**
 * The line between the wire and everything above it (hot). A codec turns bytes of one protocol version into the
 * calls below and back; filter chain, router, access log and callouts never learn the version.
 *
 * Directions are named from the stream's own side: a *sink* takes one message (head, data, trailers), a *stream*
 * is a sink for the message we write plus the controls of the one we read.
 *
 * Calls of one message come in this order: informational* head data* trailers?; exactly one of them carries the
 * end (`endStream`, or `trailers`). After `reset` — ours or the peer's — nothing more comes, in either direction.
 * Everything is synchronous; a codec never re-enters a sink from inside a call that the sink's owner makes to it,
 * except for `onReset` and the watermark calls.
 */
import type { HeaderMap } from './header-map.ts'

/**
 * Why a stream ended early; names are Envoy's (envoy/http/codec.h, StreamResetReason), in the spelling of its
 * response details.
 */
export type ResetReason =
  | 'local_reset'
  | 'remote_reset'
  | 'remote_refused_stream_reset'
  | 'connect_error'
  | 'connection_termination'
  | 'remote_connection_failure'
  | 'local_connection_failure'
  | 'connection_timeout'
  | 'overflow'
  | 'protocol_error'
  | 'codec_error'

/** Takes one message. */
export interface MessageSink {
  /** The head. The map now belongs to the receiver. */
  head(headers: HeaderMap, endStream: boolean): void
  /**
   * `bytes[start, end)` of the body. They may be lent by a socket, until the call returns: who needs them longer takes
   * `keep` of socket/read-buffer.ts. Nobody writes to them. May be empty only at the end.
   */
  data(bytes: Buffer, start: number, end: number, endStream: boolean): void
  /** Trailers end the message. */
  trailers(trailers: HeaderMap): void
}

/** What a codec tells the owner of a stream besides the message itself. */
export interface StreamEvents {
  /** The stream is gone; `details` in the form of Envoy's response details, or ''. */
  onReset(reason: ResetReason, details: string): void
  /** Our write side holds more than its high mark: stop producing. Calls come in pairs with the next one. */
  onAboveHighWatermark(): void
  onBelowLowWatermark(): void
}

/** The write side and the controls of a stream. */
export interface StreamControl extends MessageSink {
  /** Ends the stream at once in both directions; no `onReset` follows. Harmless on a finished stream. */
  reset(reason: ResetReason): void
  /** Stops the delivery of the message we read; counted, so that several owners can pause independently. */
  pauseReads(): void
  resumeReads(): void
}

/** A request at a server codec: receives the response, controls the reading of the request. */
export interface ServerStream extends StreamControl {
  /** The rest of the request, its reset and the watermarks go to another receiver from now on. */
  handOver(receiver: RequestReceiver): void
  /** Sends an interim head (`:status` 100–199 without 101). */
  informational(headers: HeaderMap): void
  /** As logged: `HTTP/1.1`; right once a head was delivered. */
  readonly protocol: string
  /** True once the whole request was delivered; a response that ends before closes an HTTP/1 connection. */
  readonly requestComplete: boolean
  /** Ends an HTTP/1 connection after this response; HTTP/2 connections outlive their streams. */
  closeAfterResponse(): void
  /** If the connection ends with this response, it ends a moment later: the client may still be sending. */
  lingerAfterResponse(): void
}

/** What the owner of a server connection makes of each request. */
export interface RequestReceiver extends MessageSink, StreamEvents {
  /** The first part of a head has come, the rest has not: from here on the request takes time. */
  headBegun(): void
}

/** A refusal by the codec itself: the message could not be parsed or breaks a limit. */
export interface CodecRefusal {
  /** 400, 408, 413, 426, 431, 501 … */
  readonly status: number
  /** Plain text body. */
  readonly body: string
  /** Envoy's response details: `http1.codec_error`, `http1.headers_too_large` … */
  readonly details: string
}

/** A head that has begun and not ended in time, in every version. */
export const HEAD_TIMEOUT: CodecRefusal = { status: 408, body: 'request header timeout', details: 'request_header_timeout' }

/** The owner of a server connection. */
export interface ServerConnectionEvents {
  /**
   * A request begins. Its receiver gets `head` next, or `headBegun` before it. Called before the head is delivered, so that the receiver can
   * keep the stream.
   */
  newStream(stream: ServerStream): RequestReceiver
  /** A request has another receiver from now on. */
  onHandedOver(receiver: RequestReceiver): void
  /**
   * A request was refused by the codec. `stream` takes the local reply (the owner logs it and writes it through the
   * sink calls); the connection closes afterwards.
   */
  onRefused(stream: ServerStream, refusal: CodecRefusal): void
  /** The connection is gone and every stream of it was told; called once. */
  onClosed(): void
}

/** A server connection. */
export interface ServerConnection {
  /**
   * Announces the end with what is sent next (`Connection: close`, GOAWAY). An idle HTTP/1 connection has nothing to say it
   * with: it takes one more request, until `drain`.
   */
  announceEnd(): void
  /** Announces the end (`Connection: close` on the next response, GOAWAY) and closes when the last stream has ended. */
  drain(): void
  /** Closes at once; streams get `onReset('connection_termination')`. */
  close(): void
  /** Open streams. */
  readonly activeStreams: number
}

/** A request at a client codec: receives our request, controls the reading of the response. */
export type ClientStream = StreamControl

/** Takes the response of one client stream. */
export interface ResponseReceiver extends MessageSink, StreamEvents {
  /** An interim head other than 101; 101 comes as `head` and starts the tunnel. */
  informational(headers: HeaderMap): void
}

/** The owner of a client connection: a pool. */
export interface ClientConnectionEvents {
  /** Connected, TLS included. */
  onConnected(): void
  /** A stream ended cleanly and another may start (`reusable` false: the connection will close). */
  onStreamEnded(reusable: boolean): void
  /** A stream was reset by us or by the peer, for `reason`; {@link onStreamEnded} is told as well. Only HTTP/2. */
  onStreamReset(reason: ResetReason): void
  /** {@link ClientConnection.maxStreams} has changed. Only HTTP/2. */
  onCapacityChanged(): void
  /** The peer takes no new streams; those that it names go on. Only HTTP/2. */
  onGoAway(): void
  /** The connection is gone; every stream of it was told. `reason` as for a stream that waited for it. */
  onClosed(reason: ResetReason, details: string): void
}

/** A client connection. */
export interface ClientConnection {
  /** Starts a stream; only while connected and below the protocol's concurrency (HTTP/1: one). */
  newStream(receiver: ResponseReceiver): ClientStream
  /** Streams that may be open at the same time, as far as is known now (HTTP/1: one). */
  readonly maxStreams: number
  close(): void
}
