/** An access log that is a plugin. */
import type { HeaderMap } from '../http/header-map.ts'
import type { StreamInfo } from '../http/stream-info.ts'
import type { AttributeSource } from '../plugin/context.ts'
import type { Plugin } from '../plugin/plugin.ts'
import type { StreamMap } from '../plugin/stream-host.ts'
import type { FormatContext } from '../route/format/context.ts'

/** Hands streams that have ended to the root context of a plugin. */
export class PluginLog {
  readonly #plugin: Plugin

  constructor(plugin: Plugin) {
    this.#plugin = plugin
  }

  write(stream: FormatContext): void {
    this.#plugin.logStream(new LoggedStream(stream))
  }
}

/** What on_log of a root sees: the final maps, request trailers excepted. */
class LoggedStream implements AttributeSource {
  readonly host: { readonly info: StreamInfo; readonly resolveRoute: () => void }
  readonly ended = true
  readonly #stream: FormatContext

  constructor(stream: FormatContext) {
    this.host = { info: stream.info, resolveRoute: () => {} }
    this.#stream = stream
  }

  streamMap(type: StreamMap): HeaderMap | null {
    if (type === 0) return this.#stream.requestHeaders
    if (type === 2) return this.#stream.responseHeaders
    return type === 3 ? this.#stream.responseTrailerMap : null
  }
}
