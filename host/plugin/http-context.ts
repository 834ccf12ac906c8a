/**
 * One filter's part in one HTTP stream (hot: one object per filter and stream). The chain calls the `on…` methods in the
 * order of the message; each returns the guest's action, or `Failed` (-1) when the VM is failed: then the chain
 * answers 503 `wasm_fail_stream`, or resets a response that has started.
 *
 * A callback that the guest does not export costs no entry into the VM. The guest's context is made at the first
 * callback that needs one, so a filter whose stream was answered before it still gets create, log, done, delete.
 */
import { BodyAction, HeadersAction, Status, StreamType, TrailersAction } from '../abi/enums.ts'
import type { BodyBuffer } from '../http/body-buffer.ts'
import type { HeaderMap } from '../http/header-map.ts'
import type { GuestFunction } from '../vm/engine.ts'
import type { RootContext } from './root-context.ts'
import { CloseAction, Stage, StreamContext } from './stream-context.ts'
import type { HttpHost, LocalReply, StreamBuffer, StreamDirection, StreamMap } from './stream-host.ts'
import type { DeferredAction } from './vm.ts'

export class HttpContext extends StreamContext {
  readonly host: HttpHost
  /** True from the response's first callback on. */
  responseStarted = false
  /** Direction of the callback that runs, or -1. */
  #direction = -1
  /** Direction of the callback whose deferred actions run before its result is known above, or -1. */
  #finishing = -1
  /** The guest continued, in a callback, the very direction that this callback decides on. */
  #continued = false
  /** The guest sent a local reply in the callback that runs: its result is ignored. */
  #stopped = false
  /** Envoy forgets request headers and trailers at any `proxy_continue_stream`. */
  #requestMapsGone = false
  /** Directions (as bits) whose continuation waits for the end of the callback: one each is enough. */
  continuing = 0
  #closing = false

  constructor(root: RootContext, host: HttpHost) {
    super(root)
    this.host = host
  }

  get http(): HttpContext {
    return this
  }

  get logging(): boolean {
    return this.stage === Stage.Logging
  }

  /** {@link HeadersAction}. */
  onRequestHeaders(count: number, endOfStream: boolean): number {
    if (!this.create()) return HeadersAction.Failed
    const callback = this.vm.callbacks.requestHeaders
    return callback === null ? HeadersAction.Continue : this.#headers('proxy_on_request_headers', callback, 0, count, endOfStream)
  }

  /** `size` is the number of bytes that the guest can read now. {@link BodyAction}. */
  onRequestBody(size: number, endOfStream: boolean): number {
    if (!this.create()) return BodyAction.Failed
    const callback = this.vm.callbacks.requestBody
    return callback === null ? BodyAction.Continue : this.#body('proxy_on_request_body', callback, 0, size, endOfStream)
  }

  /** {@link TrailersAction}. */
  onRequestTrailers(count: number): number {
    if (!this.create()) return TrailersAction.Failed
    const callback = this.vm.callbacks.requestTrailers
    this.#requestMapsGone = false
    return callback === null ? TrailersAction.Continue : this.#trailers('proxy_on_request_trailers', callback, 0, count)
  }

  /** {@link HeadersAction}. */
  onResponseHeaders(count: number, endOfStream: boolean): number {
    this.responseStarted = true
    if (this.vm.failed) return HeadersAction.Failed
    const callback = this.vm.callbacks.responseHeaders
    if (callback === null || !this.created) return HeadersAction.Continue
    return this.#headers('proxy_on_response_headers', callback, 1, count, endOfStream)
  }

  /** `size` is the number of bytes that the guest can read now. {@link BodyAction}. */
  onResponseBody(size: number, endOfStream: boolean): number {
    if (this.vm.failed) return BodyAction.Failed
    const callback = this.vm.callbacks.responseBody
    if (callback === null || !this.created) return BodyAction.Continue
    return this.#body('proxy_on_response_body', callback, 1, size, endOfStream)
  }

  /** {@link TrailersAction}. */
  onResponseTrailers(count: number): number {
    if (this.vm.failed) return TrailersAction.Failed
    const callback = this.vm.callbacks.responseTrailers
    if (callback === null || !this.created) return TrailersAction.Continue
    return this.#trailers('proxy_on_response_trailers', callback, 1, count)
  }

  /** All filters get this before the first one gets `onDone`; a filter that the request never reached logs it too. */
  override onLog(): void {
    this.create()
    super.onLog()
  }

  streamMap(type: StreamMap, write: boolean): HeaderMap | null {
    if (this.stage === Stage.Live) {
      if (this.#requestMapsGone && type <= 1) return null
      const map = this.host.headerMap(type, write)
      if (map !== null || !write || (type !== 1 && type !== 3)) return map
      return this.host.createTrailers(type)
    }
    return this.stage === Stage.Logging && !write ? this.host.logMap(type) : null
  }

  streamBody(type: StreamBuffer, write: boolean): BodyBuffer | null {
    return this.stage === Stage.Live && type <= 1 ? this.host.body(type as StreamDirection, write) : null
  }

  /** Inside the callback that decides on this direction it is the same as `Continue`. */
  continueStream(type: StreamType): void {
    if (this.ended || type >= StreamType.Downstream) return
    const direction = type as StreamDirection
    this.#requestMapsGone = true
    if (this.vm.current === this && this.#direction === direction) this.#continued = true
    else if ((this.continuing & (1 << direction)) === 0 && this.#pendingReply() === null) {
      this.continuing |= 1 << direction
      this.vm.deferred.push(new ContinueAction(this, direction))
    }
  }

  /** A deferred continue; one that comes before the pause is known above makes it none. */
  performContinue(direction: StreamDirection): void {
    this.continuing &= ~(1 << direction)
    if (this.ended) return
    if (this.#finishing === direction) this.#continued = true
    else this.host.continueStream(direction)
  }

  /** Resets the stream. 12: it has ended. */
  closeStream(type: StreamType): number {
    if (type >= StreamType.Downstream) return Status.Ok
    if (this.ended) return Status.Unimplemented
    if (!this.#closing) this.vm.deferred.push(new CloseAction(this, 'wasm_close_stream'))
    this.#closing = true
    return Status.Ok
  }

  /** `proxy_send_local_response`: wins over a continue of the same callback; of two replies the first is sent. */
  sendLocalReply(reply: LocalReply): void {
    this.#stopped = this.vm.current === this
    const pending = this.#pendingReply()
    if (pending !== null) return pending.repeat(reply.details)
    const actions = this.vm.deferred
    for (let i = actions.length - 1; i >= 0; i--) {
      if (actions[i]!.context === this && actions[i] instanceof ContinueAction) actions.splice(i, 1)
    }
    this.continuing = 0
    actions.push(new ReplyAction(this, reply))
  }

  #pendingReply(): ReplyAction | null {
    this.vm.work(this.vm.deferred.length >> 3)
    for (const action of this.vm.deferred) if (action.context === this && action instanceof ReplyAction) return action
    return null
  }

  #headers(name: string, callback: GuestFunction, direction: number, count: number, endOfStream: boolean): number {
    const vm = this.vm
    this.#begin(direction)
    const result = vm.callbacks.headersTakeEnd
      ? vm.call3(name, callback, this, this.id, count, endOfStream ? 1 : 0)
      : vm.call2(name, callback, this, this.id, count)
    return this.#finish(this.#headersAction(result))
  }

  #body(name: string, callback: GuestFunction, direction: number, size: number, endOfStream: boolean): number {
    this.#begin(direction)
    const result = this.vm.call3(name, callback, this, this.id, size, endOfStream ? 1 : 0)
    return this.#finish(this.#bodyAction(result))
  }

  #trailers(name: string, callback: GuestFunction, direction: number, count: number): number {
    this.#begin(direction)
    const result = this.vm.call2(name, callback, this, this.id, count)
    return this.#finish(this.#trailersAction(result))
  }

  #begin(direction: number): void {
    this.#direction = direction
    this.#continued = false
    this.#stopped = false
  }

  /** Deferred actions may lead to callbacks of this very context, so the action is known before they run. */
  #finish(action: number): number {
    const failed = this.vm.failed
    this.#finishing = this.#direction
    this.#direction = -1
    this.#continued = false
    this.vm.leave()
    this.#finishing = -1
    if (failed) return HeadersAction.Failed
    return this.#continued ? HeadersAction.Continue : action
  }

  #headersAction(result: number): number {
    if (this.#stopped) return HeadersAction.StopAllIterationAndWatermark
    if (result === 0 || this.#continued) return HeadersAction.Continue
    if (result === 1) return this.root.headersPause
    if (result === 2) return HeadersAction.Continue
    return result === 3 ? HeadersAction.StopAllIterationAndBuffer : HeadersAction.StopAllIterationAndWatermark
  }

  #bodyAction(result: number): number {
    if (this.#stopped) return BodyAction.StopIterationNoBuffer
    if (result === 0 || this.#continued) return BodyAction.Continue
    return result === 1 || result === 2 ? result : BodyAction.StopIterationNoBuffer
  }

  #trailersAction(result: number): number {
    if (this.#stopped) return TrailersAction.StopIteration
    return result === 0 || this.#continued ? TrailersAction.Continue : TrailersAction.StopIteration
  }
}

class ContinueAction implements DeferredAction {
  readonly context: HttpContext
  readonly direction: StreamDirection

  constructor(context: HttpContext, direction: StreamDirection) {
    this.context = context
    this.direction = direction
  }

  perform(): void {
    this.context.performContinue(this.direction)
  }
}

class ReplyAction implements DeferredAction {
  readonly context: HttpContext
  #reply: LocalReply

  constructor(context: HttpContext, reply: LocalReply) {
    this.context = context
    this.#reply = reply
  }

  /** A second reply in one callback: Envoy sends the first and logs the details of the second. */
  repeat(details: string): void {
    this.#reply = { ...this.#reply, details }
  }

  perform(): void {
    if (!this.context.ended) this.context.host.sendLocalReply(this.#reply)
  }
}
