/** Connections to endpoints that speak HTTP/2. */
import type { ClusterConfig } from '../config/types.ts'
import type { ClientConnection } from '../http/codec.ts'
import { Http2ClientConnection, type Http2ClientOptions } from '../http2/client.ts'
import { Http2Statistics } from '../http2/statistics.ts'
import type { StatsStore } from '../stats/store.ts'
import type { ConnectionOwner, Connector, Destination } from './connector.ts'
import { openUpstream } from './upstream-socket.ts'
import { MAX_RESPONSE_HEADERS } from './http1-connector.ts'

/** Envoy's limit for the head of an answer, bytes of names and values (`max_response_headers_kb`). */
const MAX_RESPONSE_HEAD_BYTES = 60 * 1024

/** What its connections take from the worker. */
export type Http2ConnectorContext = Pick<Http2ClientOptions, 'clock' | 'timers' | 'random' | 'log'> & {
  readonly stats: StatsStore
}

export class Http2Connector implements Connector {
  readonly protocol = 'HTTP/2'
  readonly expectedStreams: number
  readonly #config: ClusterConfig
  readonly #statName: string
  readonly #context: Http2ConnectorContext
  #options: Http2ClientOptions | null = null

  /** `statName`: under which name the cluster is counted. */
  constructor(config: ClusterConfig, statName: string, context: Http2ConnectorContext) {
    this.expectedStreams = config.http2.maxConcurrentStreams
    this.#config = config
    this.#statName = statName
    this.#context = context
  }

  connect(destination: Destination, owner: ConnectionOwner): ClientConnection {
    const options = (this.#options ??= this.#makeOptions())
    return new Http2ClientConnection(options, owner, (onread) => openUpstream(destination, 'h2', onread, owner))
  }

  /** Counters come to be with the first connection, as in Envoy. */
  #makeOptions(): Http2ClientOptions {
    const { stats, ...context } = this.#context
    return {
      ...context,
      http2: this.#config.http2,
      limits: { maxHeadBytes: MAX_RESPONSE_HEAD_BYTES, maxHeaders: MAX_RESPONSE_HEADERS },
      statistics: new Http2Statistics(stats, `cluster.${this.#statName}.http2.`),
    }
  }
}
