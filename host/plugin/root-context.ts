/**
 * A plugin's own context in a VM: configuration, timer, callouts and queues belong to it. It lives until the plugin
 * stops and its last stream has ended.
 */
import { BufferType, HeadersAction, Status } from '../abi/enums.ts'
import { MAX_PENDING_CALLOUT_BYTES, MAX_PENDING_CALLOUTS } from '../abi/limits.ts'
import type { BodyBuffer } from '../http/body-buffer.ts'
import type { HeaderMap } from '../http/header-map.ts'
import type { PluginConfig } from '../config/types.ts'
import { SluiceError } from '../errors.ts'
import type { HttpCallout, HttpCalloutRequest, HttpCalloutResponse, QueueOwner } from '../hostcalls/services.ts'
import { NameLookups } from './name-lookups.ts'
import type { Timer } from '../util/timers.ts'
import type { AttributeSource, Context } from './context.ts'
import { GrpcCalls } from './grpc-calls.ts'
import type { PropertyDeclaration } from './property-declaration.ts'
import type { StreamMap } from './stream-host.ts'
import type { DeferredAction, Vm } from './vm.ts'

/** Running, told to end, waiting for `proxy_done`, gone. */
type State = 'running' | 'ending' | 'waiting' | 'deleted'

/** A callout without an answer yet, and what its request holds. */
interface WaitingCallout {
  readonly callout: HttpCallout
  readonly bodyBytes: number
}

export class RootContext implements Context, QueueOwner {
  readonly vm: Vm
  readonly id: number
  readonly config: PluginConfig
  readonly logPrefix: string
  /** The prefix of the plugin's stream contexts. */
  readonly streamLogPrefix: string
  /** What a pause in a headers callback means (`allow_on_headers_stop_iteration`). */
  readonly headersPause: number
  /** The callout whose response is delivered now, or null. */
  response: HttpCalloutResponse | null = null
  /** `proxy_get_status`: of the last failed callout; the message only while that is told. */
  statusCode = 0
  statusMessage = ''
  /** What `FOREIGN_FUNCTION_ARGUMENTS` holds now, or null. */
  callData: Uint8Array | null = null
  #lookups: NameLookups | null = null
  declarations: Map<string, PropertyDeclaration> | null = null
  /** The stream that on_log is called for now. */
  #logged: AttributeSource | null = null
  #state: State = 'running'
  #configurationReadable = false
  #tickMillis = 0
  #timer: Timer | null = null
  #streams = 0
  readonly #callouts = new Map<number, WaitingCallout>()
  #calloutBytes = 0
  readonly grpc: GrpcCalls

  constructor(vm: Vm, config: PluginConfig) {
    this.vm = vm
    this.id = vm.contexts.nextId()
    this.config = config
    this.logPrefix = prefixOf([config.rootId, config.vmId])
    this.streamLogPrefix = prefixOf([config.name, config.rootId, config.vmId])
    this.headersPause = config.allowOnHeadersStopIteration
      ? HeadersAction.StopIteration
      : HeadersAction.StopAllIterationAndWatermark
    this.grpc = new GrpcCalls(this)
    vm.contexts.add(this.id, this)
  }

  get root(): RootContext {
    return this
  }

  get stream(): null {
    return null
  }

  get http(): null {
    return null
  }

  get attributes(): AttributeSource | null {
    return this.#logged
  }

  get logging(): boolean {
    return this.#logged !== null
  }

  /** Streams that have not ended. */
  get streams(): number {
    return this.#streams
  }

  /** `proxy_on_context_create`, `proxy_on_vm_start`, `proxy_on_configure`; throws SLUICE_WASM_START on refusal. */
  start(): void {
    this.#configurationReadable = true
    this.#create()
    this.#configurationReadable = false
    const { vmStart, configure } = this.vm.callbacks
    const vmSize = this.config.vmConfiguration.length
    if (vmStart !== null && this.#call2('proxy_on_vm_start', vmStart, vmSize) === 0) this.#refuse('Failed to start base Wasm')
    this.#configurationReadable = true
    const size = this.config.configuration.length
    const configured = configure === null || this.#call2('proxy_on_configure', configure, size) !== 0
    this.#configurationReadable = false
    if (!configured) this.#refuse('Failed to configure base Wasm plugin')
  }

  streamMap(type: StreamMap, write: boolean): HeaderMap | null {
    return this.#logged === null || write ? null : this.#logged.streamMap(type, false)
  }

  streamBody(): BodyBuffer | null {
    return null
  }

  /** VM and plugin configuration; null for one that cannot be read now, and for other types. */
  configurationBuffer(type: number): Uint8Array | null {
    if (type === BufferType.VmConfiguration) return this.config.vmConfiguration
    return type === BufferType.PluginConfiguration && this.#configurationReadable ? this.config.configuration : null
  }

  streamOpened(): void {
    this.#streams++
  }

  streamGone(): void {
    this.#streams--
  }

  /** `proxy_set_tick_period_milliseconds`; 0 stops. */
  setTickPeriod(millis: number): void {
    this.#tickMillis = millis
    if (millis === 0) return void this.#timer?.disarm()
    this.#timer ??= this.vm.services.timers.create(() => this.#onTick())
    this.#timer.arm(millis)
  }

  /** True when another callout may wait, with a body of so many bytes. */
  hasCalloutRoom(bodyBytes: number): boolean {
    return this.#callouts.size < MAX_PENDING_CALLOUTS && this.#calloutBytes + bodyBytes <= MAX_PENDING_CALLOUT_BYTES
  }

  /** Sends a callout; its token, or null when it cannot be sent. */
  sendCallout(request: HttpCalloutRequest): number | null {
    const token = this.vm.httpCalls.next()
    const callout = this.vm.services.callouts.send(request, (response) => this.#onCalloutEnd(token, response))
    if (callout === null) return null
    const bodyBytes = request.body?.length ?? 0
    this.#callouts.set(token, { callout, bodyBytes })
    this.#calloutBytes += bodyBytes
    return token
  }

  /** `envoy_resolve_dns`: the token, or 0 when too many look-ups wait. */
  resolveName(name: string): number {
    this.#lookups ??= new NameLookups(this.vm, (token, data) => this.#onNameResolved(token, data))
    return this.#lookups.start(name)
  }

  /** An item waits in a queue that this plugin registered. */
  onQueueReady(queue: number): void {
    const callback = this.vm.callbacks.queueReady
    if (callback !== null && this.#isLive()) this.#call2('proxy_on_queue_ready', callback, queue)
  }

  /** on_log for a stream that has ended: the plugin is an access log. */
  onLog(stream: AttributeSource): void {
    const callback = this.vm.callbacks.log
    if (callback === null || !this.#isLive()) return
    this.#logged = stream
    this.vm.call1('proxy_on_log', callback, this, this.id)
    this.#logged = null
    this.vm.leave()
  }

  /** The plugin stops: on_done, then on_delete at once or after `proxy_done`. */
  stop(): void {
    if (this.#state !== 'running') return
    this.#state = 'ending'
    const callback = this.vm.callbacks.done
    let done = true
    if (callback !== null && !this.vm.failed) {
      done = this.vm.call1('proxy_on_done', callback, this, this.id) !== 0 || this.vm.failed
      this.#state = done ? 'ending' : 'waiting'
      this.vm.leave()
    }
    if (done) this.delete()
  }

  /** `proxy_done`; false when nobody waits for it. */
  finishDone(): boolean {
    if (this.#state !== 'waiting') return false
    this.#state = 'ending'
    this.vm.deferred.push(new DeleteAction(this))
    return true
  }

  /** on_delete and the end of everything that the plugin started. */
  delete(): void {
    if (this.#state === 'deleted') return
    const callback = this.vm.callbacks.delete
    if (callback !== null && !this.vm.failed) {
      this.vm.call1('proxy_on_delete', callback, this, this.id)
      this.vm.leave()
    }
    this.drop()
  }

  /** Ends everything that the plugin started; the guest hears nothing. */
  drop(): void {
    this.#state = 'deleted'
    this.vm.contexts.delete(this.id)
    this.vm.services.sharedQueues.forget(this)
    this.onVmFailed()
  }

  /** Nothing calls the guest any more: timer and callouts end. */
  onVmFailed(): void {
    this.#tickMillis = 0
    this.#timer?.stop()
    for (const { callout } of this.#callouts.values()) callout.cancel()
    this.#callouts.clear()
    this.#calloutBytes = 0
    this.grpc.cancelAll()
  }

  #isLive(): boolean {
    return this.#state !== 'deleted' && !this.vm.failed
  }

  #create(): void {
    const callback = this.vm.callbacks.contextCreate
    if (callback === null) return
    this.vm.call2('proxy_on_context_create', callback, this, this.id, 0)
    this.vm.leave()
    if (this.vm.failed) this.#refuse('Failed to start base Wasm')
  }

  /** A trap counts as 0, the guest's refusal. */
  #call2(name: string, callback: (...args: number[]) => number, argument: number): number {
    const result = this.vm.call2(name, callback, this, this.id, argument)
    this.vm.leave()
    return this.vm.failed ? 0 : result
  }

  #refuse(message: string): never {
    const reason = this.vm.failed ? 'the module trapped' : 'the module returned false'
    throw new SluiceError('SLUICE_WASM_START', message, { path: this.config.name, seen: reason })
  }

  #onNameResolved(token: number, data: Uint8Array): void {
    const callback = this.vm.callbacks.resolveDns
    if (callback === null || !this.#isLive()) return
    this.callData = data
    this.vm.call3('envoy_on_resolve_dns', callback, this, this.id, token, data.length)
    this.callData = null
    this.vm.leave()
  }

  #onTick(): void {
    const callback = this.vm.callbacks.tick
    if (callback === null || !this.#isLive()) return
    this.vm.call1('proxy_on_tick', callback, this, this.id)
    this.vm.leave()
    if (this.#tickMillis > 0 && this.#isLive()) this.#timer!.arm(this.#tickMillis)
  }

  #onCalloutEnd(token: number, response: HttpCalloutResponse | null): void {
    const waiting = this.#callouts.get(token)
    if (waiting === undefined) return
    this.#callouts.delete(token)
    this.#calloutBytes -= waiting.bodyBytes
    if (!this.#isLive()) return
    if (this.vm.current !== null) this.vm.deferred.push(new CalloutAction(this, token, response))
    else this.deliver(token, response)
  }

  /** `proxy_on_http_call_response`; zeros and status 11 for a reset. */
  deliver(token: number, response: HttpCalloutResponse | null): void {
    const callback = this.vm.callbacks.httpCallResponse
    if (callback === null || !this.#isLive()) return
    this.response = response
    if (response === null) {
      this.statusCode = Status.BrokenConnection
      this.statusMessage = 'reset'
    }
    const headers = response?.headers.size ?? 0
    const trailers = response?.trailers?.size ?? 0
    this.vm.call5('proxy_on_http_call_response', callback, this, this.id, token, headers, response?.body.length ?? 0, trailers)
    this.response = null
    this.statusMessage = ''
    this.vm.leave()
  }
}

class DeleteAction implements DeferredAction {
  readonly context: RootContext

  constructor(context: RootContext) {
    this.context = context
  }

  perform(): void {
    this.context.delete()
  }
}

class CalloutAction implements DeferredAction {
  readonly context: RootContext
  readonly token: number
  readonly response: HttpCalloutResponse | null

  constructor(context: RootContext, token: number, response: HttpCalloutResponse | null) {
    this.context = context
    this.token = token
    this.response = response
  }

  perform(): void {
    this.context.deliver(this.token, this.response)
  }
}

function prefixOf(parts: readonly string[]): string {
  return parts
    .filter((part) => part !== '')
    .map((part) => ` ${part}`)
    .join('')
}
