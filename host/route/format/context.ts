import type { HeaderMap } from '../../http/header-map.ts'
import type { StreamInfo } from '../../http/stream-info.ts'

/** What a format can print: a stream, at any moment of its life. */
export interface FormatContext {
  readonly info: StreamInfo
  readonly requestHeaders: HeaderMap
  readonly responseHeaders: HeaderMap | null
  readonly responseTrailerMap: HeaderMap | null
  /** While the body of a local reply is made: what it is without its format. */
  readonly localReplyBody?: string
}
