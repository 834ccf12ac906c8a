/**
 * The end of every filter chain: chooses cluster and endpoint for a request, sends it there and brings the answer back
 * (hot; one object per request). What a failure answers is Envoy's (source/common/router/router.cc).
 */
import type { Terminal, TerminalFactory, TerminalStream } from '../chain/terminal.ts'
import type { ClusterManager } from '../cluster/cluster-manager.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Endpoint } from '../cluster/endpoint.ts'
import { ANYWHERE } from '../cluster/load-balancer.ts'
import type { UpstreamConnection } from '../cluster/upstream-connection.ts'
import type { MetadataMatchConfig, RetryConfig, RouteAction, RouterConfig } from '../config/types.ts'
import type { ClientStream, ResetReason, ResponseReceiver } from '../http/codec.ts'
import { HeaderMap } from '../http/header-map.ts'
import { ResponseFlag } from '../http/stream-info.ts'
import type { TapPoint } from '../tap/tap-point.ts'
import { assert } from '../util/assert.ts'
import type { Clock } from '../util/clock.ts'
import type { Random } from '../util/random.ts'
import { httpStatusOf } from '../hostcalls/grpc-status.ts'
import { replaceHost } from '../route/host-rewrite.ts'
import { resetBody, resetDetails, resetFlag, resetStatus } from '../route/reset-reply.ts'
import { RequestPick } from './request-pick.ts'
import { Retry, type RetryOwner } from './retry.ts'
import { RetryState } from './retry-state.ts'
import type { Uint64 } from '../util/uint64.ts'
import type { RouterStats } from './router-stats.ts'
import type { Timeout, TimeoutOwner, TimeoutPool } from './timeout-pool.ts'
import {
  hasControlHeader,
  removeControlHeaders,
  requestedTimeout,
  requestedTimeoutStatus,
  requestedTryTimeout,
} from './control-headers.ts'
import { UpstreamAttempt, type UpstreamOwner } from './upstream-attempt.ts'

type ForwardAction = Extract<RouteAction, { kind: 'cluster' }>

/** What the routers of one listener share. */
export interface RouterContext {
  readonly clusters: ClusterManager
  readonly clock: Clock
  readonly random: Random
  readonly timeouts: TimeoutPool
  readonly config: RouterConfig
  readonly stats: RouterStats
  readonly tap: TapPoint
}

export class RouterFactory implements TerminalFactory {
  readonly #context: RouterContext

  constructor(context: RouterContext) {
    this.#context = context
  }

  create(stream: TerminalStream): Terminal {
    return new RouterStream(this.#context, stream)
  }
}

class RouterStream implements Terminal, UpstreamOwner, TimeoutOwner, RetryOwner {
  readonly #context: RouterContext
  readonly #stream: TerminalStream
  #cluster: Cluster | null = null
  #endpoint: Endpoint | null = null
  #upstream: UpstreamAttempt | null = null
  /** The client's stream needs nothing more of us. */
  #isDone = false
  #isResponseStarted = false
  /** The upstream sent a head, if only an interim one: that is what response details go by. */
  #hasAnswered = false
  #timeoutMillis = 0
  #timeoutStatus = 504
  #timeout: Timeout | null = null
  /** Monotonic milliseconds; -1 = the request is not complete. */
  #requestEndMillis = -1
  /** The request comes from inside the mesh (a callout): counted apart. */
  #isInternal = false
  #countsInResponse = false
  #countsInRequest = false
  /** Null when the request is not tried again, whatever happens. */
  #retry: Retry | null = null
  #perTryTimeout = 0
  #startMillis = 0
  /** Null when the route says nothing of endpoints. */
  #pick: RequestPick | null = null

  constructor(context: RouterContext, stream: TerminalStream) {
    this.#context = context
    this.#stream = stream
  }

  get hash(): Uint64 | null {
    return this.#pick === null ? null : this.#pick.hash
  }

  get metadataMatch(): MetadataMatchConfig | null {
    return this.#pick === null ? null : this.#pick.metadataMatch
  }

  // The request.

  head(headers: HeaderMap, endStream: boolean): void {
    this.#context.stats.rqTotal.add(1)
    const match = this.#stream.route()
    assert(match !== null && match.route.action.kind === 'cluster', 'other requests are answered before the router')
    const action = match.route.action
    const cluster = this.#context.clusters.get(this.#stream.info.clusterName)
    if (cluster === null) return this.#refuseNoCluster(action.notFoundStatus)
    this.#cluster = cluster
    this.#countsInResponse = match.virtualHost.countsInResponse
    this.#countsInRequest = match.virtualHost.countsInRequest
    this.#isInternal = headers.get('x-envoy-internal') === 'true'
    if (match.hashPolicies !== null || match.metadataMatch !== null) this.#pick = new RequestPick(match, this.#stream)
    const endpoint = cluster.pick(this.#pick ?? ANYWHERE)
    if (endpoint === null) return this.#refuseNoEndpoint(cluster)
    this.#prepareHead(headers, action, action.retry ?? match.virtualHost.retry)
    this.#stream.finalizeRequest()
    const attempt = this.#openAttempt(cluster, endpoint, headers, action)
    if (this.#retry !== null && endStream) this.#retry.keepEnd()
    attempt.start(headers, endStream)
    if (endStream) this.#onRequestComplete()
  }

  data(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (this.#isDone) return
    if (this.#retry !== null && !this.#retry.keepData(bytes, start, end, endStream)) this.#abandonRetry()
    if (this.#isDone) return
    this.#upstream?.sendData(bytes, start, end, endStream)
    if (endStream) this.#onRequestComplete()
  }

  trailers(trailers: HeaderMap): void {
    if (this.#isDone) return
    this.#retry?.keepTrailers(trailers)
    this.#upstream?.sendTrailers(trailers)
    this.#onRequestComplete()
  }

  cancel(_reason: ResetReason): void {
    if (this.#isDone) return
    this.#finish()
    this.#upstream?.abandon()
  }

  // Further attempts.

  onRetry(): void {
    const match = this.#stream.route()
    const cluster = this.#cluster!
    const endpoint = cluster.pick(this.#retry!)
    if (endpoint === null) return this.#refuseNoEndpoint(cluster)
    const headers = this.#stream.requestHeaders
    const attempt = this.#openAttempt(cluster, endpoint, headers, match!.route.action as ForwardAction)
    this.#setExpectedTimeout(headers, this.#context.clock.monotonicMillis() - this.#startMillis)
    this.#retry!.replay(headers, attempt)
  }

  onTryTimeout(): void {
    const { stats } = this.#cluster!
    stats.rqPerTryTimeout.add(1)
    this.#endpoint!.counts.rqTimeout++
    this.#endpoint!.outlier?.onLocalFailure(504)
    this.#upstream!.abandon()
    if (!this.#isResponseStarted && this.#retry!.state.wantsReset('local_reset', true) && this.#tryAgain()) return
    const body = this.#timeoutStatus === 204 ? '' : 'upstream request timeout'
    this.#fail(this.#timeoutStatus, body, 'upstream_per_try_timeout', ResponseFlag.UpstreamRequestTimeout, 'local_reset')
  }

  #openAttempt(cluster: Cluster, endpoint: Endpoint, headers: HeaderMap, action: ForwardAction): UpstreamAttempt {
    this.#endpoint = endpoint
    this.#retry?.note(endpoint)
    if (this.#countsInRequest) headers.setOwn('x-envoy-attempt-count', String(this.#attempt))
    if (action.hostRewrite !== null && action.hostRewrite.kind === 'endpoint') this.#nameEndpoint(headers, endpoint, action)
    return (this.#upstream = new UpstreamAttempt(this, endpoint, cluster.config.bufferLimit, cluster.config.enableTrailers))
  }

  /** The request is too long to be sent again; between two attempts there is none that could go on. */
  #abandonRetry(): void {
    this.#cluster!.stats.retryAbandoned.add(1)
    if (this.#upstream !== null) return
    const body = 'exceeded request buffer limit while retrying upstream'
    this.#refuse(507, body, 'request_payload_exceeded_retry_buffer_limit', 0)
  }

  get #attempt(): number {
    return this.#retry === null ? 1 : this.#retry.attempt
  }

  /** True when another attempt follows; else the reason why none does stands in the response flags. */
  #tryAgain(): boolean {
    const { isNext, flag } = this.#retry!.schedule()
    this.#stream.info.responseFlags |= flag
    if (!isNext) return false
    this.#upstream!.releaseOwner()
    this.#upstream = null
    return true
  }

  /** The answer of an attempt that another one follows: counted, and nothing more is heard of it. */
  #dropAnswer(endStream: boolean, upstream: UpstreamAttempt): void {
    if (!endStream) upstream.abandon()
    this.#hasAnswered = false
  }

  pauseReads(): void {
    this.#upstream?.pauseReads()
  }

  resumeReads(): void {
    this.#upstream?.resumeReads()
  }

  // The answer.

  openUpstream({ codec }: UpstreamConnection, receiver: ResponseReceiver): ClientStream {
    const { session } = this.#context.tap
    if (session === null) return codec.newStream(receiver)
    return session.openAttempt(this.#stream.info, this.#endpoint!.label, codec, receiver)
  }

  onUpstreamConnected(connection: UpstreamConnection): void {
    const info = this.#stream.info
    info.upstreamAddress = this.#endpoint!.label
    info.upstreamLocalAddress = connection.localAddress
    info.upstreamTls = connection.tls
    info.attemptCount = this.#attempt
    this.#endpoint!.outlier?.onLocalSuccess()
    info.upstreamFirstByteSentMillis = this.#context.clock.monotonicMillis()
  }

  onUpstreamInformational(headers: HeaderMap): void {
    this.#stream.touch()
    this.#hasAnswered = true
    this.#stream.informational(headers)
  }

  onUpstreamHead(headers: HeaderMap, endStream: boolean): void {
    const now = this.#context.clock.monotonicMillis()
    const status = Number(headers.get(':status'))
    this.#endpoint!.outlier?.onStatus(answeredStatus(headers, status))
    this.#countOfEndpoint(status)
    if (this.#retry !== null && this.#isTriedAgain(status, headers, endStream)) return
    this.#cluster!.stats.countResponse(status, this.#isInternal)
    this.#isResponseStarted = true
    this.#hasAnswered = true
    const info = this.#stream.info
    info.upstreamFirstByteReceivedMillis = now
    info.responseCodeDetails = 'via_upstream'
    if (!this.#context.config.suppressEnvoyHeaders && this.#requestEndMillis >= 0) {
      headers.setOwn('x-envoy-upstream-service-time', String(Math.floor(now - this.#requestEndMillis)))
    }
    if (this.#countsInResponse) headers.setOwn('x-envoy-attempt-count', String(this.#attempt))
    if (this.#pick !== null) for (const cookie of this.#pick.setCookies) headers.add('set-cookie', cookie)
    if (endStream) this.#onAnswerComplete(now)
    this.#stream.responseHead(headers, endStream)
  }

  onUpstreamData(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (endStream) this.#onAnswerComplete(this.#context.clock.monotonicMillis())
    this.#stream.responseData(bytes, start, end, endStream)
  }

  onUpstreamTrailers(trailers: HeaderMap): void {
    this.#onAnswerComplete(this.#context.clock.monotonicMillis())
    this.#stream.responseTrailers(trailers)
  }

  onUpstreamReset(reason: ResetReason, transport: string): void {
    const info = this.#stream.info
    if (reason !== 'overflow') {
      info.upstreamAddress = this.#endpoint!.label
      this.#endpoint!.outlier?.onLocalFailure(503)
    }
    info.upstreamTransportFailure = transport
    const isStarted = this.#upstream!.isStarted
    if (this.#retry !== null && !this.#isResponseStarted && this.#retry.state.wantsReset(reason, isStarted)) {
      if (this.#tryAgain()) return
    }
    const details = resetDetails(reason, transport, this.#hasAnswered)
    this.#fail(resetStatus(reason), resetBody(reason), details, resetFlag(reason), reason)
  }

  onUpstreamSlow(): void {
    this.#stream.pauseRequest()
  }

  onUpstreamReady(): void {
    this.#stream.resumeRequest()
  }

  onTimeout(): void {
    this.#cluster!.stats.rqTimeout.add(1)
    this.#endpoint!.counts.rqTimeout++
    if (this.#upstream !== null) this.#endpoint!.outlier?.onLocalFailure(504)
    this.#upstream?.abandon()
    const body = this.#timeoutStatus === 204 ? '' : 'upstream request timeout'
    this.#fail(this.#timeoutStatus, body, 'response_timeout', ResponseFlag.UpstreamRequestTimeout, 'local_reset')
  }

  #prepareHead(headers: HeaderMap, { timeout }: ForwardAction, policy: RetryConfig | null): void {
    const isSteered = hasControlHeader(headers)
    this.#timeoutMillis = isSteered ? requestedTimeout(headers, timeout) : timeout
    if (isSteered) this.#timeoutStatus = requestedTimeoutStatus(headers)
    if (isSteered || policy !== null) this.#prepareRetry(headers, policy)
    if (isSteered) removeControlHeaders(headers)
    this.#setExpectedTimeout(headers, 0)
  }

  /** As in Envoy, an attempt's time that is not shorter than the whole is none. */
  #prepareRetry(headers: HeaderMap, policy: RetryConfig | null): void {
    const asked = requestedTryTimeout(headers, policy === null ? 0 : policy.perTryTimeout)
    this.#perTryTimeout = this.#timeoutMillis !== 0 && asked >= this.#timeoutMillis ? 0 : asked
    const state = RetryState.of(policy, headers)
    if (state === null && this.#perTryTimeout === 0) return
    this.#startMillis = this.#context.clock.monotonicMillis()
    this.#retry = new Retry(state ?? RetryState.never(), this.#perTryTimeout, this.#cluster!, this, this.#context)
  }

  /** Tells the upstream how long it has: the attempt's time, or what is left of the whole. */
  #setExpectedTimeout(headers: HeaderMap, elapsed: number): void {
    if (this.#context.config.suppressEnvoyHeaders) return
    const left = this.#timeoutMillis === 0 ? 0 : Math.max(1, Math.floor(this.#timeoutMillis - elapsed))
    const expected = this.#perTryTimeout > 0 && (left === 0 || this.#perTryTimeout < left) ? this.#perTryTimeout : left
    if (expected > 0) headers.setOwn('x-envoy-expected-rq-timeout-ms', String(expected))
  }

  #isTriedAgain(status: number, headers: HeaderMap, endStream: boolean): boolean {
    const retry = this.#retry!
    const upstream = this.#upstream!
    retry.endTry()
    if (retry.state.wantsHead(status, headers)) {
      if (!this.#tryAgain()) return false
      this.#cluster!.stats.countRetried(status)
      this.#dropAnswer(endStream, upstream)
      return true
    }
    if (retry.attempt > 1) this.#cluster!.stats.rqRetrySuccess.add(1)
    return false
  }

  /** The host of the request becomes the name of the endpoint, if it has one. */
  #nameEndpoint(headers: HeaderMap, { address }: Endpoint, action: ForwardAction): void {
    if (address.hostname === address.host) return
    replaceHost(headers, address.hostname, !this.#context.config.suppressEnvoyHeaders, action.appendsForwardedHost)
  }

  /** The route's timeout runs from the end of the request. */
  #onRequestComplete(): void {
    if (this.#isDone) return
    const now = this.#context.clock.monotonicMillis()
    this.#requestEndMillis = now
    this.#stream.info.upstreamLastByteSentMillis = now
    if (this.#timeoutMillis > 0) this.#timeout = this.#context.timeouts.start(this, this.#timeoutMillis)
    if (this.#retry !== null && this.#upstream !== null) this.#retry.armTry()
  }

  #countOfEndpoint(status: number): void {
    if (status >= 500) this.#endpoint!.counts.rqError++
    else this.#endpoint!.counts.rqSuccess++
  }

  #onAnswerComplete(now: number): void {
    this.#stream.info.upstreamLastByteReceivedMillis = now
    if (this.#requestEndMillis >= 0) {
      this.#cluster!.stats.recordTime(Math.round(now - this.#requestEndMillis), this.#isInternal)
    }
    this.#finish()
  }

  #finish(): void {
    this.#isDone = true
    this.#retry?.end()
    if (this.#timeout === null) return
    this.#context.timeouts.release(this.#timeout)
    this.#timeout = null
  }

  /** The upstream side failed: an answer, or the end of the one that has begun. */
  #fail(status: number, body: string, details: string, flags: number, reason: ResetReason): void {
    this.#finish()
    if (this.#isResponseStarted) {
      this.#context.stats.resetAfterResponseStarted.add(1)
      this.#stream.info.responseFlags |= flags
      return this.#stream.resetDownstream(reason, details)
    }
    this.#cluster!.stats.countResponse(status, this.#isInternal)
    const isOverloaded = reason === 'overflow' && !this.#context.config.suppressEnvoyHeaders
    this.#stream.localReply({ status, body, details, flags, headers: this.#replyHeaders(isOverloaded) })
  }

  // Answers without an upstream.

  #refuseNoCluster(status: number): void {
    this.#stream.info.clusterName = ''
    this.#refuse(status, '', 'cluster_not_found', ResponseFlag.NoClusterFound)
  }

  #refuseNoEndpoint(cluster: Cluster): void {
    cluster.stats.cxNoneHealthy.add(1)
    cluster.stats.countResponse(503, this.#isInternal)
    this.#refuse(503, 'no healthy upstream', 'no_healthy_upstream', ResponseFlag.NoHealthyUpstream)
  }

  #refuse(status: number, body: string, details: string, flags: number): void {
    this.#finish()
    this.#stream.localReply({ status, body, details, flags, headers: this.#replyHeaders(false) })
  }

  #replyHeaders(isOverloaded: boolean): HeaderMap | null {
    if (!isOverloaded && !this.#countsInResponse) return null
    const headers = new HeaderMap()
    if (isOverloaded) headers.push('x-envoy-overloaded', 'true')
    if (this.#countsInResponse) headers.push('x-envoy-attempt-count', String(this.#attempt))
    return headers
  }
}

/** A failed call that ends with its head counts as the HTTP status that stands for its gRPC status. */
function answeredStatus(headers: HeaderMap, status: number): number {
  const grpc = headers.get('grpc-status')
  return grpc === null ? status : httpStatusOf(Number(grpc))
}
