import type { HttpConnectionManagerConfig } from '../config/types.ts'
import type { Services } from '../hostcalls/services.ts'
import type { OverloadState } from '../services/overload-state.ts'
import type { RouteTable } from '../route/route-table.ts'
import type { CompiledChanges } from '../route/header-mutations.ts'
import type { LocalReplies } from '../route/local-replies.ts'
import type { FormatContext } from '../route/format/context.ts'
import type { DateHeader } from './date-header.ts'
import type { HttpFilterFactory } from './filter-context.ts'
import type { HttpStatistics } from './http-statistics.ts'
import type { RouteFilters } from './route-filters.ts'
import type { StreamCount } from './stream-count.ts'
import type { StreamTimersPool } from './stream-timers.ts'
import type { TerminalFactory } from './terminal.ts'

/** What all streams of a listener share. */
export interface StreamSettings {
  readonly config: HttpConnectionManagerConfig
  /** Most bytes that a filter may hold, per direction. */
  readonly bufferLimit: number
  /** Of streams whose route says nothing else, in chain order. */
  readonly filters: readonly HttpFilterFactory[]
  readonly routeFilters: RouteFilters
  /** The table for new streams. */
  readonly routes: RouteTable
  readonly services: Services
  readonly terminals: TerminalFactory
  readonly statistics: HttpStatistics
  readonly date: DateHeader
  /** Of each request, before anything else. */
  readonly earlyChanges: readonly CompiledChanges[]
  /** Null = answers of the proxy stay as they are. */
  readonly localReplies: LocalReplies | null
  readonly timers: StreamTimersPool
  readonly streams: StreamCount
  readonly overload: OverloadState
  /** Writes the access logs of a stream that has ended. */
  writeLogs(stream: FormatContext): void
}
