/**
 * What every stream context has: a filter's part in one stream, from the guest's point of view. It lives until
 * `onDelete`; HTTP and TCP add their callbacks.
 */
import type { StreamType } from '../abi/enums.ts'
import type { BodyBuffer } from '../http/body-buffer.ts'
import type { HeaderMap } from '../http/header-map.ts'
import type { Context } from './context.ts'
import type { HttpContext } from './http-context.ts'
import type { PropertyDeclaration } from './property-declaration.ts'
import type { RootContext } from './root-context.ts'
import type { StreamBuffer, StreamHost, StreamMap } from './stream-host.ts'
import type { DeferredAction, Vm } from './vm.ts'

/** What the guest may do with the stream now; in its on_context_create it sees nothing of it. */
export const Stage = { New: 0, Live: 1, Logging: 2, Ended: 3 } as const

export type Stage = (typeof Stage)[keyof typeof Stage]

export abstract class StreamContext implements Context {
  readonly vm: Vm
  readonly id: number
  readonly root: RootContext
  abstract readonly host: StreamHost
  /** This context when its stream is HTTP, else null. */
  abstract readonly http: HttpContext | null
  abstract readonly logging: boolean
  /** The guest knows this context. */
  created = false
  declarations: Map<string, PropertyDeclaration> | null = null
  protected stage: Stage = Stage.New

  constructor(root: RootContext) {
    const vm = root.vm
    this.vm = vm
    this.id = vm.contexts.nextId()
    this.root = root
    vm.contexts.add(this.id, this)
    root.streamOpened()
  }

  abstract streamMap(type: StreamMap, write: boolean): HeaderMap | null
  abstract streamBody(type: StreamBuffer, write: boolean): BodyBuffer | null
  /** `proxy_continue_stream`; types of another kind of stream are ignored. */
  abstract continueStream(type: StreamType): void
  /** `proxy_close_stream`: its status. */
  abstract closeStream(type: StreamType): number

  get stream(): StreamContext {
    return this
  }

  get attributes(): StreamContext {
    return this
  }

  /** True once the stream has ended for the guest. */
  get ended(): boolean {
    return this.stage >= Stage.Logging
  }

  get logPrefix(): string {
    return this.root.streamLogPrefix
  }

  /** The stream is complete. */
  onLog(): void {
    this.stage = Stage.Logging
    const callback = this.vm.callbacks.log
    if (callback !== null && this.created && !this.vm.failed) {
      this.vm.call1('proxy_on_log', callback, this, this.id)
      this.vm.leave()
    }
    this.stage = Stage.Ended
  }

  /** The guest's answer means nothing for a stream. */
  onDone(): void {
    this.stage = Stage.Ended
    const callback = this.vm.callbacks.done
    if (callback === null || !this.created || this.vm.failed) return
    this.vm.call1('proxy_on_done', callback, this, this.id)
    this.vm.leave()
  }

  /** The last call: the id is free, the object is dead. */
  onDelete(): void {
    this.stage = Stage.Ended
    const callback = this.vm.callbacks.delete
    if (callback !== null && this.created && !this.vm.failed) {
      this.vm.call1('proxy_on_delete', callback, this, this.id)
      this.vm.leave()
    }
    this.vm.contexts.delete(this.id)
    this.root.streamGone()
  }

  /** Makes the guest's context if it is not there yet; false when the VM is failed. */
  create(): boolean {
    const vm = this.vm
    if (vm.failed) return false
    if (this.created) return true
    this.created = true
    const callback = vm.callbacks.contextCreate
    if (callback !== null) {
      vm.call2('proxy_on_context_create', callback, this, this.id, this.root.id)
      vm.leave()
    }
    if (this.stage === Stage.New) this.stage = Stage.Live
    return !vm.failed
  }
}

/** Ends the stream; `details` say why in its log. */
export class CloseAction implements DeferredAction {
  readonly context: StreamContext
  readonly details: string

  constructor(context: StreamContext, details: string) {
    this.context = context
    this.details = details
  }

  perform(): void {
    if (!this.context.ended) this.context.host.closeStream(this.details)
  }
}
