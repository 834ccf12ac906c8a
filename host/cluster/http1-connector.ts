/** Connections to endpoints that speak HTTP/1.1. */
import type { ClusterConfig } from '../config/types.ts'
import type { Socket } from 'node:net'
import type { ClientConnection } from '../http/codec.ts'
import type { SocketRead } from '../socket/read-buffer.ts'
import { Http1ClientConnection, type Http1ClientOptions } from '../http1/client.ts'
import type { Logger } from '../util/logger.ts'
import type { ConnectionOwner, Connector, Destination } from './connector.ts'
import { openUpstream } from './upstream-socket.ts'

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
      letterCase: config.letterCase,
      allowChunkedLength: config.allowChunkedLength,
      sendsWholeUrl: config.sendsWholeUrl,
      bufferLimit: config.bufferLimit,
      log,
    }
  }

  connect(destination: Destination, owner: ConnectionOwner): ClientConnection {
    const open = (onread: SocketRead): Socket => openUpstream(destination, 'http/1.1', onread, owner)
    return new Http1ClientConnection(this.#options, owner, open)
  }
}
