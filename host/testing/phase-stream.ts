/**
 * One stream of one filter, callback by callback: the test is the client, the rest of the chain and the upstream. What the filter
 * holds, and how a message goes on after a pause, is decided by the chain's own code.
 *
 *     const stream = host.phases()
 *     stream.requestHeaders({ ':path': '/items' }) // 'Pause'
 *     host.pendingCallouts[0].answer({ status: 200 })
 *     stream.request.isHeld // false
 */
import { HeadersAction } from '../abi/enums.ts'
import { NameFlag } from '../http/names.ts'
import { statusOf } from '../chain/header-checks.ts'
import type { StreamInfo } from '../http/stream-info.ts'
import { bodyBytes, type BodyInit } from './body-bytes.ts'
import { headerMap, listOf, type HeaderList, type HeadersInit } from './messages.ts'
import { PhaseChain, type ContextFactory } from './phase-chain.ts'
import type { PhaseMessage } from './phase-message.ts'
import type { RecordedContext } from './recorded-context.ts'
import type { VirtualTime } from './virtual-time.ts'

/** What a callback came to; a filter that continues the stream within its callback does not pause. */
export type PhaseAction = 'Continue' | 'Pause'

/** An answer that the filter gave. */
export interface PhaseReply {
  readonly status: number
  /** Response code details; blanks are `_`. */
  readonly details: string
  /** Those that the filter named. */
  readonly headers: HeaderList
  /** The body as a byte string. */
  readonly text: string
  /** 0 to 16; -1 = none. */
  readonly grpcStatus: number
}

/** What a stream is made of. */
export interface PhaseStreamParts {
  readonly open: ContextFactory
  readonly time: VirtualTime
  readonly info: StreamInfo
  /** Most bytes that the filter may hold. */
  readonly bufferLimit: number
  /** Backtraces of guests that have trapped. */
  readonly traps: () => readonly string[]
}

export class PhaseStream {
  readonly #chain: PhaseChain
  readonly #context: RecordedContext
  readonly #time: VirtualTime
  readonly #traps: () => readonly string[]
  #isLogged = false

  /** Makes the guest's context (on_context_create); throws when the VM has failed. */
  constructor({ open, time, info, bufferLimit, traps }: PhaseStreamParts) {
    this.#time = time
    this.#traps = traps
    this.#chain = new PhaseChain(info, bufferLimit)
    const context = this.#chain.open(open)
    if (context === null) throw this.#failure()
    this.#context = context
    time.settle()
  }

  /** As it is now. */
  get request(): PhaseMessage {
    return this.#chain.request
  }

  /** As it is now. */
  get response(): PhaseMessage {
    return this.#chain.response
  }

  /** The answer that the filter gave, of two the first. The chain would send it through the filter's response callbacks. */
  get reply(): PhaseReply | null {
    const { reply } = this.#chain
    if (reply === null) return null
    const { status, details, headers, body, grpcStatus } = reply
    return { status, details, headers: listOf(headers), text: body.latin1Slice(), grpcStatus }
  }

  /** Why the filter ended the stream, as in the access log; null = it did not. */
  get closeDetails(): string | null {
    return this.#chain.closeDetails
  }

  /** The filter has answered or ended the stream: no request phase can follow. */
  get isOver(): boolean {
    return this.#chain.reply !== null || this.#chain.closeDetails !== null
  }

  /** on_request_headers with these headers and no others. The result of each phase is null when the filter was not called. */
  requestHeaders(headers: HeadersInit, endStream = false): PhaseAction | null {
    return this.#requestPhase(() => {
      this.#chain.requestHeaders = headerMap(headers, NameFlag.JoinsInRequest)
      this.#chain.requestPath.head(endStream)
    })
  }

  /** on_request_body with one chunk. */
  requestBody(chunk: BodyInit, endStream = false): PhaseAction | null {
    return this.#requestPhase(() => {
      const bytes = bodyBytes(chunk)
      this.#chain.info.bytesReceived += bytes.length
      this.#chain.requestPath.data(bytes, 0, bytes.length, endStream)
    })
  }

  /** on_request_trailers. */
  requestTrailers(trailers: HeadersInit): PhaseAction | null {
    return this.#requestPhase(() => {
      this.#chain.requestTrailerMap = headerMap(trailers, 0)
      this.#chain.requestPath.end()
    })
  }

  /** on_response_headers; needs no request phase before. */
  responseHeaders(headers: HeadersInit, endStream = false): PhaseAction | null {
    return this.#responsePhase(() => {
      const map = headerMap(headers, NameFlag.JoinsInResponse)
      this.#chain.responseHeaders = map
      this.#chain.info.responseCode = Math.max(0, statusOf(map))
      this.#chain.responsePath.head(endStream)
    })
  }

  /** on_response_body with one chunk. */
  responseBody(chunk: BodyInit, endStream = false): PhaseAction | null {
    return this.#responsePhase(() => {
      const bytes = bodyBytes(chunk)
      this.#chain.info.bytesSent += bytes.length
      this.#chain.responsePath.data(bytes, 0, bytes.length, endStream)
    })
  }

  /** on_response_trailers. */
  responseTrailers(trailers: HeadersInit): PhaseAction | null {
    return this.#responsePhase(() => {
      this.#chain.responseTrailerMap = headerMap(trailers, NameFlag.JoinsInTrailers)
      this.#chain.responsePath.end()
    })
  }

  /** on_log. */
  log(): void {
    this.#isLogged = true
    this.#chain.info.completeMillis = this.#time.monotonicMillis()
    this.#run(() => this.#chain.log())
  }

  /** on_done and on_delete, after on_log unless {@link log} was called. */
  done(): void {
    if (!this.#isLogged) this.log()
    this.#run(() => this.#chain.delete())
  }

  #requestPhase(phase: () => void): PhaseAction | null {
    if (this.isOver) throw new Error('No request phase: the filter has answered or ended the stream')
    return this.#run(phase)
  }

  #responsePhase(phase: () => void): PhaseAction | null {
    if (this.closeDetails !== null) throw new Error('No response phase: the filter has ended the stream')
    return this.#run(phase)
  }

  #run(phase: () => void): PhaseAction | null {
    this.#context.action = null
    phase()
    const { action, vm } = this.#context
    if (vm.failed) throw this.#failure()
    this.#time.settle()
    return action === null ? null : action === HeadersAction.Continue ? 'Continue' : 'Pause'
  }

  #failure(): Error {
    return new Error(`the VM failed: ${this.#traps().at(-1) ?? 'no trap was seen'}`)
  }
}
