/** One filter in one connection, and the view of the connection that its guest has (hot). */
import type { BodyBuffer } from '../../http/body-buffer.ts'
import type { StreamInfo } from '../../http/stream-info.ts'
import type { TcpHost } from '../../plugin/stream-host.ts'
import type { TcpFilterContext } from './tcp-filter.ts'

/** What a slot needs of its connection. */
export interface FilteredConnection {
  readonly info: StreamInfo
  continueFilter(index: number): void
  closeByFilter(details: string): void
  /** The VM of a filter is dead. */
  failConnection(): void
}

export class TcpSlot implements TcpHost {
  readonly connection: FilteredConnection
  readonly index: number
  readonly info: StreamInfo
  /** Null until the connection reaches the filter, and for a bypassed filter. */
  context: TcpFilterContext | null = null
  isOpened = false
  /** What the guest may see: from a callback on until one lets it go on; null = nothing. */
  downstream: BodyBuffer | null = null
  upstream: BodyBuffer | null = null
  /** The guest has stopped the connection or the client's bytes. */
  isPaused = false

  constructor(connection: FilteredConnection, index: number) {
    this.connection = connection
    this.index = index
    this.info = connection.info
  }

  data(type: 2 | 3): BodyBuffer | null {
    return type === 2 ? this.downstream : this.upstream
  }

  continueDownstream(): void {
    this.downstream = null
    this.isPaused = false
    this.connection.continueFilter(this.index)
  }

  closeStream(details: string): void {
    this.connection.closeByFilter(details)
  }

  /** A connection has no route. */
  resolveRoute(): void {}

  /** A connection that its guest has stopped would never go on; any other ends at its next event. */
  vmFailed(): void {
    if (this.isPaused) this.connection.failConnection()
  }

  /** The connection is over: nothing is visible any more. */
  end(): void {
    this.downstream = null
    this.upstream = null
  }
}
