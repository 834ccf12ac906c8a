/** What a tap keeps of one stream. */
import type { CallValues } from '../hostcalls/call-values.ts'
import { MessageTrace } from './message-trace.ts'

/** A callback of a filter in the stream. */
export interface CallbackTrace {
  readonly atMicros: number
  readonly filter: string
  readonly rootId: string
  readonly contextId: number
  readonly name: string
  readonly args: readonly number[]
  readonly hostcalls: HostcallTrace[]
  /** -1 while it runs. */
  micros: number
  /** Null for a callback that trapped. */
  result: number | null
  /** Why the guest trapped, or ''. */
  trap: string
}

export interface HostcallTrace {
  readonly name: string
  readonly values: CallValues
  readonly status: number
  readonly micros: number
}

/** A request to an upstream, and what came of it; retries make several. */
export interface AttemptTrace {
  readonly address: string
  readonly cluster: string
  readonly request: MessageTrace
  readonly response: MessageTrace
}

/** A request of a filter's own. */
export interface CalloutTrace extends AttemptTrace {
  readonly filter: string
}

/** Callbacks and hostcalls beyond these are counted, not kept. */
const MAX_CALLBACKS = 1000
const MAX_HOSTCALLS = 5000
/** Attempts and callouts alike. */
const MAX_REQUESTS = 100

export class StreamTrace {
  readonly listener: string
  readonly request: MessageTrace
  readonly response: MessageTrace
  readonly upstream: AttemptTrace[] = []
  readonly callouts: CalloutTrace[] = []
  readonly callbacks: CallbackTrace[] = []
  /** Callbacks, hostcalls and requests that were not kept. */
  dropped = 0
  readonly #startMillis: number
  readonly #bodyLimit: number
  #hostcalls = 0

  constructor(listener: string, bodyLimit: number) {
    this.listener = listener
    this.#startMillis = performance.now()
    this.#bodyLimit = bodyLimit
    this.request = new MessageTrace(bodyLimit)
    this.response = new MessageTrace(bodyLimit)
  }

  /** Microseconds since the stream began. */
  now(): number {
    return (performance.now() - this.#startMillis) * 1000
  }

  addCallback(callback: CallbackTrace): void {
    if (this.callbacks.length < MAX_CALLBACKS) this.callbacks.push(callback)
    else this.dropped++
  }

  addHostcall(callback: CallbackTrace, hostcall: HostcallTrace): void {
    if (this.#hostcalls++ < MAX_HOSTCALLS) callback.hostcalls.push(hostcall)
    else this.dropped++
  }

  addAttempt(cluster: string, address: string): AttemptTrace {
    const attempt = { cluster, address, request: this.#message(), response: this.#message() }
    this.#keep(this.upstream, attempt)
    return attempt
  }

  addCallout(filter: string, cluster: string): CalloutTrace {
    const callout = { filter, cluster, address: '', request: this.#message(), response: this.#message() }
    this.#keep(this.callouts, callout)
    return callout
  }

  #keep<Entry>(list: Entry[], entry: Entry): void {
    if (list.length < MAX_REQUESTS) list.push(entry)
    else this.dropped++
  }

  #message(): MessageTrace {
    return new MessageTrace(this.#bodyLimit)
  }
}
