/**
 * The HTTP connection manager of a listener: makes a stream of each request that a codec reads, whatever the codec is
 * (sockets in the proxy, memory in the harness). Everything that streams share is put together here once.
 */
import type { HttpConnectionManagerConfig } from '../config/types.ts'
import type { ServerStream } from '../http/codec.ts'
import type { ConnectionInfo } from '../http/stream-info.ts'
import type { Services } from '../hostcalls/services.ts'
import type { FormatContext } from '../route/format/context.ts'
import { OverloadState } from '../services/overload-state.ts'
import { compileChanges, type CompiledChanges } from '../route/header-mutations.ts'
import { LocalReplies } from '../route/local-replies.ts'
import type { RouteTable } from '../route/route-table.ts'
import { NO_TAP, type TapPoint } from '../tap/tap-point.ts'
import type { ManagedStream } from '../tap/tapped-stream.ts'
import { DateHeader } from './date-header.ts'
import type { HttpFilterFactory } from './filter-context.ts'
import { HttpStatistics } from './http-statistics.ts'
import type { StatisticsSource } from './http-statistics.ts'
import { HttpStream } from './http-stream.ts'
import type { StreamSettings } from './stream-settings.ts'
import { RouteFilters } from './route-filters.ts'
import { StreamCount } from './stream-count.ts'
import { StreamTimersPool } from './stream-timers.ts'
import type { TerminalFactory } from './terminal.ts'

/** Takes each stream that has ended. */
export interface StreamLog {
  write(stream: FormatContext): void
}

/** The parts of a connection manager. */
export interface HttpConnectionManagerOptions {
  readonly config: HttpConnectionManagerConfig
  /** Most bytes that a filter may hold, per direction: the listener's `per_connection_buffer_limit_bytes`. */
  readonly bufferLimit: number
  readonly routes: RouteTable
  /** In chain order, as `config.filters`. */
  readonly filters: readonly HttpFilterFactory[]
  readonly services: Services
  readonly terminals: TerminalFactory
  readonly accessLogs: readonly StreamLog[]
  readonly statistics: StatisticsSource
  /** Where taps open, and the listener's name for them; absent = it is never tapped. */
  readonly tap?: { readonly point: TapPoint; readonly listener: string }
  /** Absent = there is never too much. */
  readonly overload?: OverloadState
}

export class HttpConnectionManager implements StreamSettings {
  readonly config: HttpConnectionManagerConfig
  readonly bufferLimit: number
  /** Replaced by a new route configuration; streams keep the one they began with. */
  routes: RouteTable
  readonly routeFilters: RouteFilters
  readonly filters: readonly HttpFilterFactory[]
  readonly services: Services
  readonly terminals: TerminalFactory
  readonly accessLogs: readonly StreamLog[]
  readonly statistics: HttpStatistics
  readonly date: DateHeader
  readonly earlyChanges: readonly CompiledChanges[]
  readonly localReplies: LocalReplies | null
  readonly timers: StreamTimersPool
  readonly streams = new StreamCount()
  readonly #tap: TapPoint
  readonly #listener: string
  readonly overload: OverloadState

  constructor(options: HttpConnectionManagerOptions) {
    this.config = options.config
    this.bufferLimit = options.bufferLimit
    this.routes = options.routes
    this.routeFilters = new RouteFilters(options.config.filters, options.filters)
    this.filters = this.routeFilters.byDefault
    this.services = options.services
    this.terminals = options.terminals
    this.accessLogs = options.accessLogs
    this.statistics = new HttpStatistics(options.statistics, options.config.statPrefix)
    this.date = new DateHeader()
    this.overload = options.overload ?? new OverloadState()
    const { localReplies, earlyChanges } = options.config
    this.earlyChanges = earlyChanges.map(({ add, remove }) => compileChanges(add, remove))
    this.localReplies = localReplies === null ? null : new LocalReplies(localReplies)
    this.timers = new StreamTimersPool(options.services.timers)
    this.#tap = options.tap?.point ?? NO_TAP
    this.#listener = options.tap?.listener ?? ''
  }

  /** A request begins; the stream is its receiver. For one that the codec could not read `refuse` follows. */
  newStream(server: ServerStream, connection: ConnectionInfo): ManagedStream {
    const session = this.#tap.session
    if (session === null) return new HttpStream(this, server, connection)
    return session.openStream(this.#listener, server, (tapped) => new HttpStream(this, tapped, connection))
  }

  writeLogs(stream: FormatContext): void {
    const logs = this.accessLogs
    for (let i = 0; i < logs.length; i++) logs[i]!.write(stream)
    if (this.#tap.session !== null) this.#tap.session.endStream(stream.info)
  }
}
