/** Connections to endpoints that speak HTTP/2. */
import type { ClusterConfig } from '../config/types.ts'
import type { ClientConnection, ClientConnectionEvents } from '../http/codec.ts'
import { connectHttp2, type Http2ClientOptions } from '../http2/client.ts'
import type { Logger } from '../util/logger.ts'
import type { Connector } from './connector.ts'
import { MAX_RESPONSE_HEAD_BYTES, MAX_RESPONSE_HEADERS } from './http1-connector.ts'

export class Http2Connector implements Connector {
  readonly protocol = 'HTTP/2'
  readonly #options: Http2ClientOptions

  constructor(config: ClusterConfig, log: Logger) {
    this.#options = {
      maxHeadBytes: MAX_RESPONSE_HEAD_BYTES,
      maxHeaders: MAX_RESPONSE_HEADERS,
      maxConcurrentStreams: config.http2.maxConcurrentStreams,
      log,
    }
  }

  connect(host: string, port: number, events: ClientConnectionEvents): ClientConnection {
    return connectHttp2(host, port, this.#options, events)
  }
}
