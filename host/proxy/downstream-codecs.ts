/** The codecs of a listener's HTTP connections: what they share, and how one is opened. */
import type { Socket } from 'node:net'
import type { HttpConnectionManagerConfig } from '../config/types.ts'
import type { ServerConnectionEvents } from '../http/codec.ts'
import { Http1ServerConnection, type Http1ServerOptions } from '../http1/server.ts'
import { Http2ServerConnection, type Http2ServerOptions } from '../http2/server.ts'
import { Http2Statistics } from '../http2/statistics.ts'
import type { SocketRead } from '../socket/read-buffer.ts'
import { systemRandom } from '../util/random.ts'
import type { CodecName } from './codec-choice.ts'
import type { ListenerContext } from './listener.ts'

/** A connection's codec, once it is known. */
export type DownstreamCodec = Http1ServerConnection | Http2ServerConnection

export class DownstreamCodecs {
  readonly #http1: Http1ServerOptions
  readonly #http2: Http2ServerOptions

  /** `bufferLimit`: high mark of a connection's write queue, bytes. */
  constructor(config: HttpConnectionManagerConfig, isSecured: boolean, bufferLimit: number, context: ListenerContext) {
    const { http1, http2, requestHeadersTimeout, delayedCloseTimeout, streamIdleTimeout, statPrefix } = config
    const { timers, clock, stats, loggers } = context
    const log = loggers.get('http')
    const scheme = isSecured ? 'https' : 'http'
    this.#http1 = { http1, scheme, bufferLimit, requestHeadersTimeout, delayedCloseTimeout, timers, log }
    this.#http2 = {
      http2,
      limits: http1,
      underscores: http1.underscores,
      statistics: new Http2Statistics(stats, 'http2.'),
      tooManyPrematureResets: stats.counter(`http.${statPrefix}.downstream_rq_too_many_premature_resets`),
      protocolErrors: stats.counter(`http.${statPrefix}.downstream_cx_protocol_error`),
      requestHeadersTimeout,
      flushTimeout: streamIdleTimeout,
      delayedCloseTimeout,
      clock,
      timers,
      random: systemRandom,
    }
  }

  /** `open` hands over the socket, with the given way to read. */
  open(name: CodecName, events: ServerConnectionEvents, open: (onread: SocketRead) => Socket): DownstreamCodec {
    if (name === 'HTTP2') return new Http2ServerConnection(this.#http2, events, open)
    return new Http1ServerConnection(this.#http1, events, open)
  }
}
