/**
 * One request on its way to its cluster and the answer on its way back (hot; one object per request): chooses cluster and
 * endpoint, tries again. What a failure answers is Envoy's (source/common/router/router.cc).
 */
import type { MatchedRoute, Terminal, TerminalStream } from '../chain/terminal.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Endpoint } from '../cluster/endpoint.ts'
import { ANYWHERE } from '../cluster/load-balancer.ts'
import type { UpstreamConnection } from '../cluster/upstream-connection.ts'
import type { MetadataMatchConfig, MirrorConfig, RedirectPolicyConfig, RetryConfig, RouteAction } from '../config/types.ts'
import type { ClientStream, ResetReason } from '../http/codec.ts'
import { BodyBuffer } from '../http/body-buffer.ts'
import { HeaderMap } from '../http/header-map.ts'
import { ResponseFlag } from '../http/stream-info.ts'
import { assert } from '../util/assert.ts'
import { httpStatusOf } from '../hostcalls/grpc-status.ts'
import { replaceHost } from '../route/host-rewrite.ts'
import { resetBody, resetDetails, resetFlag, resetStatus } from '../route/reset-reply.ts'
import { redirectedHead } from './internal-redirect.ts'
import { KeptRequest } from './kept-request.ts'
import { serverOfRequest } from './request-server.ts'
import type { TlsServer } from '../tls/upstream-tls.ts'
import { Mirrors } from './mirrors.ts'
import { RequestPick } from './request-pick.ts'
import { Retry, type RetryOwner } from './retry.ts'
import { RetryState } from './retry-state.ts'
import type { RouterContext } from './router.ts'
import type { Uint64 } from '../util/uint64.ts'
import type { Timeout, TimeoutOwner } from './timeout-pool.ts'
import { hasControlHeader, removeControlHeaders, requestedTimeout, requestedTimeoutStatus } from './control-headers.ts'
import { expectedTimeout, type TryLimits, tryLimitsOf } from './try-limits.ts'
import { type TryOwner, TryTimers } from './try-timers.ts'
import { UpstreamAttempt, type UpstreamOwner } from './upstream-attempt.ts'

type ForwardAction = Extract<RouteAction, { kind: 'cluster' }>

export class RouterStream implements Terminal, UpstreamOwner, TimeoutOwner, RetryOwner, TryOwner {
  readonly #context: RouterContext
  readonly #stream: TerminalStream
  #cluster: Cluster | null = null
  /** That of the first attempt holds for all: filters may have made the stream forget its own. */
  #match: MatchedRoute | null = null
  /** The newest attempt; null before the first, between two, and after the last. */
  #upstream: UpstreamAttempt | null = null
  /** Attempts beside it that may still be answered; null = never any. */
  #others: UpstreamAttempt[] | null = null
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
  /** Null when nobody may want it again. */
  #kept: KeptRequest | null = null
  /** Null = redirects go to the client. */
  #redirects: RedirectPolicyConfig | null = null
  /** Null = the request goes to its cluster alone. */
  #mirrors: Mirrors | null = null
  /** Null = an attempt may take as long as the whole. */
  #tryLimits: TryLimits | null = null
  /** What the request says of TLS; null = nothing. */
  #server: TlsServer | null = null
  /** Null when the route says nothing of endpoints. */
  #pick: RequestPick | null = null
  /** How often the answer is paused. */
  #pauses = 0
  /** The attempt before took too long. */
  #isAfterTimeout = false

  constructor(context: RouterContext, stream: TerminalStream) {
    this.#context = context
    this.#stream = stream
  }

  get hash(): Uint64 | null {
    return this.#pick === null ? null : this.#pick.hash
  }

  get headers(): HeaderMap | null {
    return this.#pick === null ? null : this.#pick.headers
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
    this.#match = match
    this.#countsInResponse = match.virtualHost.countsInResponse
    this.#countsInRequest = match.virtualHost.countsInRequest
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
    this.#upstream?.sendData(bytes, start, end, endStream)
    if (endStream) this.#onRequestComplete()
  }

  trailers(trailers: HeaderMap): void {
    if (this.#isDone) return
    this.#kept?.trailers(trailers)
    this.#mirrors?.trailers(trailers)
    this.#upstream?.sendTrailers(trailers)
    this.#onRequestComplete()
  }

  cancel(_reason: ResetReason): void {
    if (this.#isDone) return
    this.#finish()
    this.#abandonAll()
  }

  pauseReads(): void {
    this.#pauses++
    this.#upstream?.pauseReads()
    this.#others?.forEach((attempt) => attempt.pauseReads())
  }

  resumeReads(): void {
    this.#pauses--
    this.#upstream?.resumeReads()
    this.#others?.forEach((attempt) => attempt.resumeReads())
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

  onRetry(): void {
    const { route, virtualHost } = this.#match!
    const cluster = this.#cluster!
    const endpoint = cluster.pick(this.#retry!)
    if (endpoint === null) return this.#refuseNoEndpoint(cluster)
    const headers = this.#stream.requestHeaders
    if (this.#upstream !== null) (this.#others ??= []).push(this.#upstream)
    const attempt = this.#openAttempt(cluster, endpoint, headers, route.action as ForwardAction)
    const hasEnded = this.#requestEndMillis >= 0
    if (virtualHost.tellsTimeoutRetry) headers.setOwn('x-envoy-is-timeout-retry', String(this.#isAfterTimeout))
    this.#setExpectedTimeout(headers, hasEnded ? this.#context.clock.monotonicMillis() - this.#requestEndMillis : 0)
    this.#kept!.replay(headers, attempt)
  }

  onTryTimeout(attempt: UpstreamAttempt): void {
    if (this.#tryLimits!.hedges) return this.#hedge(attempt)
    this.#cluster!.stats.rqPerTryTimeout.add(1)
    this.#endTry(attempt, 'upstream_per_try_timeout')
  }

  onTryIdle(attempt: UpstreamAttempt): void {
    if (this.#tryLimits!.hedges) return this.#hedge(attempt)
    this.#cluster!.stats.rqPerTryIdleTimeout.add(1)
    this.#endTry(attempt, 'upstream_per_try_idle_timeout')
  }

  /** Another attempt is started beside one that takes long; the first good answer counts. */
  #hedge(attempt: UpstreamAttempt): void {
    // Of its two limits the other one was over before.
    if (attempt.isSlow) return
    attempt.endpoint.outlier?.onLocalFailure(504)
    attempt.isSlow = true
    this.#isAfterTimeout = true
    if (!this.#isResponseStarted && this.#retry !== null) attempt.isHedged = this.#tryAgain(null)
  }

  /** An attempt took too long. */
  #endTry(attempt: UpstreamAttempt, details: string): void {
    this.#isAfterTimeout = true
    attempt.endpoint.counts.rqTimeout++
    attempt.endpoint.outlier?.onLocalFailure(504)
    attempt.abandon()
    if (this.#isRetriedAfter(attempt, 'local_reset', true)) return
    this.#countAbort(this.#timeoutStatus)
    this.#forget(attempt)
    this.#failTimeout(details)
  }

  #openAttempt(cluster: Cluster, endpoint: Endpoint, headers: HeaderMap, action: ForwardAction): UpstreamAttempt {
    this.#retry?.note(endpoint)
    if (this.#countsInRequest) headers.setOwn('x-envoy-attempt-count', String(this.#attempt))
    if (action.hostRewrite !== null && action.hostRewrite.kind === 'endpoint') this.#nameEndpoint(headers, endpoint, action)
    const pool = endpoint.pools.for(action.isHighPriority, this.#server)
    const attempt = new UpstreamAttempt(this, endpoint, pool, cluster, this.#pauses)
    if (this.#tryLimits !== null) attempt.timers = new TryTimers(attempt, this.#tryLimits, this, this.#context.timeouts)
    return (this.#upstream = attempt)
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
  #tryAgain(answer: HeaderMap | null): boolean {
    if (this.#kept!.isLost) return false
    const flag = this.#retry!.schedule(answer)
    if (flag !== null) this.#stream.info.responseFlags |= flag
    return flag === null
  }

  /** True when another attempt follows this one, which was reset. */
  #isRetriedAfter(attempt: UpstreamAttempt, reason: ResetReason, isStarted: boolean): boolean {
    if (this.#retry === null || this.#isResponseStarted || attempt.isHedged) return false
    if (!this.#retry.state.wantsReset(reason, isStarted) || !this.#tryAgain(null)) return false
    this.#forget(attempt)
    return true
  }

  /** Nothing more is heard of the attempt. */
  #forget(attempt: UpstreamAttempt): void {
    attempt.releaseOwner()
    if (this.#upstream === attempt) this.#upstream = this.#others?.pop() ?? null
    else this.#others!.splice(this.#others!.indexOf(attempt), 1)
  }

  /** Others than those that are forgotten may still be answered. */
  get #mayBeAnswered(): boolean {
    return this.#upstream !== null || (this.#retry !== null && this.#retry.isWaiting)
  }

  #abandonAll(): void {
    const attempts = [this.#upstream, ...(this.#others ?? [])]
    this.#upstream = this.#others = null
    for (const attempt of attempts) {
      attempt?.abandon()
      attempt?.releaseOwner()
    }
  }

  /** The answer of this attempt is the one. */
  #abandonOthers(attempt: UpstreamAttempt): void {
    this.#forget(attempt)
    this.#abandonAll()
    this.#upstream = attempt
    this.#describe(attempt)
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
    if (this.#retry !== null && this.#isPassedOver(attempt, status, headers, endStream)) return
    if (this.#redirects !== null && this.#redirects.statusCodes.has(status) && this.#isRedirected(status, headers)) return
    if (status >= 500) endpoint.counts.rqError++
    else endpoint.counts.rqSuccess++
    if (this.#others !== null) this.#abandonOthers(attempt)
    if (attempt.timers !== null) attempt.timers.onHead()
    this.#cluster!.stats.countResponse(status, this.#isInternal)
    this.#isResponseStarted = true
    this.#hasAnswered = true
    // Nobody wants it again. Envoy goes on where redirects are followed, and counts what is too long.
    if (this.#redirects === null) this.#kept = null
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
    this.#isAfterTimeout = false
    if (this.#isRetriedAfter(attempt, reason, attempt.isStarted)) return
    const status = resetStatus(reason)
    this.#countAbort(status)
    this.#forget(attempt)
    if (this.#mayBeAnswered) return
    const details = resetDetails(reason, transport, this.#hasAnswered)
    this.#fail(status, resetBody(reason), details, resetFlag(reason), reason)
  }

  onUpstreamSlow(): void {
    this.#stream.pauseRequest()
  }

  onUpstreamReady(): void {
    this.#stream.resumeRequest()
  }

  onTimeout(): void {
    this.#countTimeout(this.#upstream)
    this.#others?.forEach((attempt) => this.#countTimeout(attempt))
    this.#abandonAll()
    this.#failTimeout('response_timeout')
  }

  #countTimeout(attempt: UpstreamAttempt | null): void {
    if (attempt === null) return
    this.#cluster!.stats.rqTimeout.add(1)
    attempt.endpoint.counts.rqTimeout++
    if (!this.#isResponseStarted && !attempt.isSlow) attempt.endpoint.outlier?.onLocalFailure(504)
    this.#countAbort(this.#timeoutStatus)
  }

  /** Counts an attempt that was not answered as the answer that stands for it. */
  #countAbort(status: number): void {
    if (!this.#isResponseStarted) this.#cluster!.stats.countResponse(status, this.#isInternal)
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
    if (isSteered || policy !== null) this.#prepareRetry(headers, action, policy, match)
    if (isSteered) removeControlHeaders(headers)
    this.#setExpectedTimeout(headers, 0)
  }

  #prepareRetry(headers: HeaderMap, action: ForwardAction, policy: RetryConfig | null, match: MatchedRoute): void {
    this.#tryLimits = tryLimitsOf(headers, policy, this.#timeoutMillis, action.hedges ?? match.virtualHost.hedges)
    const state = RetryState.of(policy, headers)
    if (state === null) return
    const cluster = this.#cluster!
    this.#retry = new Retry(state, cluster.stats, cluster.breakersFor(action.isHighPriority), this, this.#context)
    this.#keep(match)
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
    const expected = expectedTimeout(this.#timeoutMillis, this.#tryLimits, elapsed)
    if (expected > 0) headers.setOwn('x-envoy-expected-rq-timeout-ms', String(expected))
  }

  /** True when the client does not get this answer: another attempt follows, or others may still be answered better. */
  #isPassedOver(attempt: UpstreamAttempt, status: number, headers: HeaderMap, endStream: boolean): boolean {
    const retry = this.#retry!
    this.#isAfterTimeout = false
    const isBad = retry.state.wantsHead(status, headers)
    const isRetried = isBad && !attempt.isHedged && this.#tryAgain(headers)
    if (isRetried) this.#cluster!.stats.countRetried(status)
    if (!isBad && !attempt.isHedged) retry.onSuccess()
    if (isRetried || (isBad && this.#hasOthers)) {
      attempt.endpoint.counts.rqError++
      if (!endStream) attempt.abandon()
      this.#forget(attempt)
      this.#hasAnswered = false
      return true
    }
    retry.end()
    return false
  }

  /** True when the request begins anew where the answer says. */
  #isRedirected(status: number, answer: HeaderMap): boolean {
    const stream = this.#stream
    const { stats } = this.#cluster!
    const kept = this.#kept!
    const redirected = { stream, policy: this.#redirects!, route: this.#match!, status, answer }
    const isWhole = this.#requestEndMillis >= 0 && !kept.isLost
    const head = isWhole ? redirectedHead(redirected, this.#context.stats) : null
    if (head === null) {
      stats.redirectFailed.add(1)
      return false
    }
    stats.redirectSucceeded.add(1)
    this.#finish()
    this.#abandonAll()
    const keepsBody = head.get(':method') === stream.requestHeaders.get(':method')
    stream.restart(head, keepsBody ? kept.body : new BodyBuffer(), answer)
    return true
  }

  /** Another attempt than the one that is just answered runs or follows. */
  get #hasOthers(): boolean {
    return this.#retry!.isWaiting || (this.#others !== null && this.#others.length > 0)
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
    const upstream = this.#upstream
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
    this.#retry?.end()
    if (this.#requestEndMillis < 0) this.#mirrors?.cancel()
    if (this.#timeout === null) return
    this.#context.timeouts.release(this.#timeout)
    this.#timeout = null
  }

  #failTimeout(details: string): void {
    const body = this.#timeoutStatus === 204 ? '' : 'upstream request timeout'
    this.#fail(this.#timeoutStatus, body, details, ResponseFlag.UpstreamRequestTimeout, 'local_reset')
  }

  /** The upstream side failed: an answer, or the end of the one that has begun. */
  #fail(status: number, body: string, details: string, flags: number, reason: ResetReason): void {
    this.#finish()
    if (this.#isResponseStarted) {
      this.#context.stats.resetAfterResponseStarted.add(1)
      this.#stream.info.responseFlags |= flags
      return this.#stream.resetDownstream(reason, details)
    }
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
    this.#abandonAll()
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
