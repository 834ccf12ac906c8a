/**
 * The gRPC calls and streams of a root context by their token, and their callbacks. What happens while the guest runs is
 * told when the outermost call has ended; per root everything is told in the order in which it happened.
 */
import type { HeaderMap } from '../http/header-map.ts'
import type { Timer } from '../util/timers.ts'
import type { GuestFunction } from '../vm/engine.ts'
import type { Context } from './context.ts'
import { GrpcExchange, type GrpcOwner } from './grpc-exchange.ts'
import type { RootContext } from './root-context.ts'
import type { DeferredAction } from './vm.ts'

/** A guest that starts a call which fails at once, for each that failed, would never end. */
const TOLD_AT_ONCE = 64

type GrpcEvent =
  | { readonly kind: 'initial' | 'trailing'; readonly exchange: GrpcExchange; readonly metadata: HeaderMap }
  | { readonly kind: 'message'; readonly exchange: GrpcExchange; readonly message: Buffer }
  | { readonly kind: 'close'; readonly exchange: GrpcExchange; readonly status: number; readonly text: string }

export class GrpcCalls implements GrpcOwner, DeferredAction {
  /** What the guest can read in the callback that runs; null = nothing. */
  initialMetadata: HeaderMap | null = null
  trailingMetadata: HeaderMap | null = null
  message: Buffer | null = null
  readonly #root: RootContext
  readonly #exchanges = new Map<number, GrpcExchange>()
  #events: GrpcEvent[] = []
  #isDeferred = false
  #isDelivering = false
  #timer: Timer | null = null

  constructor(root: RootContext) {
    this.#root = root
  }

  /** Exchanges that have not ended. */
  get size(): number {
    return this.#exchanges.size
  }

  get context(): Context {
    return this.#root
  }

  /** A new exchange under a new token. */
  add(isCall: boolean, maxMessageBytes: number): GrpcExchange {
    const { vm } = this.#root
    const exchange = new GrpcExchange(isCall ? vm.grpcCalls.next() : vm.grpcStreams.next(), isCall, maxMessageBytes, this)
    this.#exchanges.set(exchange.token, exchange)
    return exchange
  }

  get(token: number): GrpcExchange | null {
    return this.#exchanges.get(token) ?? null
  }

  /** The guest's token means nothing any more; what has happened already may still be told. */
  forget(exchange: GrpcExchange): void {
    this.#exchanges.delete(exchange.token)
  }

  /** The guest hears nothing more of any exchange. */
  cancelAll(): void {
    this.#events = []
    this.#timer?.stop()
    for (const exchange of this.#exchanges.values()) exchange.cancel()
    this.#exchanges.clear()
  }

  onGrpcInitial(exchange: GrpcExchange, metadata: HeaderMap): void {
    this.#post({ kind: 'initial', exchange, metadata })
  }

  onGrpcMessage(exchange: GrpcExchange, message: Buffer): void {
    this.#post({ kind: 'message', exchange, message })
  }

  onGrpcTrailing(exchange: GrpcExchange, metadata: HeaderMap): void {
    this.#post({ kind: 'trailing', exchange, metadata })
  }

  onGrpcClose(exchange: GrpcExchange, status: number, text: string): void {
    this.#post({ kind: 'close', exchange, status, text })
  }

  /** The outermost guest call has ended. */
  perform(): void {
    this.#isDeferred = false
    this.#deliver()
  }

  #post(event: GrpcEvent): void {
    const { vm } = this.#root
    if (vm.failed || event.exchange.isCancelled) return
    this.#events.push(event)
    if (vm.current === null) return this.#deliver()
    if (this.#isDeferred) return
    this.#isDeferred = true
    vm.deferred.push(this)
  }

  /** A callback may lead to further events: they are told here, in turn, and after some of them others get theirs. */
  #deliver(): void {
    if (this.#isDelivering) return
    this.#isDelivering = true
    for (let left = TOLD_AT_ONCE; left > 0 && this.#canTell(); left--) this.#tell(this.#events.shift()!)
    this.#isDelivering = false
    if (!this.#canTell()) return
    this.#timer ??= this.#root.vm.services.timers.create(() => this.#deliver())
    this.#timer.arm(1)
  }

  #canTell(): boolean {
    return this.#events.length > 0 && this.#root.vm.current === null && !this.#root.vm.failed
  }

  #tell(event: GrpcEvent): void {
    if (event.exchange.isCancelled) return
    if (event.kind === 'message') this.#tellMessage(event.exchange, event.message)
    else if (event.kind === 'close') this.#tellClose(event.exchange, event.status, event.text)
    else this.#tellMetadata(event.kind, event.exchange, event.metadata)
  }

  #tellMetadata(kind: 'initial' | 'trailing', { token }: GrpcExchange, metadata: HeaderMap): void {
    const { callbacks } = this.#root.vm
    if (kind === 'initial') {
      this.initialMetadata = metadata
      this.#call('proxy_on_grpc_receive_initial_metadata', callbacks.grpcInitialMetadata, token, metadata.size)
    } else {
      this.trailingMetadata = metadata
      this.#call('proxy_on_grpc_receive_trailing_metadata', callbacks.grpcTrailingMetadata, token, metadata.size)
    }
  }

  /** A call is over with its answer. */
  #tellMessage(exchange: GrpcExchange, message: Buffer): void {
    this.message = message
    this.#call('proxy_on_grpc_receive', this.#root.vm.callbacks.grpcReceive, exchange.token, message.length)
    if (exchange.isCall) this.forget(exchange)
  }

  #tellClose(exchange: GrpcExchange, status: number, text: string): void {
    const root = this.#root
    if (root.vm.callbacks.grpcClose !== null) {
      root.statusCode = status
      root.statusMessage = text
    }
    this.#call('proxy_on_grpc_close', root.vm.callbacks.grpcClose, exchange.token, status)
    root.statusMessage = ''
    if (exchange.isCall || exchange.isLocalClosed) this.forget(exchange)
  }

  #call(name: string, callback: GuestFunction | null, token: number, argument: number): void {
    const root = this.#root
    if (callback !== null) root.vm.call3(name, callback, root, root.id, token, argument)
    this.initialMetadata = this.trailingMetadata = this.message = null
    if (callback !== null) root.vm.leave()
  }
}
