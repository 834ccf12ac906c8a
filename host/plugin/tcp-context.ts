/**
 * One filter's part in one connection (hot: one object per filter and connection). The chain calls the `on…` methods in
 * the order of events; those with a result return {@link TcpAction}. The guest's context is made by the first of them:
 * a filter that a connection never reached hears nothing of it.
 *
 *     on_new_connection → downstream_data, upstream_data → upstream_close → downstream_close → on_done → on_log → on_delete
 */
import { PeerType, Status, StreamType, TcpAction } from '../abi/enums.ts'
import type { BodyBuffer } from '../http/body-buffer.ts'
import type { GuestFunction } from '../vm/engine.ts'
import type { RootContext } from './root-context.ts'
import { CloseAction, Stage, StreamContext } from './stream-context.ts'
import type { StreamBuffer, TcpHost } from './stream-host.ts'
import type { DeferredAction } from './vm.ts'

export class TcpContext extends StreamContext {
  readonly host: TcpHost
  /** The running callback decides whether the client's bytes go on. */
  #isDeciding = false
  /** The guest continued them in that very callback. */
  #continued = false

  constructor(root: RootContext, host: TcpHost) {
    super(root)
    this.host = host
  }

  get http(): null {
    return null
  }

  /** A connection has no header maps that could be seen in its log. */
  get logging(): boolean {
    return false
  }

  onNewConnection(): number {
    if (!this.create()) return TcpAction.Failed
    const callback = this.vm.callbacks.newConnection
    if (callback === null) return TcpAction.Continue
    this.#begin()
    return this.#finish(this.vm.call1('proxy_on_new_connection', callback, this, this.id))
  }

  /** `size` bytes of the client can be read, those of earlier callbacks that were stopped included. */
  onDownstreamData(size: number, endOfStream: boolean): number {
    if (this.vm.failed) return TcpAction.Failed
    const callback = this.vm.callbacks.downstreamData
    if (callback === null) return TcpAction.Continue
    this.#begin()
    return this.#finish(this.vm.call3('proxy_on_downstream_data', callback, this, this.id, size, endOfStream ? 1 : 0))
  }

  /** The same for the upstream. */
  onUpstreamData(size: number, endOfStream: boolean): number {
    if (this.vm.failed) return TcpAction.Failed
    const callback = this.vm.callbacks.upstreamData
    if (callback === null) return TcpAction.Continue
    return this.#finish(this.vm.call3('proxy_on_upstream_data', callback, this, this.id, size, endOfStream ? 1 : 0))
  }

  /** Follows the end of the upstream's bytes at once, which is all that Envoy tells of its close. */
  onUpstreamClose(): void {
    this.#close('proxy_on_upstream_connection_close', this.vm.callbacks.upstreamClose, PeerType.Unknown)
  }

  /** The connection is over. */
  onDownstreamClose(peer: PeerType): void {
    this.#close('proxy_on_downstream_connection_close', this.vm.callbacks.downstreamClose, peer)
  }

  streamMap(): null {
    return null
  }

  streamBody(type: StreamBuffer): BodyBuffer | null {
    return this.stage === Stage.Live && type >= 2 ? this.host.data(type as 2 | 3) : null
  }

  /** Inside the callback that decides on the client's bytes it is the same as `Continue`. */
  continueStream(type: StreamType): void {
    if (this.stage !== Stage.Live || type !== StreamType.Downstream) return
    if (this.vm.current === this && this.#isDeciding) this.#continued = true
    else this.vm.deferred.push(new ContinueAction(this))
  }

  /** Either side ends both. */
  closeStream(type: StreamType): number {
    if (this.ended || type < StreamType.Downstream) return Status.Ok
    this.vm.deferred.push(new CloseAction(this, type === StreamType.Downstream ? DOWNSTREAM_CLOSE : UPSTREAM_CLOSE))
    return Status.Ok
  }

  #begin(): void {
    this.#isDeciding = true
    this.#continued = false
  }

  /** Deferred actions may lead to callbacks of this very context, so the action is known before they run. */
  #finish(result: number): number {
    const vm = this.vm
    const failed = vm.failed
    const action = result === 0 || (this.#isDeciding && this.#continued) ? TcpAction.Continue : TcpAction.StopIteration
    this.#isDeciding = false
    vm.leave()
    return failed ? TcpAction.Failed : action
  }

  #close(name: string, callback: GuestFunction | null, peer: PeerType): void {
    if (callback === null || !this.created || this.vm.failed || this.ended) return
    this.vm.call2(name, callback, this, this.id, peer)
    this.vm.leave()
  }
}

/** Envoy's reasons of a local close. */
const DOWNSTREAM_CLOSE = 'wasm_downstream_close'
const UPSTREAM_CLOSE = 'wasm_upstream_close'

class ContinueAction implements DeferredAction {
  readonly context: TcpContext

  constructor(context: TcpContext) {
    this.context = context
  }

  perform(): void {
    if (!this.context.ended) this.context.host.continueDownstream()
  }
}
