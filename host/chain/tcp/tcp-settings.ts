import type { TcpProxyConfig } from '../../config/types.ts'
import type { Services } from '../../hostcalls/services.ts'
import type { FormatContext } from '../../route/format/context.ts'
import type { StreamCount } from '../stream-count.ts'
import type { TcpFilterFactory } from './tcp-filter.ts'
import type { TcpStatistics } from './tcp-statistics.ts'
import type { TcpUpstreams } from './tcp-upstreams.ts'

/** What all connections of a TCP listener share. */
export interface TcpSettings {
  readonly config: TcpProxyConfig
  /** Most bytes of a client that may wait for a filter, and most bytes that may wait for the client. */
  readonly bufferLimit: number
  /** In chain order. */
  readonly filters: readonly TcpFilterFactory[]
  readonly services: Services
  readonly upstreams: TcpUpstreams
  readonly statistics: TcpStatistics
  readonly streams: StreamCount
  /** Writes the access logs of a connection that has ended. */
  writeLogs(connection: FormatContext): void
}
