/**
 * Requests that guests send on their own: each is a stream without filters that ends in the very router of client
 * streams, so that timeouts, breakers, statistics and failure texts are the same
 * (source/common/http/async_client_impl.cc).
 */
import type { MatchedRoute, Terminal, TerminalReply, TerminalStream } from '../chain/terminal.ts'
import type { ClusterManager } from '../cluster/cluster-manager.ts'
import type { HeaderMutations, MetadataConfig, RouteConfig, VirtualHostConfig } from '../config/types.ts'
import type { HttpCallout, HttpCalloutRequest, HttpCalloutResponse, HttpCallouts } from '../hostcalls/services.ts'
import type { ResetReason } from '../http/codec.ts'
import { HeaderMap } from '../http/header-map.ts'
import { StreamInfo, type ConnectionInfo } from '../http/stream-info.ts'
import type { Clock } from '../util/clock.ts'
import { RouterFactory } from './router.ts'

/** Largest answer that is collected, bytes (Envoy's kBufferLimitForResponse). */
export const MAX_CALLOUT_RESPONSE = 32 * 1024 * 1024

/** A callout has no client connection. */
const CONNECTION: ConnectionInfo = {
  id: 0,
  remoteAddress: '',
  remoteHost: '',
  localAddress: '',
  filterChainName: '',
  listenerDirection: 0,
  listenerMetadata: null,
}

const NO_METADATA: MetadataConfig = { message: new Uint8Array(0), json: {} }
const NO_MUTATIONS: HeaderMutations = { requestAdd: [], requestRemove: [], responseAdd: [], responseRemove: [] }

export class CalloutClient implements HttpCallouts {
  readonly #clusters: ClusterManager
  readonly #clock: Clock
  readonly #routers: RouterFactory

  constructor(clusters: ClusterManager, clock: Clock, routers: RouterFactory) {
    this.#clusters = clusters
    this.#clock = clock
    this.#routers = routers
  }

  hasCluster(name: string): boolean {
    return this.#clusters.get(name) !== null
  }

  send(request: HttpCalloutRequest, onEnd: (response: HttpCalloutResponse | null) => void): HttpCallout | null {
    if (!hasSafeValues(request.headers)) return null
    const info = new StreamInfo(CONNECTION, this.#clock.wallMillis(), this.#clock.monotonicMillis())
    const stream = new CalloutStream(request, info, this.#routers, onEnd)
    return stream.start() ? stream : null
  }
}

/** CR, LF and NUL would forge the wire form. */
function hasSafeValues(headers: HeaderMap): boolean {
  return !headers.fields.some((text) => /[\r\n\0]/.test(text))
}

function routeTo(cluster: string, timeout: number): MatchedRoute {
  const action: RouteConfig['action'] = {
    kind: 'cluster',
    cluster: { kind: 'name', name: cluster },
    timeout,
    idleTimeout: null,
    prefixRewrite: null,
    hostRewrite: null,
    upgrades: new Map(),
  }
  const match: RouteConfig['match'] = {
    path: { kind: 'prefix', value: '/' },
    caseSensitive: true,
    headers: [],
    queryParameters: [],
  }
  const route: RouteConfig = { name: '', match, action, headers: NO_MUTATIONS, metadata: NO_METADATA }
  const virtualHost: VirtualHostConfig = {
    name: '',
    domains: ['*'],
    routes: [route],
    headers: NO_MUTATIONS,
    metadata: NO_METADATA,
  }
  return { virtualHost, route }
}

class CalloutStream implements TerminalStream, HttpCallout {
  readonly info: StreamInfo
  readonly requestHeaders: HeaderMap
  readonly responseStarted = false
  readonly requestComplete = true
  readonly #match: MatchedRoute
  readonly #requestBody: Buffer | null
  readonly #terminal: Terminal
  readonly #onEnd: (response: HttpCalloutResponse | null) => void
  #isStarting = true
  #isEnded = false
  #headers: HeaderMap | null = null
  readonly #chunks: Buffer[] = []
  #length = 0

  constructor(
    request: HttpCalloutRequest,
    info: StreamInfo,
    routers: RouterFactory,
    onEnd: (response: HttpCalloutResponse | null) => void,
  ) {
    this.info = info
    info.clusterName = request.cluster
    this.requestHeaders = request.headers
    this.#requestBody = request.body !== null && request.body.length > 0 ? request.body : null
    this.#match = routeTo(request.cluster, request.timeoutMillis)
    this.#onEnd = onEnd
    this.#terminal = routers.create(this)
  }

  /** False when the callout ended at once: it could not be sent, and nobody is called back. */
  start(): boolean {
    const body = this.#requestBody
    if (body !== null) this.requestHeaders.setInPlace('content-length', String(body.length))
    this.requestHeaders.setInPlace('x-envoy-internal', 'true')
    this.#terminal.head(this.requestHeaders, body === null)
    if (body !== null && !this.#isEnded) this.#terminal.data(body, 0, body.length, true)
    this.#isStarting = false
    return !this.#isEnded
  }

  cancel(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#terminal.cancel('local_reset')
  }

  route(): MatchedRoute {
    return this.#match
  }

  responseHead(headers: HeaderMap, endStream: boolean): void {
    this.#headers = headers
    if (endStream) this.#finish(null)
  }

  responseData(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (this.#isEnded) return
    this.#chunks.push(bytes.subarray(start, end))
    this.#length += end - start
    if (this.#length > MAX_CALLOUT_RESPONSE) return this.#giveUp()
    if (endStream) this.#finish(null)
  }

  responseTrailers(trailers: HeaderMap): void {
    this.#finish(trailers)
  }

  localReply(reply: TerminalReply): void {
    this.#headers = HeaderMap.from([[':status', String(reply.status)]])
    if (reply.body !== '') {
      this.#headers.push('content-length', String(reply.body.length))
      this.#headers.push('content-type', 'text/plain')
      this.#chunks.push(Buffer.from(reply.body, 'latin1'))
    }
    this.#finish(null)
  }

  resetDownstream(_reason: ResetReason, _details: string): void {
    this.#end(null)
  }

  informational(_headers: HeaderMap): void {}

  /** The whole request is there from the start: nothing to hold back. */
  pauseRequest(): void {}

  resumeRequest(): void {}

  /** Only the timeout limits a callout. */
  touch(): void {}

  #giveUp(): void {
    this.#terminal.cancel('local_reset')
    this.#end(null)
  }

  #finish(trailers: HeaderMap | null): void {
    this.#end({ headers: this.#headers!, body: Buffer.concat(this.#chunks), trailers })
  }

  #end(response: HttpCalloutResponse | null): void {
    if (this.#isEnded) return
    this.#isEnded = true
    if (!this.#isStarting) this.#onEnd(response)
  }
}
