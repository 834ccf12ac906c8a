/** A connection from its filter chain on, and what the listener's own access log can say of it. */
import { HeaderMap } from '../http/header-map.ts'
import { StreamInfo, type ConnectionInfo } from '../http/stream-info.ts'
import type { FormatContext } from '../route/format/context.ts'
import type { Clock } from '../util/clock.ts'
import type { ConnectionFactory } from './listener.ts'

const NO_HEADERS = new HeaderMap()

export class ConnectionRecord {
  readonly info: ConnectionInfo
  /** Null = there was no filter chain for it. */
  readonly factory: ConnectionFactory | null
  readonly #isSecured: boolean
  readonly #startWallMillis: number
  readonly #startMillis: number

  constructor(info: ConnectionInfo, factory: ConnectionFactory | null, isSecured: boolean, clock: Clock) {
    this.info = info
    this.factory = factory
    this.#isSecured = isSecured
    this.#startWallMillis = clock.wallMillis()
    this.#startMillis = clock.monotonicMillis()
  }

  /** The connection is gone. */
  countEnd(clock: Clock): void {
    this.factory?.stats.closed(clock.monotonicMillis() - this.#startMillis, this.#isSecured)
  }

  /** `details`: why it ended before its chain had it. */
  toLog(clock: Clock, details: string): FormatContext {
    const info = new StreamInfo(this.info, this.#startWallMillis, this.#startMillis)
    info.protocol = ''
    info.connectionTerminationDetails = details
    info.completeMillis = clock.monotonicMillis()
    return { info, requestHeaders: NO_HEADERS, responseHeaders: null, responseTrailerMap: null }
  }
}
