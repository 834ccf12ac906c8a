/**
 * The route of one stream (hot): matched when it is first asked for, and anew once filters have changed the head of the
 * request.
 */
import type { ClusterTarget } from '../config/types.ts'
import type { HeaderMap } from '../http/header-map.ts'
import type { StreamInfo, TlsInfo } from '../http/stream-info.ts'
import type { CompiledRoute } from '../route/compiled-route.ts'
import type { FormatContext } from '../route/format/context.ts'
import type { MatchedStream } from '../route/route-candidate.ts'
import { changeRequestHeaders, changeResponseHeaders } from '../route/route-headers.ts'
import type { RouteTable } from '../route/route-table.ts'
import { admitAgain } from './request-admission.ts'
import type { StreamSettings } from './stream-settings.ts'

/** What the route needs of its stream. */
export interface RoutedStream extends FormatContext {
  readonly settings: StreamSettings
}

export class StreamRoute implements MatchedStream {
  /** The table that the stream keeps to its end. */
  readonly table: RouteTable
  /** For the head as it was when the match was made; null also before. */
  match: CompiledRoute | null = null
  /** The head has not changed since the match. */
  isCurrent = false
  readonly #stream: RoutedStream
  #isKnown = false
  /** What {@link luck} gives; -1 = not drawn. */
  #drawn = -1

  constructor(stream: RoutedStream) {
    this.#stream = stream
    this.table = stream.settings.routes
  }

  /** For the head as it is now. */
  current(): CompiledRoute | null {
    if (this.isCurrent) return this.match
    this.isCurrent = true
    this.#isKnown = true
    const { requestHeaders, info } = this.#stream
    const match = this.table.match(requestHeaders, this)
    this.match = match
    describe(info, match, requestHeaders)
    return match
  }

  /** Filters see the route of the first match; it is made anew only for the terminal. */
  resolve(): void {
    if (!this.#isKnown) this.current()
  }

  /** Conditions on redirects are to see the route that is taken in the end: admission may change host and path. */
  of(headers: HeaderMap): CompiledRoute | null {
    const { settings, info } = this.#stream
    const admitted = headers.clone()
    const refusal = admitAgain(admitted, settings.config, info)
    return this.table.match(refusal === null ? admitted : headers, this)
  }

  /** Makes its changes to the head of the request. */
  changeRequest(): void {
    const stream = this.#stream
    if (this.match !== null) changeRequestHeaders(this.match, stream, !stream.settings.config.router.suppressEnvoyHeaders)
  }

  /** Makes its changes to the head of the response. */
  changeResponse(): void {
    if (this.match !== null) changeResponseHeaders(this.match, this.#stream)
  }

  // MatchedStream.

  get tls(): TlsInfo | null {
    return this.#stream.info.connection.tls
  }

  luck(): number {
    if (this.#drawn < 0) this.#drawn = this.#stream.settings.services.random.fraction()
    return this.#drawn
  }
}

/** Puts the match, or that there is none, where filters and logs read it. */
function describe(info: StreamInfo, match: CompiledRoute | null, headers: HeaderMap): void {
  info.routeName = match === null ? '' : match.route.name
  info.virtualHostName = match === null ? '' : match.virtualHost.name
  info.routeMetadata = match === null ? null : match.route.metadata
  info.virtualHostMetadata = match === null ? null : match.virtualHost.metadata
  info.clusterName = match === null || match.cluster === null ? '' : clusterName(match.cluster, headers)
}

/** '' when the header that names the cluster is missing. */
function clusterName(cluster: ClusterTarget, headers: HeaderMap): string {
  return cluster.kind === 'name' ? cluster.name : (headers.get(cluster.header) ?? '')
}
