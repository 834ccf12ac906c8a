/**
 * One request and its response (hot): Envoy's ActiveStream (source/common/http/conn_manager_impl.cc).
 *
 *   codec ──head, data, trailers──▶ admission ─▶ filters ─▶ route ─▶ terminal
 *   codec ◀──────────── finished head ────────── filters ◀────────── terminal
 *                                                    ▲
 *                        local reply (filters entered so far; straight to the codec once a response exists)
 *
 * Every way out — response sent, reset by either side, close by a filter — ends in `#finish`, once: on_log of all
 * filters, access log and statistics, then on_done and on_delete per filter.
 * The file is long because its parts share the one state of a stream: who may still answer, and what has already left.
 */
import type { CodecRefusal, RequestReceiver, ResetReason, ServerStream } from '../http/codec.ts'
import type { BodyBuffer } from '../http/body-buffer.ts'
import { HeaderMap } from '../http/header-map.ts'
import { ResponseFlag, StreamInfo } from '../http/stream-info.ts'
import type { ConnectionInfo } from '../http/stream-info.ts'
import type { LocalReply } from '../plugin/stream-host.ts'
import { OverloadAction } from '../services/overload-state.ts'
import type { CompiledRoute } from '../route/compiled-route.ts'
import type { HttpFilterFactory } from './filter-context.ts'
import { requestFault, responseFault, statusOf } from './header-checks.ts'
import { detailsText } from './local-reply.ts'
import { guestReply, redirectReply, routeReply, textReply } from './reply.ts'
import type { Reply } from './reply.ts'
import { ReplyPath } from './reply-path.ts'
import type { ReplyingStream } from './reply-path.ts'
import { admitRequest } from './request-admission.ts'
import type { RequestRefusal } from './request-admission.ts'
import { finishResponse } from './response-finish.ts'
import { StreamRoute } from './stream-route.ts'
import { isTunnel, isUpgradeEnabled, upgradeType } from './stream-upgrade.ts'
import { deliver, handOver } from './stream-restart.ts'
import { DEADLINE_EXCEEDED, limitDuration } from './stream-duration.ts'
import { StreamFilters } from './stream-filters.ts'
import type { StreamOfFilters } from './stream-filters.ts'
import { keep } from '../socket/read-buffer.ts'
import type { StreamSettings } from './stream-settings.ts'
import type { StreamTimers, TimedStream } from './stream-timers.ts'
import type { Terminal, TerminalReply, TerminalStream } from './terminal.ts'

/** Stands for the request of a stream that was refused before it had a head; never changed. */
const NO_HEADERS = new HeaderMap()

export class HttpStream implements RequestReceiver, TerminalStream, StreamOfFilters, ReplyingStream, TimedStream {
  readonly settings: StreamSettings
  readonly server: ServerStream
  readonly info: StreamInfo
  readonly routing: StreamRoute
  /** The filters that run for this stream, in chain order. */
  chain: readonly HttpFilterFactory[]
  readonly timers: StreamTimers
  requestHeaders: HeaderMap = NO_HEADERS
  requestTrailerMap: HeaderMap | null = null
  responseHeaders: HeaderMap | null = null
  responseTrailerMap: HeaderMap | null = null
  /** Null without filters, and before the request meets them. */
  filters: StreamFilters | null = null
  /** Null before the request has passed the filters, and once nothing may come from it any more. */
  terminal: Terminal | null = null
  /** The whole request has arrived; has reached the terminal. */
  requestEnded = false
  requestComplete = false
  /** The terminal has delivered its whole response. */
  terminalEnded = false
  responseStarted = false
  /** Versions of the heads before the filters: an unchanged head needs no check. */
  admittedVersion = 0
  receivedVersion = 0
  /** Null unless the stream answers itself. */
  ownReply: ReplyPath | null = null
  /** The connection ends with the response, whatever the request. */
  closesConnection = false
  /** The head is being looked at: what is answered meanwhile is answered before the request is read, for Envoy. */
  isAdmitting = false
  /** The head came in pieces: its timers run since the first one. */
  hasBegun = false
  downstreamBlocked = false
  /** Nothing is read or written any more; the end of life may wait for a running callback. */
  closed = false
  finished = false
  /** Another stream has taken over the request. */
  isRedirected = false

  constructor(settings: StreamSettings, server: ServerStream, connection: ConnectionInfo) {
    const { clock } = settings.services
    this.settings = settings
    this.server = server
    this.info = new StreamInfo(connection, clock.wallMillis(), clock.monotonicMillis())
    this.info.protocol = server.protocol
    this.routing = new StreamRoute(this)
    this.chain = settings.filters
    this.timers = settings.timers.acquire(this)
    settings.statistics.begin()
    settings.streams.begin()
  }

  // The request arrives (RequestReceiver).

  headBegun(): void {
    this.hasBegun = true
    this.timers.begin(this.settings.config, false)
  }

  head(headers: HeaderMap, endStream: boolean): void {
    this.requestHeaders = headers
    this.requestEnded = endStream
    this.info.protocol = this.server.protocol
    if (endStream) this.info.requestCompleteMillis = this.info.startMillis
    if (this.hasBegun) this.#onWholeHead()
    else this.timers.begin(this.settings.config, endStream)
    this.isAdmitting = true
    this.#admit(headers, endStream)
    this.isAdmitting = false
  }

  #admit(headers: HeaderMap, endStream: boolean): void {
    const { settings, routing } = this
    if (settings.overload.isOn(OverloadAction.StopAcceptingRequests)) return this.#refuseOverload()
    const refusal = admitRequest(this, settings)
    if (refusal !== null) return this.#refuse(refusal)
    const upgrade = upgradeType(headers)
    if (upgrade !== '' && !isUpgradeEnabled(upgrade, routing.current(), settings.config)) return this.#refuseUpgrade()
    this.admittedVersion = headers.version
    if (routing.table.limitsDurations && !limitDuration(this, routing.current())) return this.onDurationTimeout()
    if (routing.table.switchesFilters) this.chain = settings.routeFilters.of(routing.current())
    if (this.chain.length === 0) return this.requestHead(endStream)
    this.info.requestHeaderBytes = headers.byteSize
    this.filters = new StreamFilters(this, this.chain, settings.bufferLimit)
    this.filters.request.head(endStream)
  }

  data(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (this.closed) return
    this.info.bytesReceived += end - start
    if (endStream) this.#endRequest()
    this.touch()
    if (this.filters !== null) this.filters.request.data(bytes, start, end, endStream)
    else this.requestBytes(bytes, start, end, endStream)
  }

  trailers(trailers: HeaderMap): void {
    if (this.closed) return
    this.requestTrailerMap = trailers
    this.#endRequest()
    this.touch()
    if (this.filters !== null) this.filters.request.end()
    else this.requestEnd(trailers)
  }

  onReset(reason: ResetReason, details: string): void {
    if (this.closed) return
    if (reason === 'connection_termination') this.info.responseFlags |= ResponseFlag.DownstreamConnectionTermination
    else if (reason === 'remote_reset') this.info.responseFlags |= ResponseFlag.DownstreamRemoteReset
    else this.info.responseFlags |= ResponseFlag.DownstreamProtocolError
    this.info.responseCodeDetails = details === '' ? 'downstream_remote_disconnect' : details
    this.settings.statistics.remoteResets.add(1)
    this.#close(reason)
  }

  onAboveHighWatermark(): void {
    this.downstreamBlocked = true
    if (this.terminal !== null) this.terminal.pauseReads()
  }

  onBelowLowWatermark(): void {
    this.downstreamBlocked = false
    if (this.terminal !== null) this.terminal.resumeReads()
  }

  /** The codec cannot read the request, or the rest of it: answers it and ends the connection. */
  refuse(refusal: CodecRefusal): void {
    if (this.closed) return
    this.closesConnection = true
    const flags = refusal.status === 408 ? 0 : ResponseFlag.DownstreamProtocolError
    this.reply(textReply(refusal.status, refusal.body, refusal.details, flags))
  }

  // The request leaves the filters (RequestPathStream).

  requestHead(endStream: boolean): void {
    const { requestHeaders: headers, routing } = this
    const isRerouted = !routing.isCurrent
    const match = routing.current()
    if (isRerouted && routing.table.limitsDurations) limitDuration(this, match)
    if (match === null) return this.#answer(textReply(404, '', 'route_not_found', ResponseFlag.NoRouteFound))
    const action = match.route.action
    if (action.kind !== 'cluster') return this.#answer(routeReply(action, match, this))
    const fault = headers.version === this.admittedVersion ? null : requestFault(headers)
    if (fault !== null) return this.#rejectRequest(fault)
    if (action.idleTimeout !== null) this.timers.changeIdle(action.idleTimeout)
    this.requestComplete = endStream
    const terminal = this.settings.terminals.create(this)
    this.terminal = terminal
    if (this.downstreamBlocked) terminal.pauseReads()
    terminal.head(headers, endStream)
  }

  requestBytes(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (endStream) this.requestComplete = true
    if (this.terminal !== null) this.terminal.data(bytes, start, end, endStream)
  }

  requestEnd(trailers: HeaderMap): void {
    this.requestComplete = true
    if (this.terminal !== null) this.terminal.trailers(trailers)
  }

  requestTooLarge(): void {
    this.settings.statistics.tooLarge.add(1)
    this.reply(textReply(413, 'Payload Too Large', 'request_payload_too_large', 0))
  }

  pauseRequest(): void {
    if (!this.closed) this.server.pauseReads()
  }

  resumeRequest(): void {
    if (!this.closed) this.server.resumeReads()
  }

  // The response arrives (TerminalStream).

  route(): CompiledRoute | null {
    return this.routing.current()
  }

  routeOf(headers: HeaderMap): CompiledRoute | null {
    return this.routing.of(headers)
  }

  restart(headers: HeaderMap, body: BodyBuffer, answer: HeaderMap): void {
    this.requestHeaders = headers
    this.routing.isCurrent = false
    this.routing.current()
    this.responseHeaders = answer
    this.isRedirected = true
    const next = new HttpStream(this.settings, this.server, this.info.connection)
    handOver(this, next, statusOf(answer))
    this.terminal = null
    this.#close('local_reset')
    deliver(headers, body, next)
  }

  get bufferLimit(): number {
    return this.settings.bufferLimit
  }

  finalizeRequest(): void {
    this.routing.changeRequest()
  }

  /** Interim answers of an upstream stay there: the client's own 100 was sent when its request arrived. */
  informational(_headers: HeaderMap): void {
    this.touch()
  }

  responseHead(headers: HeaderMap, endStream: boolean): void {
    if (this.terminal === null) return
    this.terminalEnded = endStream
    if (!endStream || this.filters !== null) this.touch()
    this.info.responseCodeDetails = 'via_upstream'
    this.info.responseCode = Math.max(0, statusOf(headers))
    this.responseHeaders = headers
    this.routing.changeResponse()
    this.receivedVersion = headers.version
    if (this.filters === null) return this.sendHead(endStream)
    this.info.responseHeaderBytes = headers.byteSize
    this.filters.responseHead(endStream)
  }

  responseData(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (this.terminal === null) return
    this.terminalEnded = endStream
    // Without filters the end of the response ends the stream: no timer need be armed for it.
    if (!endStream || this.filters !== null) this.touch()
    if (this.filters !== null) this.filters.response!.data(bytes, start, end, endStream)
    else this.sendBytes(bytes, start, end, endStream)
  }

  responseTrailers(trailers: HeaderMap): void {
    if (this.terminal === null) return
    this.terminalEnded = true
    this.touch()
    this.responseTrailerMap = trailers
    if (this.filters !== null) this.filters.response!.end()
    else this.sendTrailers(trailers)
  }

  /** The terminal has given up its upstream side itself: it is not cancelled. */
  localReply(reply: TerminalReply): void {
    if (this.terminal === null) return
    this.terminal = null
    this.reply(textReply(reply.status, reply.body, reply.details, reply.flags, reply.headers))
  }

  resetDownstream(reason: ResetReason, details: string): void {
    if (this.terminal === null) return
    this.terminal = null
    if (details !== '') this.info.responseCodeDetails = details
    this.resetClient(reason)
  }

  touch(): void {
    if (!this.closed) this.timers.touch()
  }

  // The response leaves the filters (ResponsePathStream).

  sendHead(endStream: boolean): void {
    const headers = this.responseHeaders!
    const fault = headers.version === this.receivedVersion ? null : responseFault(headers)
    if (fault !== null) return this.#rejectResponse(fault)
    if (this.ownReply === null || !this.ownReply.holdHead(endStream)) this.writeHead(endStream)
  }

  sendBytes(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (this.closed) return
    if (this.ownReply !== null && this.ownReply.holdBytes(keep(bytes, start, end), endStream)) return
    this.info.bytesSent += end - start
    this.server.data(bytes, start, end, endStream)
    if (endStream) this.#close('local_reset')
  }

  sendTrailers(trailers: HeaderMap): void {
    if (this.closed) return
    if (this.ownReply !== null) this.ownReply.release()
    this.server.trailers(trailers)
    this.#close('local_reset')
  }

  responseTooLarge(): void {
    this.settings.statistics.responseTooLarge.add(1)
    this.reply(textReply(500, 'Internal Server Error', 'response_payload_too_large', 0))
  }

  pauseResponse(): void {
    if (this.terminal !== null) this.terminal.pauseReads()
  }

  resumeResponse(): void {
    if (this.terminal !== null) this.terminal.resumeReads()
  }

  // What filters ask for (FilteredStream, StreamOfFilters).

  onCallbacksEnd(): void {
    if (this.ownReply !== null) this.ownReply.onCallbackEnd()
    if (this.closed) this.#finish()
  }

  requestHeadersChanged(): void {
    this.routing.isCurrent = false
  }

  resolveRoute(): void {
    this.routing.resolve()
  }

  closeByFilter(details: string): void {
    if (this.closed) return
    if (this.info.responseCodeDetails === '') this.info.responseCodeDetails = details
    this.resetClient('local_reset')
  }

  replyByFilter(reply: LocalReply): void {
    this.reply(guestReply(reply))
  }

  replyDeadVm(): void {
    this.reply(textReply(503, '', 'wasm_fail_stream', 0))
  }

  // Timers (TimedStream).

  onIdleTimeout(): void {
    this.settings.statistics.idleTimeouts.add(1)
    this.reply(textReply(this.requestEnded ? 504 : 408, 'stream timeout', 'stream_idle_timeout', ResponseFlag.StreamIdleTimeout))
  }

  onRequestTimeout(): void {
    this.settings.statistics.requestTimeouts.add(1)
    this.reply(textReply(408, 'request timeout', 'request_overall_timeout', 0))
  }

  onDurationTimeout(): void {
    this.settings.statistics.durationTimeouts.add(1)
    const reply = textReply(this.requestEnded ? 504 : 408, 'downstream duration timeout', 'max_duration_timeout', 0)
    this.reply({ ...reply, grpcStatus: DEADLINE_EXCEEDED })
  }

  // Local replies.

  /** Answers the stream. Of two replies in one callback the first is sent and the details of the second are logged. */
  reply(reply: Reply): void {
    if (this.closed) return
    this.info.responseFlags |= reply.flags
    this.info.responseCodeDetails = detailsText(reply.details)
    this.#giveUpRequest('local_reset')
    this.ownReply ??= new ReplyPath(this)
    this.ownReply.reply(reply)
  }

  /** The routes' header changes apply to replies as well (filter_manager.cc, sendLocalReplyViaFilterChain). */
  changeReplyHeaders(): void {
    this.routing.changeResponse()
  }

  #refuse(refusal: RequestRefusal): void {
    if (refusal.location === null) this.reply(textReply(refusal.status, '', refusal.details, 0))
    else this.reply(redirectReply(refusal.status, refusal.location, refusal.details))
  }

  /** Answers a request that has passed the filters and needs no upstream. */
  #answer(reply: Reply): void {
    this.settings.statistics.countLocal(reply.fromRoute)
    this.reply(reply)
  }

  #refuseOverload(): void {
    this.settings.statistics.overloadCloses.add(1)
    this.reply(textReply(503, 'envoy overloaded', 'overload', 0))
  }

  #refuseUpgrade(): void {
    this.closesConnection = true
    this.reply(textReply(403, '', 'upgrade_failed', 0))
  }

  #rejectRequest(fault: string): void {
    const details = `filter_removed_required_request_headers{${fault}}`
    this.reply(textReply(503, fault, details, ResponseFlag.DownstreamProtocolError))
  }

  #rejectResponse(fault: string): void {
    this.reply(textReply(502, fault, `filter_removed_required_response_headers{${fault}}`, 0))
  }

  // The way out.

  /** Completes the head and hands it to the codec. */
  writeHead(endStream: boolean): void {
    const { settings, server } = this
    const headers = this.responseHeaders!
    const status = statusOf(headers)
    this.info.responseCode = status
    const now = settings.services.clock.monotonicMillis()
    this.info.firstByteSentMillis = now
    // The wall clock is read once per stream: it costs as much as a header.
    const date = settings.date.at(this.info.startWallMillis + (now - this.info.startMillis))
    finishResponse(headers, this.requestHeaders, settings.config, date)
    if (settings.overload.isOn(OverloadAction.DisableHttpKeepalive)) this.#disableKeepalive()
    if (this.closesConnection || (!this.requestEnded && !isTunnel(status, this.requestHeaders))) server.closeAfterResponse()
    if (this.isAdmitting) server.lingerAfterResponse()
    this.responseStarted = true
    if (this.ownReply !== null) this.ownReply.onHeadWritten()
    server.head(headers, endStream)
    if (endStream) this.#close('local_reset')
  }

  #disableKeepalive(): void {
    if (!this.closesConnection) this.settings.statistics.keepaliveDisabled.add(1)
    this.closesConnection = true
  }

  resetClient(reason: ResetReason): void {
    this.server.reset(reason)
    this.#close(reason)
  }

  /** Nothing more is read or written. */
  #close(reason: ResetReason): void {
    if (this.closed) return
    this.closed = true
    if (this.filters !== null) this.filters.abortResponse()
    this.#giveUpRequest(reason)
    if (this.filters === null || !this.filters.isInCallback) this.#finish()
  }

  /** No request part goes on, no response part of the terminal counts. */
  #giveUpRequest(reason: ResetReason): void {
    if (this.filters !== null) this.filters.request.aborted = true
    const terminal = this.terminal
    if (terminal === null) return
    this.terminal = null
    if (!this.terminalEnded || !this.requestComplete) terminal.cancel(reason)
  }

  #finish(): void {
    if (this.finished) return
    this.finished = true
    this.settings.timers.release(this.timers)
    this.info.completeMillis = this.settings.services.clock.monotonicMillis()
    // Envoy matches before the filters: a stream that they ended has a route and a cluster in its log too.
    if (this.filters !== null) this.resolveRoute()
    // A stream that was refused before it met its filters counts for their logs as well.
    else if (this.chain.length > 0) this.filters = new StreamFilters(this, this.chain, this.settings.bufferLimit)
    if (this.filters !== null) this.filters.log()
    this.settings.writeLogs(this)
    this.settings.statistics.end(this.info, !this.isRedirected)
    if (this.filters !== null) this.filters.delete()
    this.settings.streams.end()
  }

  // Small parts of the above.

  #onWholeHead(): void {
    this.touch()
    if (this.requestEnded) this.timers.disarmRequest()
  }

  #endRequest(): void {
    this.requestEnded = true
    this.info.requestCompleteMillis = this.settings.services.clock.monotonicMillis()
    this.timers.disarmRequest()
  }
}
