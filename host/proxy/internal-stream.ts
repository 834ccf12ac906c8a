/** A stream that begins in the proxy itself instead of at a client: no filters, no listener, a route of its own. */
import { requestFault } from '../chain/header-checks.ts'
import { composeReply, replyBody } from '../chain/local-reply.ts'
import { textReply } from '../chain/reply.ts'
import type { MatchedRoute, Terminal, TerminalFactory, TerminalReply, TerminalStream } from '../chain/terminal.ts'
import type { CalloutStream, CalloutReceiver, CalloutStreamRequest } from '../hostcalls/services.ts'
import type { ResetReason } from '../http/codec.ts'
import { HeaderMap } from '../http/header-map.ts'
import { ResponseFlag, StreamInfo, type ConnectionInfo } from '../http/stream-info.ts'
import { forwardTo, plainHost, plainRoute } from '../route/plain-route.ts'
import { keep } from '../socket/read-buffer.ts'
import type { Clock } from '../util/clock.ts'

/** There is no client connection. */
const CONNECTION: ConnectionInfo = {
  id: 0,
  remoteAddress: '',
  remoteHost: '',
  directRemoteAddress: '',
  requestedServerName: '',
  tls: null,
  transportFailure: '',
  localAddress: '',
  filterChainName: '',
  listenerDirection: 0,
  listenerMetadata: null,
  filterState: null,
}

/** Waits while the upstream takes the request slowly. */
type RequestSource = Pick<TerminalStream, 'pauseRequest' | 'resumeRequest'>

export class InternalStream implements TerminalStream, CalloutStream {
  readonly info: StreamInfo
  requestHeaders = new HeaderMap()
  requestComplete = false
  readonly responseStarted = false
  readonly bufferLimit = Infinity
  readonly #match: MatchedRoute
  readonly #isMarkedInternal: boolean
  readonly #receiver: CalloutReceiver
  readonly #source: RequestSource | null
  readonly #terminal: Terminal
  #isEnded = false

  /** `source`: what the request comes from when it is not in memory already. */
  constructor(
    request: CalloutStreamRequest,
    receiver: CalloutReceiver,
    clock: Clock,
    routers: TerminalFactory,
    source: RequestSource | null = null,
  ) {
    this.#source = source
    this.info = new StreamInfo(CONNECTION, clock.wallMillis(), clock.monotonicMillis())
    this.info.clusterName = request.cluster
    this.#match = routeTo(request.cluster, request.timeoutMillis)
    this.#isMarkedInternal = request.isMarkedInternal
    this.#receiver = receiver
    this.#terminal = routers.create(this)
  }

  // The request.

  get details(): string {
    return this.info.responseCodeDetails
  }

  head(headers: HeaderMap, endStream: boolean): void {
    this.requestHeaders = headers
    this.requestComplete = endStream
    if (this.#isMarkedInternal) headers.setInPlace('x-envoy-internal', 'true')
    const fault = requestFault(headers)
    if (fault === null) return this.#terminal.head(headers, endStream)
    const details = `filter_removed_required_request_headers{${fault}}`.replaceAll(/\s/g, '_')
    this.localReply({ status: 503, body: fault, details, flags: ResponseFlag.DownstreamProtocolError, headers: null })
  }

  data(bytes: Buffer, endStream: boolean): void {
    if (this.#isEnded) return
    this.requestComplete = endStream
    this.#terminal.data(bytes, 0, bytes.length, endStream)
  }

  trailers(trailers: HeaderMap): void {
    if (this.#isEnded) return
    this.requestComplete = true
    this.#terminal.trailers(trailers)
  }

  cancel(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#terminal.cancel('local_reset')
  }

  // The answer.

  route(): MatchedRoute {
    return this.#match
  }

  routeOf(): MatchedRoute {
    return this.#match
  }

  /** Its route follows no redirects. */
  restart(): void {}

  /** Its route changes nothing. */
  finalizeRequest(): void {}

  responseHead(headers: HeaderMap, endStream: boolean): void {
    if (this.#isEnded) return
    this.#isEnded = endStream
    this.#receiver.onHead(headers, endStream)
  }

  responseData(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (this.#isEnded) return
    this.#isEnded = endStream
    this.#receiver.onData(keep(bytes, start, end), endStream)
  }

  responseTrailers(trailers: HeaderMap): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#receiver.onTrailers(trailers)
  }

  localReply({ status, body, details, flags, headers }: TerminalReply): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.info.responseCodeDetails = details
    const reply = { ...textReply(status, body, details, flags), headers }
    const repliedTo = { requestHeaders: this.requestHeaders, responseHeaders: new HeaderMap(), changeReplyHeaders: () => {} }
    composeReply(reply, repliedTo)
    const bytes = replyBody(reply, this.requestHeaders)
    this.#receiver.onHead(repliedTo.responseHeaders, bytes.length === 0)
    if (bytes.length > 0) this.#receiver.onData(bytes, true)
  }

  resetDownstream(_reason: ResetReason, details: string): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.info.responseCodeDetails = details
    this.#receiver.onReset()
  }

  informational(_headers: HeaderMap): void {}

  pauseRequest(): void {
    this.#source?.pauseRequest()
  }

  resumeRequest(): void {
    this.#source?.resumeRequest()
  }

  /** Only the timeout limits the stream. */
  touch(): void {}
}

function routeTo(cluster: string, timeout: number): MatchedRoute {
  const route = plainRoute(forwardTo(cluster, timeout))
  return { hashPolicies: null, metadataMatch: null, mirrors: null, virtualHost: plainHost([route]), route }
}
