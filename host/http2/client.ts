/**
 * An upstream HTTP/2 connection in clear text, on Node's own implementation: every request is a stream of it.
 */
import { connect, type ClientHttp2Session } from 'node:http2'
import { connect as connectSocket } from 'node:net'
import type { ClientConnection, ClientConnectionEvents, ResponseReceiver } from '../http/codec.ts'
import { connectFailure } from '../socket/connect-failure.ts'
import type { Logger } from '../util/logger.ts'
import { Http2ClientStream } from './client-stream.ts'

/** What all HTTP/2 connections of a cluster share. */
export interface Http2ClientOptions {
  /** Size of a head, bytes, as RFC 9113, 6.5.2 counts it. */
  readonly maxHeadBytes: number
  /** Fields of a head. */
  readonly maxHeaders: number
  /** Streams at a time; the peer may allow fewer. */
  readonly maxConcurrentStreams: number
  readonly log: Logger
}

/** Opens a connection to an IP address; `events.onConnected` or `events.onClosed` follows. */
export function connectHttp2(
  host: string,
  port: number,
  options: Http2ClientOptions,
  events: ClientConnectionEvents,
): Http2ClientConnection {
  return new Http2ClientConnection(host, port, options, events)
}

export class Http2ClientConnection implements ClientConnection {
  readonly #session: ClientHttp2Session
  readonly #options: Http2ClientOptions
  readonly #events: ClientConnectionEvents
  readonly #streams = new Set<Http2ClientStream>()
  #isConnected = false
  #errorCode = ''

  constructor(host: string, port: number, options: Http2ClientOptions, events: ClientConnectionEvents) {
    this.#options = options
    this.#events = events
    this.#session = connect('http://upstream', {
      createConnection: () => connectSocket({ host, port, noDelay: true }),
      settings: { enablePush: false, maxHeaderListSize: options.maxHeadBytes },
      maxHeaderListPairs: options.maxHeaders,
    })
    this.#session.on('connect', () => this.#onConnect())
    this.#session.on('goaway', () => this.#events.onGoAway())
    this.#session.on('error', (error: NodeJS.ErrnoException) => this.#onError(error))
    this.#session.on('close', () => this.#onClose())
  }

  get maxStreams(): number {
    // The peer's settings may not have come yet.
    const allowed = this.#session.remoteSettings?.maxConcurrentStreams ?? Infinity
    return Math.min(this.#options.maxConcurrentStreams, allowed)
  }

  newStream(receiver: ResponseReceiver): Http2ClientStream {
    const stream = new Http2ClientStream(this.#session, receiver, () => this.#onStreamEnded(stream))
    this.#streams.add(stream)
    return stream
  }

  close(): void {
    this.#session.destroy()
  }

  #onConnect(): void {
    this.#isConnected = true
    this.#events.onConnected()
  }

  #onError(error: NodeJS.ErrnoException): void {
    this.#errorCode = error.code ?? ''
    this.#options.log.log(1, `HTTP/2 connection failed: ${error.message}`)
  }

  #onStreamEnded(stream: Http2ClientStream): void {
    if (this.#streams.delete(stream)) this.#events.onStreamEnded(true)
  }

  /** Streams that are still open end with their connection. */
  #onClose(): void {
    if (!this.#isConnected) return this.#events.onClosed('remote_connection_failure', connectFailure(this.#errorCode))
    const isViolated = this.#errorCode === 'ERR_HTTP2_ERROR'
    const reason = isViolated ? 'protocol_error' : 'connection_termination'
    const open = Array.from(this.#streams)
    this.#streams.clear()
    for (const stream of open) stream.onConnectionClosed(reason)
    this.#events.onClosed(reason, '')
  }
}
