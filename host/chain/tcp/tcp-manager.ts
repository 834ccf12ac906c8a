/**
 * The chain of a TCP listener: makes a stream of each connection, whatever carries its bytes (sockets in the proxy,
 * memory in the harness). Everything that connections share is put together here once.
 */
import type { TcpProxyConfig } from '../../config/types.ts'
import type { ConnectionInfo } from '../../http/stream-info.ts'
import type { Services } from '../../hostcalls/services.ts'
import type { FormatContext } from '../../route/format/context.ts'
import type { Transport } from '../../tcp/transport.ts'
import type { StreamLog } from '../connection-manager.ts'
import type { StatisticsSource } from '../http-statistics.ts'
import { StreamCount } from '../stream-count.ts'
import type { TcpFilterFactory } from './tcp-filter.ts'
import type { TcpSettings } from './tcp-settings.ts'
import { TcpStatistics } from './tcp-statistics.ts'
import { TcpStream } from './tcp-stream.ts'
import type { TcpUpstreams } from './tcp-upstreams.ts'

/** The parts of a TCP listener. */
export interface TcpManagerOptions {
  readonly config: TcpProxyConfig
  /** The listener's `per_connection_buffer_limit_bytes`. */
  readonly bufferLimit: number
  /** In chain order, as `config.filters`. */
  readonly filters: readonly TcpFilterFactory[]
  readonly services: Services
  readonly upstreams: TcpUpstreams
  readonly accessLogs: readonly StreamLog[]
  readonly statistics: StatisticsSource
}

export class TcpManager implements TcpSettings {
  readonly config: TcpProxyConfig
  readonly bufferLimit: number
  readonly filters: readonly TcpFilterFactory[]
  readonly services: Services
  readonly upstreams: TcpUpstreams
  readonly accessLogs: readonly StreamLog[]
  readonly statistics: TcpStatistics
  readonly streams = new StreamCount()

  constructor(options: TcpManagerOptions) {
    this.config = options.config
    this.bufferLimit = options.bufferLimit
    this.filters = options.filters
    this.services = options.services
    this.upstreams = options.upstreams
    this.accessLogs = options.accessLogs
    this.statistics = new TcpStatistics(options.statistics, options.config.statPrefix)
  }

  /** A connection begins; the stream hears of it and is started by the caller. */
  newStream(client: Transport, connection: ConnectionInfo): TcpStream {
    return new TcpStream(this, client, connection)
  }

  writeLogs(connection: FormatContext): void {
    for (const log of this.accessLogs) log.write(connection)
  }
}
