/** Connections to endpoints that speak HTTP/1.1. */
import type { ClusterConfig } from '../config/types.ts'
import type { ClientConnection, ClientConnectionEvents } from '../http/codec.ts'
import { connectHttp1, type Http1ClientOptions } from '../http1/client.ts'
import type { Logger } from '../util/logger.ts'
import type { Connector } from './connector.ts'

/** Envoy's limit for the head of an answer, bytes (`max_response_headers_kb`). */
export const MAX_RESPONSE_HEAD_BYTES = 80 * 1024
/** Envoy's default of `max_headers_count`. */
export const MAX_RESPONSE_HEADERS = 100

export class Http1Connector implements Connector {
  readonly protocol = 'HTTP/1.1'
  readonly expectedStreams = 1
  readonly #options: Http1ClientOptions

  constructor(config: ClusterConfig, log: Logger) {
    this.#options = {
      maxHeadBytes: MAX_RESPONSE_HEAD_BYTES,
      maxHeaders: MAX_RESPONSE_HEADERS,
      enableTrailers: config.enableTrailers,
      bufferLimit: config.bufferLimit,
      log,
    }
  }

  connect(host: string, port: number, events: ClientConnectionEvents): ClientConnection {
    return connectHttp1(host, port, this.#options, events)
  }
}
