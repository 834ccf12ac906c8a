/**
 * A tap in one thread: follows every stream that begins while it is open and hands on those that match, as JSON. What
 * matches by its answer is known only at the end, so streams are followed until they cannot match any more.
 */
import type { ClientConnection, ClientStream, ResponseReceiver, ServerStream } from '../http/codec.ts'
import type { StreamInfo } from '../http/stream-info.ts'
import type { CalloutReceiver, CalloutStream, CalloutStreamRequest } from '../hostcalls/services.ts'
import { matchesStatus, mayMatch, needsHead, type TapCondition } from './tap-match.ts'
import { TapObserver } from './tap-observer.ts'
import { StreamTrace } from './stream-trace.ts'
import { TappedAnswer, TappedClientStream } from './tapped-attempt.ts'
import { TappedCallout, TappedCalloutAnswer } from './tapped-callout.ts'
import { TappedRequest, TappedResponse, type ManagedStream } from './tapped-stream.ts'
import { traceJson } from './trace-json.ts'

/** What a tap is asked for; plain data. */
export interface TapRequest {
  /** All must hold. */
  readonly conditions: readonly TapCondition[]
  /** Bytes of each body that are kept. */
  readonly bodyLimit: number
  /** Streams that are handed on at most. */
  readonly count: number
  /** Shows secrets too. */
  readonly isUnmasked: boolean
}

/** Streams that are followed at one time; others pass unseen. */
const MAX_FOLLOWED = 1000

export class TapSession {
  readonly #request: TapRequest
  /** Number of the worker, for the trace. */
  readonly #worker: number
  readonly #traces = new Map<StreamInfo, StreamTrace>()
  readonly observer = new TapObserver(this.#traces)
  readonly #ready: string[] = []
  #found = 0
  #isClosed = false
  #waiter: ((trace: string | null) => void) | null = null

  constructor(request: TapRequest, worker: number) {
    this.#request = request
    this.#worker = worker
  }

  /** The next stream that matches, as a line of JSON; null = the tap is closed. One caller at a time. */
  next(): Promise<string | null> {
    const first = this.#ready.shift()
    if (first !== undefined) return Promise.resolve(first)
    if (this.#isClosed) return Promise.resolve(null)
    return new Promise((resolve) => (this.#waiter = resolve))
  }

  close(): void {
    this.#isClosed = true
    this.#traces.clear()
    this.#waiter?.(null)
    this.#waiter = null
  }

  // What the parts of the data plane tell.

  /** A stream begins; `make` makes the chain's side of it for the codec's side. */
  openStream(listener: string, server: ServerStream, make: (server: ServerStream) => ManagedStream): ManagedStream {
    if (this.#traces.size >= MAX_FOLLOWED || this.#found >= this.#request.count) return make(server)
    const { conditions, bodyLimit } = this.#request
    const trace = new StreamTrace(listener, bodyLimit)
    const stream = make(new TappedResponse(trace, server))
    this.#traces.set(stream.info, trace)
    return new TappedRequest(trace, stream, (headers) => {
      if (!mayMatch(conditions, listener, headers)) this.#traces.delete(stream.info)
    })
  }

  /** A request to an upstream begins. */
  openAttempt(info: StreamInfo, address: string, codec: ClientConnection, receiver: ResponseReceiver): ClientStream {
    const trace = this.#traces.get(info)
    if (trace === undefined) return codec.newStream(receiver)
    const attempt = trace.addAttempt(info.clusterName, address)
    return new TappedClientStream(trace, attempt, codec.newStream(new TappedAnswer(trace, attempt, receiver)))
  }

  /**
   * A filter asks an upstream. What a root context asks belongs to all streams that are open: one of them may wait for it.
   */
  openCallout(
    { cluster }: CalloutStreamRequest,
    receiver: CalloutReceiver,
    make: (receiver: CalloutReceiver) => CalloutStream,
  ): CalloutStream {
    const { trace, filter } = this.observer
    const traces = trace === null ? [...this.#traces.values()] : [trace]
    const entries = traces.map((each) => ({ trace: each, callout: each.addCallout(filter, cluster) }))
    return new TappedCallout(entries, make(new TappedCalloutAnswer(entries, receiver, this.observer, trace)))
  }

  /** A stream has ended, but for on_done and on_delete of its filters, which follow at once. */
  endStream(info: StreamInfo): void {
    const trace = this.#traces.get(info)
    if (trace !== undefined) queueMicrotask(() => this.#finish(info, trace))
  }

  #finish(info: StreamInfo, trace: StreamTrace): void {
    const { conditions, count, isUnmasked } = this.#request
    this.#traces.delete(info)
    const isKnown = trace.request.headers !== null || !needsHead(conditions)
    if (this.#isClosed || this.#found >= count || !isKnown || !matchesStatus(conditions, info.responseCode)) return
    this.#found++
    const line = JSON.stringify(traceJson(trace, info, this.#worker, isUnmasked))
    if (this.#waiter === null) return void this.#ready.push(line)
    this.#waiter(line)
    this.#waiter = null
  }
}
