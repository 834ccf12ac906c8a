/**
 * One request on its way to its cluster and the answer on its way back (hot; one object per request): chooses cluster and
 * endpoint, tries again. What a failure answers is Envoy's (source/common/router/router.cc). The file is long because the
 * two directions and the attempts share the state that says who may still answer.
 */
import type { MatchedRoute, Terminal, TerminalStream } from '../chain/terminal.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Endpoint } from '../cluster/endpoint.ts'
import { ANYWHERE, type PickContext } from '../cluster/load-balancer.ts'
import type { UpstreamConnection } from '../cluster/upstream-connection.ts'
import type { MirrorConfig, RedirectPolicyConfig, RetryConfig, RouteAction } from '../config/types.ts'
import type { ClientStream, ResetReason } from '../http/codec.ts'
import { BodyBuffer } from '../http/body-buffer.ts'
import type { HeaderMap } from '../http/header-map.ts'
import type { StreamInfo } from '../http/stream-info.ts'
import { assert } from '../util/assert.ts'
import { httpStatusOf } from '../hostcalls/grpc-status.ts'
import { replaceHost } from '../route/host-rewrite.ts'
import { Attempts } from './attempts.ts'
import { redirectedHead } from './internal-redirect.ts'
import { KeptRequest } from './kept-request.ts'
import { serverOfRequest } from './request-server.ts'
import type { TlsServer } from '../tls/upstream-tls.ts'
import { Mirrors } from './mirrors.ts'
import { RequestPick } from './request-pick.ts'
import { Retry, type RetryOwner } from './retry.ts'
import { RetryState } from './retry-state.ts'
import type { RouterContext } from './router.ts'
import {
  NO_ENDPOINT,
  noClusterReply,
  replyHeaders,
  resetReply,
  type RouterReply,
  timeoutReply,
  TOO_LONG_TO_RETRY,
} from './router-replies.ts'
import type { Timeout, TimeoutOwner } from './timeout-pool.ts'
import { hasControlHeader, removeControlHeaders, requestedTimeout, requestedTimeoutStatus } from './control-headers.ts'
import { expectedTimeout, tryLimitsOf } from './try-limits.ts'
import { Tries, type TriesOwner } from './tries.ts'
import { UpstreamAttempt, type UpstreamOwner } from './upstream-attempt.ts'

type ForwardAction = Extract<RouteAction, { kind: 'cluster' }>

export class RouterStream implements Terminal, UpstreamOwner, TimeoutOwner, RetryOwner, TriesOwner {
  readonly #context: RouterContext
  readonly #stream: TerminalStream
  #cluster: Cluster | null = null
  /** That of the first attempt holds for all: filters may have made the stream forget its own. */
  #match: MatchedRoute | null = null
  readonly attempts = new Attempts()
  /** The client's stream needs nothing more of us. */
  #isDone = false
  isResponseStarted = false
  /** The upstream sent a head, if only an interim one: that is what response details go by. */
  #hasAnswered = false
  #timeoutMillis = 0
  #timeoutStatus = 504
  #timeout: Timeout | null = null
  /** Monotonic milliseconds; -1 = the request is not complete. */
  #requestEndMillis = -1
  /** The request comes from inside the mesh (a callout): counted apart. */
  #isInternal = false
  /** Null when there is one attempt, which may take as long as the whole. */
  #tries: Tries | null = null
  /** Null when nobody may want it again. */
  #kept: KeptRequest | null = null
  /** Null = redirects go to the client. */
  #redirects: RedirectPolicyConfig | null = null
  /** Null = the request goes to its cluster alone. */
  #mirrors: Mirrors | null = null
  /** What the request says of TLS; null = nothing. */
  #server: TlsServer | null = null
  /** Null when the route says nothing of endpoints. */
  #pick: RequestPick | null = null

  constructor(context: RouterContext, stream: TerminalStream) {
    this.#context = context
    this.#stream = stream
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
    this.#match = match
    this.#isInternal = headers.get('x-envoy-internal') === 'true'
    const saysWhere = match.hashPolicies !== null || match.metadataMatch !== null || cluster.config.originalDst !== null
    if (saysWhere) this.#pick = new RequestPick(match, this.#stream)
    const endpoint = cluster.pick(this.#pick ?? ANYWHERE)
    if (endpoint === null) return this.#refuseNoEndpoint(cluster)
    this.#prepareHead(headers, action, match)
    if (action.redirects !== null) this.#prepareRedirects(action.redirects, match)
    this.#stream.finalizeRequest()
    if (cluster.config.requestServer !== null) this.#server = serverOfRequest(cluster.config.requestServer, headers)
    const attempt = this.#openAttempt(cluster, endpoint, headers, action)
    if (attempt === null) return this.#refuseNoEndpoint(cluster)
    if (this.#kept !== null) this.#kept.isComplete = endStream
    attempt.start(headers, endStream)
    if (match.mirrors !== null) this.#mirror(match.mirrors, headers, endStream)
    if (endStream) this.#onRequestComplete()
  }

  data(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (this.#isDone) return
    if (this.#kept !== null && !this.#kept.data(bytes, start, end, endStream)) this.#abandonRetry()
    if (this.#isDone) return
    if (this.#mirrors !== null) this.#mirrors.data(bytes, start, end, endStream)
    this.attempts.newest?.sendData(bytes, start, end, endStream)
    if (endStream) this.#onRequestComplete()
  }

  trailers(trailers: HeaderMap): void {
    if (this.#isDone) return
    this.#kept?.trailers(trailers)
    this.#mirrors?.trailers(trailers)
    this.attempts.newest?.sendTrailers(trailers)
    this.#onRequestComplete()
  }

  cancel(_reason: ResetReason): void {
    if (this.#isDone) return
    this.#finish()
    this.attempts.abandonAll()
  }

  pauseReads(): void {
    this.attempts.pauseReads()
  }

  resumeReads(): void {
    this.attempts.resumeReads()
  }

  #mirror(policies: readonly MirrorConfig[], headers: HeaderMap, endStream: boolean): void {
    // Where it is not granted, what comes behind a request that leaves HTTP would be read as requests.
    if (headers.get(':method') === 'CONNECT' || headers.has('upgrade')) return
    // The rest of a request that is answered already does not come.
    if (this.#isDone && !endStream) return
    this.#mirrors = new Mirrors(this.#stream, this.#context)
    this.#mirrors.start(policies, headers, this.#timeoutMillis, endStream)
  }

  // Attempts.

  onRetry(pick: PickContext): void {
    const { route, virtualHost } = this.#match!
    const cluster = this.#cluster!
    const endpoint = cluster.pick(pick)
    if (endpoint === null) return this.#refuseNoEndpoint(cluster)
    const headers = this.#stream.requestHeaders
    const attempt = this.#openAttempt(cluster, endpoint, headers, route.action as ForwardAction)
    if (attempt === null) return this.#refuseNoEndpoint(cluster)
    const hasEnded = this.#requestEndMillis >= 0
    if (virtualHost.tellsTimeoutRetry) headers.setOwn('x-envoy-is-timeout-retry', String(this.#tries!.isAfterTimeout))
    this.#setExpectedTimeout(headers, hasEnded ? this.#context.clock.monotonicMillis() - this.#requestEndMillis : 0)
    this.#kept!.replay(headers, attempt)
  }

  /** Null when the cluster may have no more pools of connections. */
  #openAttempt(cluster: Cluster, endpoint: Endpoint, headers: HeaderMap, action: ForwardAction): UpstreamAttempt | null {
    if (this.#match!.virtualHost.countsInRequest) headers.setOwn('x-envoy-attempt-count', String(this.#attempt))
    if (action.hostRewrite !== null && action.hostRewrite.kind === 'endpoint') this.#nameEndpoint(headers, endpoint, action)
    const pool = endpoint.pools.for(action.isHighPriority, this.#server)
    if (pool === null) return null
    const attempt = new UpstreamAttempt(this, endpoint, pool, cluster, this.attempts.pauses)
    if (this.#tries !== null) this.#tries.onAttempt(attempt, endpoint)
    this.attempts.add(attempt)
    return attempt
  }

  /** The request is too long to be sent again; between two attempts there is none that could go on. */
  #abandonRetry(): void {
    this.#cluster!.stats.retryAbandoned.add(1)
    if (this.attempts.newest === null) this.#refuse(TOO_LONG_TO_RETRY)
  }

  onTryOver(attempt: UpstreamAttempt, details: string): void {
    this.#countAbort(this.#timeoutStatus)
    this.attempts.forget(attempt)
    this.#failTimeout(details)
  }

  get canRepeat(): boolean {
    return !this.#kept!.isLost
  }

  get info(): StreamInfo {
    return this.#stream.info
  }

  get #attempt(): number {
    return this.#tries === null ? 1 : this.#tries.attempt
  }

  /** Others than those that are forgotten may still be answered. */
  get #mayBeAnswered(): boolean {
    return this.attempts.newest !== null || (this.#tries !== null && this.#tries.isWaiting)
  }

  // The answer.

  openUpstream(attempt: UpstreamAttempt, { codec }: UpstreamConnection): ClientStream {
    const { session } = this.#context.tap
    if (session === null) return codec.newStream(attempt)
    return session.openAttempt(this.#stream.info, attempt.endpoint.label, codec, attempt)
  }

  onUpstreamConnected(attempt: UpstreamAttempt): void {
    this.#describe(attempt)
    attempt.endpoint.outlier?.onLocalSuccess()
    this.#stream.info.upstreamFirstByteSentMillis = this.#context.clock.monotonicMillis()
    if (attempt.timers !== null && this.#requestEndMillis >= 0) attempt.timers.start()
  }

  onUpstreamInformational(attempt: UpstreamAttempt, headers: HeaderMap): void {
    if (attempt.timers !== null) attempt.timers.touch()
    this.#stream.touch()
    this.#hasAnswered = true
    this.#stream.informational(headers)
  }

  onUpstreamHead(attempt: UpstreamAttempt, headers: HeaderMap, endStream: boolean): void {
    const now = this.#context.clock.monotonicMillis()
    const status = Number(headers.get(':status'))
    const { endpoint } = attempt
    endpoint.outlier?.onStatus(answeredStatus(headers, status))
    if (endpoint.health.isChecked && headers.has('x-envoy-immediate-health-check-fail')) endpoint.health.failAtOnce()
    if (this.#tries !== null && this.#tries.isPassedOver(attempt, status, headers, endStream)) {
      this.#hasAnswered = false
      return
    }
    if (this.#redirects !== null && this.#redirects.statusCodes.has(status) && this.#isRedirected(status, headers)) return
    if (status >= 500) endpoint.counts.rqError++
    else endpoint.counts.rqSuccess++
    if (this.attempts.wereSeveral) this.#choose(attempt)
    if (attempt.timers !== null) attempt.timers.onHead()
    this.#cluster!.stats.countResponse(status, this.#isInternal)
    this.isResponseStarted = true
    this.#hasAnswered = true
    // Nobody wants it again. Envoy goes on where redirects are followed, and counts what is too long.
    if (this.#redirects === null) this.#kept = null
    const info = this.#stream.info
    info.upstreamFirstByteReceivedMillis = now
    info.responseCodeDetails = 'via_upstream'
    if (!this.#context.config.suppressEnvoyHeaders && this.#requestEndMillis >= 0) {
      headers.setOwn('x-envoy-upstream-service-time', String(Math.floor(now - this.#requestEndMillis)))
    }
    if (this.#match!.virtualHost.countsInResponse) headers.setOwn('x-envoy-attempt-count', String(this.#attempt))
    if (this.#pick !== null) for (const cookie of this.#pick.setCookies) headers.add('set-cookie', cookie)
    if (endStream) this.#onAnswerComplete(now)
    this.#stream.responseHead(headers, endStream)
  }

  onUpstreamData(attempt: UpstreamAttempt, bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (endStream) this.#onAnswerComplete(this.#context.clock.monotonicMillis())
    else if (attempt.timers !== null) attempt.timers.touch()
    this.#stream.responseData(bytes, start, end, endStream)
  }

  onUpstreamTrailers(_attempt: UpstreamAttempt, trailers: HeaderMap): void {
    this.#onAnswerComplete(this.#context.clock.monotonicMillis())
    this.#stream.responseTrailers(trailers)
  }

  onUpstreamReset(attempt: UpstreamAttempt, reason: ResetReason, transport: string): void {
    const info = this.#stream.info
    if (reason !== 'overflow') {
      info.upstreamAddress = attempt.endpoint.label
      attempt.endpoint.outlier?.onLocalFailure(503)
    }
    info.upstreamTransportFailure = transport
    if (this.#tries !== null && this.#tries.isRetriedAfterReset(attempt, reason)) return
    const reply = resetReply(reason, transport, this.#hasAnswered)
    this.#countAbort(reply.status)
    this.attempts.forget(attempt)
    if (!this.#mayBeAnswered) this.#fail(reply, reason)
  }

  onUpstreamSlow(): void {
    this.#stream.pauseRequest()
  }

  onUpstreamReady(): void {
    this.#stream.resumeRequest()
  }

  onTimeout(): void {
    for (const attempt of this.attempts.all()) this.#countTimeout(attempt)
    this.attempts.abandonAll()
    this.#failTimeout('response_timeout')
  }

  #countTimeout(attempt: UpstreamAttempt): void {
    this.#cluster!.stats.rqTimeout.add(1)
    attempt.endpoint.counts.rqTimeout++
    if (!this.isResponseStarted && !attempt.isSlow) attempt.endpoint.outlier?.onLocalFailure(504)
    this.#countAbort(this.#timeoutStatus)
  }

  /** Counts an attempt that was not answered as the answer that stands for it. */
  #countAbort(status: number): void {
    if (!this.isResponseStarted) this.#cluster!.stats.countResponse(status, this.#isInternal)
  }

  /** The answer of this attempt is the one. */
  #choose(attempt: UpstreamAttempt): void {
    this.attempts.keepOnly(attempt)
    this.#describe(attempt)
  }

  /** Puts what is known of the attempt where filters and logs read it. */
  #describe({ endpoint, connection }: UpstreamAttempt): void {
    const info = this.#stream.info
    info.upstreamAddress = endpoint.label
    info.upstreamLocalAddress = connection!.localAddress
    info.upstreamTls = connection!.tls
    info.attemptCount = this.#attempt
  }

  #prepareHead(headers: HeaderMap, action: ForwardAction, match: MatchedRoute): void {
    const { timeout } = action
    const policy = action.retry ?? match.virtualHost.retry
    const isSteered = hasControlHeader(headers)
    this.#timeoutMillis = isSteered ? requestedTimeout(headers, timeout) : timeout
    if (isSteered) this.#timeoutStatus = requestedTimeoutStatus(headers)
    if (isSteered || policy !== null) this.#prepareTries(headers, action, policy, match)
    if (isSteered) removeControlHeaders(headers)
    this.#setExpectedTimeout(headers, 0)
  }

  #prepareTries(headers: HeaderMap, action: ForwardAction, policy: RetryConfig | null, match: MatchedRoute): void {
    const limits = tryLimitsOf(headers, policy, this.#timeoutMillis, action.hedges ?? match.virtualHost.hedges)
    const state = RetryState.of(policy, headers)
    if (limits === null && state === null) return
    const cluster = this.#cluster!
    const breakers = cluster.breakersFor(action.isHighPriority)
    const retry = state && new Retry(state, cluster.stats, breakers, this.#pick ?? ANYWHERE, this, this.#context)
    this.#tries = new Tries(this, limits, retry, cluster.stats, this.#context.timeouts)
    if (retry !== null) this.#keep(match)
  }

  #prepareRedirects(policy: RedirectPolicyConfig, match: MatchedRoute): void {
    this.#redirects = policy
    if (this.#kept === null) this.#keep(match)
  }

  /** The request may be wanted again. */
  #keep({ route, virtualHost }: MatchedRoute): void {
    this.#kept = new KeptRequest(route.keepLimit ?? virtualHost.keepLimit ?? this.#stream.bufferLimit)
  }

  /** Tells the upstream how long it has. */
  #setExpectedTimeout(headers: HeaderMap, elapsed: number): void {
    if (this.#context.config.suppressEnvoyHeaders) return
    const expected = expectedTimeout(this.#timeoutMillis, this.#tries === null ? null : this.#tries.limits, elapsed)
    if (expected > 0) headers.setOwn('x-envoy-expected-rq-timeout-ms', String(expected))
  }

  /** True when the request begins anew where the answer says. */
  #isRedirected(status: number, answer: HeaderMap): boolean {
    const stream = this.#stream
    const kept = this.#requestEndMillis >= 0 && !this.#kept!.isLost ? this.#kept : null
    const redirected = { stream, policy: this.#redirects!, route: this.#match!, status, answer }
    const head = kept === null ? null : redirectedHead(redirected, this.#context.stats)
    const { redirectFailed, redirectSucceeded } = this.#cluster!.stats
    if (kept === null || head === null) {
      redirectFailed.add(1)
      return false
    }
    redirectSucceeded.add(1)
    this.#finish()
    this.attempts.abandonAll()
    const keepsBody = head.get(':method') === stream.requestHeaders.get(':method')
    stream.restart(head, keepsBody ? kept.body : new BodyBuffer(), answer)
    return true
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
    const upstream = this.attempts.newest
    if (upstream !== null && upstream.timers !== null && upstream.isStarted) upstream.timers.start()
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
    this.#tries?.end()
    if (this.#requestEndMillis < 0) this.#mirrors?.cancel()
    if (this.#timeout === null) return
    this.#context.timeouts.release(this.#timeout)
    this.#timeout = null
  }

  #failTimeout(details: string): void {
    this.#fail(timeoutReply(this.#timeoutStatus, details), 'local_reset')
  }

  /** The upstream side failed: an answer, or the end of the one that has begun. */
  #fail(reply: RouterReply, reason: ResetReason): void {
    this.#finish()
    if (!this.isResponseStarted) return this.#reply(reply, reason === 'overflow' && !this.#context.config.suppressEnvoyHeaders)
    this.#context.stats.resetAfterResponseStarted.add(1)
    this.#stream.info.responseFlags |= reply.flags
    this.#stream.resetDownstream(reason, reply.details)
  }

  // Answers without an upstream.

  #refuseNoCluster(status: number): void {
    this.#stream.info.clusterName = ''
    this.#refuse(noClusterReply(status))
  }

  #refuseNoEndpoint(cluster: Cluster): void {
    cluster.stats.countResponse(503, this.#isInternal)
    this.#refuse(NO_ENDPOINT)
  }

  #refuse(reply: RouterReply): void {
    this.#finish()
    this.attempts.abandonAll()
    this.#reply(reply, false)
  }

  #reply({ status, body, details, flags }: RouterReply, isOverloaded: boolean): void {
    const isCounted = this.#match !== null && this.#match.virtualHost.countsInResponse
    const headers = replyHeaders(isOverloaded, isCounted ? this.#attempt : 0)
    this.#stream.localReply({ status, body, details, flags, headers })
  }
}

/** A failed call that ends with its head counts as the HTTP status that stands for its gRPC status. */
function answeredStatus(headers: HeaderMap, status: number): number {
  const grpc = headers.get('grpc-status')
  return grpc === null ? status : httpStatusOf(Number(grpc))
}
