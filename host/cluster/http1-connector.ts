/** Connections to endpoints that speak HTTP/1.1. */
import type { ClusterConfig } from '../config/types.ts'
import type { Socket } from 'node:net'
import type { ClientConnection } from '../http/codec.ts'
import type { SocketRead } from '../socket/read-buffer.ts'
import { Http1ClientConnection, type Http1ClientOptions } from '../http1/client.ts'
import type { Logger } from '../util/logger.ts'
import type { ConnectionOwner, Connector } from './connector.ts'
import type { UpstreamSockets } from './upstream-sockets.ts'

/** Envoy's limit for the head of an answer, bytes (`max_response_headers_kb`). */
export const MAX_RESPONSE_HEAD_BYTES = 80 * 1024
/** Envoy's default of `max_headers_count`. */
export const MAX_RESPONSE_HEADERS = 100

export class Http1Connector implements Connector {
  readonly protocol = 'HTTP/1.1'
  readonly expectedStreams = 1
  readonly #options: Http1ClientOptions

  readonly #sockets: UpstreamSockets

  constructor(config: ClusterConfig, sockets: UpstreamSockets, log: Logger) {
    this.#sockets = sockets
    this.#options = {
      maxHeadBytes: MAX_RESPONSE_HEAD_BYTES,
      maxHeaders: MAX_RESPONSE_HEADERS,
      enableTrailers: config.enableTrailers,
      bufferLimit: config.bufferLimit,
      log,
    }
  }

  connect(host: string, port: number, owner: ConnectionOwner): ClientConnection {
    const open = (onread: SocketRead): Socket => this.#sockets.open(host, port, 'http/1.1', onread, owner)
    return new Http1ClientConnection(this.#options, owner, open)
  }
}
