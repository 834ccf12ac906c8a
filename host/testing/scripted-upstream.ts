/**
 * Stands at the end of the chain where the proxy has its router: records each request and answers by script. What the
 * router alone does (connections, retries, `x-envoy-expected-rq-timeout-ms` …) is not imitated, except for the answers
 * to failures, the route's timeout and `x-envoy-upstream-service-time`.
 */
import type { Terminal, TerminalFactory, TerminalReply, TerminalStream } from '../chain/terminal.ts'
import type { HeaderMap } from '../http/header-map.ts'
import { ResponseFlag, type StreamInfo } from '../http/stream-info.ts'
import type { Timer } from '../util/timers.ts'
import { scriptAnswer, type ScriptedAnswer } from './answer.ts'
import type { ClusterKind } from './clusters.ts'
import { UpstreamRequest, wireHeaders, type Upstream, type UpstreamAnswer } from './messages.ts'
import type { TestStream } from './test-stream.ts'
import {
  CLOSED,
  CLUSTER_NOT_FOUND,
  cutDetails,
  cutReason,
  NO_HEALTHY_UPSTREAM,
  REFUSED,
  resetBeforeHead,
  TIMEOUT,
} from './upstream-failures.ts'
import { resetFlag } from '../route/reset-reply.ts'
import type { VirtualTime } from './virtual-time.ts'

export class ScriptedUpstream implements TerminalFactory {
  readonly time: VirtualTime
  readonly clusters: Readonly<Record<string, ClusterKind>>
  /** Every request that arrived, in order. */
  readonly requests: UpstreamRequest[] = []
  /** The test's side of a stream. */
  readonly streams = new WeakMap<StreamInfo, TestStream>()
  readonly #upstream: Upstream

  constructor(time: VirtualTime, clusters: Readonly<Record<string, ClusterKind>>, upstream: Upstream) {
    this.time = time
    this.clusters = clusters
    this.#upstream = upstream
  }

  create(stream: TerminalStream): Terminal {
    return new ScriptedTerminal(this, stream)
  }

  /** Records the request and chooses its answer. */
  take(request: UpstreamRequest, stream: TestStream | null): UpstreamAnswer {
    this.requests.push(request)
    stream?.upstreamRequests.push(request)
    const own = stream?.upstream ?? this.#upstream
    return typeof own === 'function' ? own(request) : own
  }
}

/** Nothing listens there: what properties and logs say of the upstream. */
const UPSTREAM_ADDRESS = '127.0.0.1:10001'
const LOCAL_ADDRESS = '127.0.0.1:40001'

/** Parts of an answer in the order in which they are sent. */
const Part = { Head: 0, Body: 1, Trailers: 2, Cut: 3, Done: 4 } as const

class ScriptedTerminal implements Terminal {
  readonly #upstream: ScriptedUpstream
  readonly #stream: TerminalStream
  #request: UpstreamRequest | null = null
  #answer: ScriptedAnswer | null = null
  #timeout: Timer | null = null
  #completeAt = 0
  #next: number = Part.Head
  #nextBody = 0
  #pauses = 0
  #isOver = false
  #isHttp2 = false

  constructor(upstream: ScriptedUpstream, stream: TerminalStream) {
    this.#upstream = upstream
    this.#stream = stream
  }

  head(headers: HeaderMap, endStream: boolean): void {
    const { info } = this.#stream
    const cluster = info.clusterName
    const failure = failureOf(this.#upstream.clusters[cluster])
    if (failure !== null) return this.#refuse(failure)
    info.upstreamAddress = UPSTREAM_ADDRESS
    info.upstreamLocalAddress = LOCAL_ADDRESS
    info.attemptCount = 1
    this.#stream.finalizeRequest()
    this.#request = new UpstreamRequest(cluster, headers, false)
    const stream = this.#upstream.streams.get(this.#stream.info) ?? null
    this.#isHttp2 = this.#upstream.clusters[cluster] === 'http2'
    this.#answer = scriptAnswer(this.#upstream.take(this.#request, stream), this.#request.method, this.#isHttp2)
    if (this.#answer.isHeld) this.#hold(this.#request)
    if (endStream) this.#complete()
  }

  data(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (this.#isOver) return
    this.#request!.addData(Buffer.from(bytes.subarray(start, end)))
    if (endStream) this.#complete()
  }

  trailers(trailers: HeaderMap): void {
    if (this.#isOver) return
    this.#request!.trailers = wireHeaders(trailers)
    this.#complete()
  }

  cancel(): void {
    this.#end()
  }

  pauseReads(): void {
    this.#pauses++
  }

  resumeReads(): void {
    this.#pauses--
    if (this.#pauses === 0) this.#upstream.time.defer(() => this.#send())
  }

  #complete(): void {
    const { time } = this.#upstream
    this.#request!.isComplete = true
    this.#completeAt = time.monotonicMillis()
    const action = this.#stream.route()?.route.action
    if (action?.kind === 'cluster' && action.timeout > 0) {
      this.#timeout = time.create(() => this.#onTimeout())
      this.#timeout.arm(action.timeout)
    }
    if (this.#answer !== null) this.#schedule(this.#answer)
  }

  /** The test answers, maybe before the request is complete. */
  #hold(request: UpstreamRequest): void {
    const { time } = this.#upstream
    const unsupported = (): never => {
      throw new Error('A request through the chain is answered whole: wanted answer()')
    }
    this.#answer = null
    request.hold({
      answer: (answer) => {
        this.#answer = scriptAnswer(answer, request.method, this.#isHttp2)
        if (request.isComplete) this.#schedule(this.#answer)
        time.settle()
      },
      send: unsupported,
      end: unsupported,
      reset: unsupported,
    })
  }

  #schedule({ delayMillis }: ScriptedAnswer): void {
    const { time } = this.#upstream
    if (delayMillis === 0) time.defer(() => this.#start())
    else time.create(() => this.#start()).arm(delayMillis)
  }

  #start(): void {
    const { fail } = this.#answer!
    if (this.#isOver || fail === 'hang') return
    if (fail === 'close') return this.#refuse(CLOSED)
    if (fail === 'reset') return this.#refuse(resetBeforeHead(this.#isHttp2))
    const took = Math.floor(this.#upstream.time.monotonicMillis() - this.#completeAt)
    this.#answer!.head.setInPlace('x-envoy-upstream-service-time', String(took))
    this.#send()
  }

  /** Sends until the reader pauses or all is sent. */
  #send(): void {
    while (!this.#isOver && this.#pauses === 0 && this.#next !== Part.Done) this.#sendPart(this.#answer!)
  }

  #sendPart({ head, parts, trailers, fail }: ScriptedAnswer): void {
    if (this.#next === Part.Head) return this.#sendHead(head, parts.length === 0 && trailers === null)
    if (this.#next === Part.Body)
      return this.#sendBody(parts, trailers === null && fail !== 'close_in_body', fail === 'close_in_body')
    if (this.#next === Part.Cut) return this.#cut()
    this.#end()
    this.#next = Part.Done
    this.#stream.responseTrailers(trailers!)
  }

  #sendHead(head: HeaderMap, isAll: boolean): void {
    this.#next = isAll ? Part.Done : Part.Body
    if (isAll) this.#end()
    this.#stream.responseHead(head, isAll)
  }

  #sendBody(parts: readonly Buffer[], endsMessage: boolean, isCut: boolean): void {
    const part = parts[this.#nextBody++]
    const isLast = this.#nextBody >= (isCut ? Math.ceil(parts.length / 2) : parts.length)
    if (isLast) this.#next = isCut ? Part.Cut : endsMessage ? Part.Done : Part.Trailers
    if (part === undefined) return
    if (isLast && endsMessage) this.#end()
    const end = isCut && parts.length === 1 ? part.length >> 1 : part.length
    this.#stream.responseData(part, 0, end, isLast && endsMessage)
  }

  #cut(): void {
    this.#end()
    const reason = cutReason(this.#isHttp2)
    this.#stream.info.responseFlags |= resetFlag(reason)
    this.#stream.resetDownstream(reason, cutDetails(this.#isHttp2))
  }

  #onTimeout(): void {
    if (this.#isOver) return
    if (!this.#stream.responseStarted) return this.#refuse(TIMEOUT)
    this.#end()
    this.#stream.info.responseFlags |= ResponseFlag.UpstreamRequestTimeout
    this.#stream.resetDownstream('local_reset', 'response_timeout')
  }

  #refuse(reply: TerminalReply): void {
    this.#end()
    this.#stream.localReply(reply)
  }

  #end(): void {
    this.#isOver = true
    if (this.#request !== null) this.#request.isPending = false
    this.#timeout?.disarm()
  }
}

function failureOf(kind: ClusterKind | undefined): TerminalReply | null {
  if (kind === undefined) return CLUSTER_NOT_FOUND
  if (kind === 'empty') return NO_HEALTHY_UPSTREAM
  return kind === 'refused' ? REFUSED : null
}
