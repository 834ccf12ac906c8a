/** One callout on virtual time: what the router would send and what it would make of the scripted answer. */
import { requestFault } from '../chain/header-checks.ts'
import { composeReply, replyBody } from '../chain/local-reply.ts'
import { textReply } from '../chain/reply.ts'
import type { TerminalReply } from '../chain/terminal.ts'
import type { CalloutStream, CalloutReceiver, CalloutStreamRequest } from '../hostcalls/services.ts'
import { frameGrpcMessage } from '../http/grpc-decoder.ts'
import { HeaderMap } from '../http/header-map.ts'
import { NameFlag } from '../http/names.ts'
import type { Timer } from '../util/timers.ts'
import { scriptAnswer, type ScriptedAnswer } from './answer.ts'
import { headerMap, UpstreamRequest } from './messages.ts'
import type { ScriptedUpstream } from './scripted-upstream.ts'
import { CLOSED, cutDetails, NO_HEALTHY_UPSTREAM, REFUSED, removedHeader, resetBeforeHead, TIMEOUT } from './upstream-failures.ts'

export class ScriptedCallout implements CalloutStream {
  details = ''
  readonly #upstream: ScriptedUpstream
  readonly #request: CalloutStreamRequest
  readonly #receiver: CalloutReceiver
  readonly #timeout: Timer
  #requestHead = new HeaderMap()
  #seen: UpstreamRequest | null = null
  #answer: ScriptedAnswer | null = null
  #completeAt = -1
  #isOver = false
  #isHttp2 = false

  constructor(upstream: ScriptedUpstream, request: CalloutStreamRequest, receiver: CalloutReceiver) {
    this.#upstream = upstream
    this.#request = request
    this.#receiver = receiver
    this.#timeout = upstream.time.create(() => this.#refuse(TIMEOUT))
  }

  head(headers: HeaderMap, endStream: boolean): void {
    const { cluster, isMarkedInternal, timeoutMillis } = this.#request
    const kind = this.#upstream.clusters[cluster]
    this.#requestHead = headers
    this.#isHttp2 = kind === 'http2'
    if (isMarkedInternal) headers.setInPlace('x-envoy-internal', 'true')
    const fault = requestFault(headers)
    if (fault !== null) return this.#refuse(removedHeader(fault))
    if (kind === 'empty') return this.#refuse(NO_HEALTHY_UPSTREAM)
    if (timeoutMillis > 0) headers.setInPlace('x-envoy-expected-rq-timeout-ms', String(timeoutMillis))
    if (kind === 'refused') return this.#upstream.time.defer(() => this.#refuse(REFUSED))
    const seen = (this.#seen = new UpstreamRequest(cluster, headers, true))
    this.#upstream.time.defer(() => this.#arrive(seen))
    if (endStream) this.#complete()
  }

  data(bytes: Buffer, endStream: boolean): void {
    if (this.#isOver) return
    this.#seen?.addData(bytes)
    if (endStream) this.#complete()
  }

  cancel(): void {
    this.#isOver = true
    if (this.#seen !== null) this.#seen.isPending = false
    this.#timeout.disarm()
  }

  /** As on a socket: not before the callback that sends it has ended, and never when that gives it up. */
  #arrive(seen: UpstreamRequest): void {
    if (this.#isOver) return
    this.#answer = scriptAnswer(this.#upstream.take(seen, null), seen.method, this.#isHttp2)
    if (this.#answer.isHeld) this.#hold(seen)
    else if (this.#answer.isEarly || seen.isComplete) this.#schedule(this.#answer)
  }

  #complete(): void {
    const { time } = this.#upstream
    this.#completeAt = time.monotonicMillis()
    if (this.#request.timeoutMillis > 0) this.#timeout.arm(this.#request.timeoutMillis)
    if (this.#seen !== null) this.#seen.isComplete = true
    if (this.#answer !== null && !this.#answer.isEarly) this.#schedule(this.#answer)
  }

  /** The test answers: at once, or message by message. */
  #hold(request: UpstreamRequest): void {
    const { time } = this.#upstream
    let hasHead = false
    const later = (task: () => void): void => {
      time.defer(task)
      time.settle()
    }
    const head = (): void => {
      const { head: headers } = scriptAnswer({ messages: [] }, request.method, this.#isHttp2)
      if (!hasHead) this.#tellHead(headers, false)
      hasHead = true
    }
    this.#answer = null
    request.hold({
      answer: (answer) => later(() => this.#schedule(scriptAnswer(answer, request.method, this.#isHttp2))),
      send: (message) =>
        later(() => {
          head()
          this.#tellData(frameGrpcMessage(message), false)
        }),
      end: (trailers) =>
        later(() => {
          head()
          this.#tellTrailers(headerMap(trailers, NameFlag.JoinsInTrailers))
        }),
      reset: () => later(() => (hasHead ? this.#cut() : this.#refuse(resetBeforeHead(this.#isHttp2)))),
    })
  }

  #schedule(answer: ScriptedAnswer): void {
    const { time } = this.#upstream
    if (answer.delayMillis === 0) time.defer(() => this.#play(answer))
    else time.create(() => this.#play(answer)).arm(answer.delayMillis)
  }

  /** A client that gives up within the answer hears nothing more of it. */
  #play({ fail, head, parts, trailers }: ScriptedAnswer): void {
    if (this.#isOver || fail === 'hang') return
    if (fail === 'close') return this.#refuse(CLOSED)
    if (fail === 'reset') return this.#refuse(resetBeforeHead(this.#isHttp2))
    const isCut = fail === 'close_in_body'
    if (this.#completeAt >= 0) {
      const took = Math.floor(this.#upstream.time.monotonicMillis() - this.#completeAt)
      head.setInPlace('x-envoy-upstream-service-time', String(took))
    }
    this.#tellHead(head, parts.length === 0 && trailers === null && !isCut)
    const sent = isCut ? parts.slice(0, Math.ceil(parts.length / 2)) : parts
    for (const [at, part] of sent.entries()) this.#tellData(part, at === parts.length - 1 && trailers === null && !isCut)
    if (isCut) this.#cut()
    else if (trailers !== null) this.#tellTrailers(trailers)
  }

  #tellHead(head: HeaderMap, isEnd: boolean): void {
    if (this.#isOver) return
    this.details = 'via_upstream'
    if (isEnd) this.cancel()
    this.#receiver.onHead(head, isEnd)
  }

  #tellData(bytes: Buffer, isEnd: boolean): void {
    if (this.#isOver) return
    if (isEnd) this.cancel()
    this.#receiver.onData(bytes, isEnd)
  }

  #tellTrailers(trailers: HeaderMap): void {
    if (this.#isOver) return
    this.cancel()
    this.#receiver.onTrailers(trailers)
  }

  #cut(): void {
    if (this.#isOver) return
    this.cancel()
    this.details = cutDetails(this.#isHttp2)
    this.#receiver.onReset()
  }

  /** The answer of the router itself. */
  #refuse({ status, body, details, flags, headers }: TerminalReply): void {
    if (this.#isOver) return
    this.cancel()
    this.details = details
    const reply = textReply(status, body, details, flags, headers)
    const repliedTo = { requestHeaders: this.#requestHead, responseHeaders: new HeaderMap(), changeReplyHeaders: () => {} }
    composeReply(reply, repliedTo)
    const bytes = replyBody(reply, this.#requestHead)
    this.#receiver.onHead(repliedTo.responseHeaders, bytes.length === 0)
    if (bytes.length > 0) this.#receiver.onData(bytes, true)
  }
}
