/**
 * One direction of a stream through its filters (hot): who is called with what, who holds what, where a message goes
 * on after a pause. The rules are those of Envoy's FilterManager (source/common/http/filter_manager.cc) with one
 * difference: every filter that holds body bytes has a buffer of its own, so that two pausing filters cannot mix up
 * or overtake each other's parts.
 */
import { BodyAction, HeadersAction, TrailersAction } from '../abi/enums.ts'
import { BodyBuffer } from '../http/body-buffer.ts'
import type { HeaderMap } from '../http/header-map.ts'
import { keep } from '../socket/read-buffer.ts'
import type { HttpFilterContext } from './filter-context.ts'
import { Iteration } from './filter-phase.ts'
import type { FilterPhase } from './filter-phase.ts'
import type { FilterSlot } from './filter-slot.ts'

/** What a path needs of the filters it leads through. */
export interface PathOwner {
  /** Opens the stream context of a filter; null = bypassed or the stream has failed. */
  openFilter(slot: FilterSlot): HttpFilterContext | null
  /** A callback begins and has ended; replies and ends asked for in between are performed by `leaveCallback`. */
  enterCallback(): void
  leaveCallback(): void
  /** The VM of a filter is dead. */
  failStream(): void
  /** The stream is answered because of a dead VM: filters of that VM are passed over. */
  readonly failing: boolean
}

export abstract class FilterPath {
  readonly owner: PathOwner
  readonly slots: readonly FilterSlot[]
  /** First filter of this direction, and the value of an index behind the last one. */
  readonly first: number
  readonly stop: number
  readonly step: number
  /** Most bytes a filter may hold. */
  readonly limit: number
  /** Nothing moves any more: a reply took over, or the stream has ended. */
  aborted = false
  /** Filters that hold the message. */
  paused = 0
  /** Some filter has a body callback. */
  bodySeen = false
  /** The part that just arrived; reused for every part. */
  readonly chunk = new BodyBuffer()

  constructor(owner: PathOwner, slots: readonly FilterSlot[], first: number, stop: number, limit: number) {
    this.owner = owner
    this.slots = slots
    this.first = first
    this.stop = stop
    this.step = first < stop ? 1 : -1
    this.limit = limit
  }

  protected abstract phaseOf(slot: FilterSlot): FilterPhase
  /** The context of a filter that takes part; null = passed over. Opens it when the request reaches it. */
  protected abstract contextOf(slot: FilterSlot): HttpFilterContext | null
  protected abstract seesBody(context: HttpFilterContext): boolean
  protected abstract headers(): HeaderMap
  protected abstract trailers(): HeaderMap | null
  protected abstract invokeHeaders(context: HttpFilterContext, fields: number, endStream: boolean): number
  protected abstract invokeData(context: HttpFilterContext, size: number, endStream: boolean): number
  protected abstract invokeTrailers(context: HttpFilterContext, fields: number): number
  protected abstract emitHead(endStream: boolean): void
  protected abstract emitBytes(bytes: Buffer, start: number, end: number, endStream: boolean): void
  protected abstract emitTrailers(trailers: HeaderMap): void
  protected abstract onOverflow(): void
  protected abstract holdSource(): void
  protected abstract releaseSource(): void

  /** The head enters the path. */
  head(endStream: boolean): void {
    this.#runHeaders(this.first, endStream)
  }

  /** A body part enters the path. */
  data(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (this.aborted) return
    if (this.#passesUnseen()) return this.emitBytes(bytes, start, end, endStream)
    this.chunk.clear()
    this.chunk.append(keep(bytes, start, end))
    this.#runData(this.first, this.chunk, endStream)
  }

  /** A whole body enters the path, as the end of the message. */
  body(bytes: BodyBuffer): void {
    if (!this.aborted) this.#runData(this.first, bytes, true)
  }

  /** The trailers, already kept by the stream, enter the path. */
  end(): void {
    if (!this.aborted) this.#runTrailers(this.first)
  }

  /** The filter no longer holds the message: everything kept here goes on. Harmless when it holds nothing. */
  resume(index: number): void {
    const phase = this.phaseOf(this.slots[index]!)
    if (this.aborted || phase.state === Iteration.Continue) return
    const from = phase.state === Iteration.StopSingle ? index + this.step : index
    phase.state = Iteration.Continue
    this.paused--
    const hadTrailers = phase.trailersReached
    if (!phase.headersContinued) {
      phase.headersContinued = true
      this.#runHeaders(index + this.step, phase.endReached && !hadTrailers && phase.buffer === null)
    }
    this.#release(phase, from, hadTrailers)
  }

  #release(phase: FilterPhase, from: number, hadTrailers: boolean): void {
    const held = phase.buffer
    phase.buffer = null
    if (held !== null && !this.aborted) this.#runData(from, held, phase.endReached && !hadTrailers)
    if (hadTrailers && !this.aborted) this.#runTrailers(from)
    if (!phase.readsHeld) return
    phase.readsHeld = false
    if (!this.aborted) this.releaseSource()
  }

  /** No filter holds the message or looks at bodies, and no VM has died meanwhile. */
  #passesUnseen(): boolean {
    if (this.paused !== 0 || this.bodySeen) return false
    for (let i = this.first; i !== this.stop; i += this.step) {
      const context = this.slots[i]!.context
      if (context !== null && context.vm.failed) return false
    }
    return true
  }

  #runHeaders(from: number, endStream: boolean): void {
    for (let i = from; i !== this.stop; i += this.step) {
      const slot = this.slots[i]!
      const phase = this.phaseOf(slot)
      phase.endReached = endStream
      const action = this.#callHeaders(slot, phase, endStream)
      if (this.aborted) return
      if (action !== HeadersAction.Continue) return this.#pause(phase, headersState(action))
      phase.headersContinued = true
    }
    this.emitHead(endStream)
  }

  #callHeaders(slot: FilterSlot, phase: FilterPhase, endStream: boolean): number {
    const context = this.contextOf(slot)
    if (this.aborted || context === null) return HeadersAction.Continue
    if (this.seesBody(context)) this.bodySeen = true
    phase.headersVisible = true
    this.owner.enterCallback()
    const action = this.invokeHeaders(context, this.headers().size, endStream)
    this.owner.leaveCallback()
    if (action === HeadersAction.Continue) phase.headersVisible = false
    return action === HeadersAction.Failed ? this.#fail() : action
  }

  #runData(from: number, body: BodyBuffer, endStream: boolean): void {
    for (let i = from; i !== this.stop; i += this.step) {
      const slot = this.slots[i]!
      const phase = this.phaseOf(slot)
      phase.endReached = endStream
      if (phase.state >= Iteration.StopAllBuffer) return this.#hold(phase, body, phase.state === Iteration.StopAllWatermark)
      const action = this.#callData(slot, phase, body, endStream)
      if (this.aborted) return
      if (action !== BodyAction.Continue) return this.#stopData(phase, body, action)
      if (phase.state === Iteration.StopSingle) {
        this.#hold(phase, body, true)
        return this.resume(i)
      }
      if (endStream && phase.trailersReached) return this.#splitOffTrailers(i + this.step, body)
    }
    this.#emitData(body, endStream)
  }

  /** The filter just called made trailers: its last body part is no longer the end. */
  #splitOffTrailers(from: number, body: BodyBuffer): void {
    this.#runData(from, body, false)
    if (!this.aborted) this.#runTrailers(from)
  }

  #callData(slot: FilterSlot, phase: FilterPhase, body: BodyBuffer, endStream: boolean): number {
    const context = slot.context
    if (context === null) return BodyAction.Continue
    const view = phase.buffering && phase.buffer !== null ? joined(phase.buffer, body) : body
    const overflows = view !== body && view.length > this.limit
    phase.view = view
    this.owner.enterCallback()
    const action = this.invokeData(context, view.length, endStream)
    phase.view = null
    phase.buffering = action === BodyAction.StopIterationAndBuffer
    this.owner.leaveCallback()
    if (overflows && !this.aborted) this.onOverflow()
    return action === BodyAction.Failed ? this.#fail() : action
  }

  #stopData(phase: FilterPhase, body: BodyBuffer, action: number): void {
    if (phase.state === Iteration.Continue) this.#pause(phase, Iteration.StopSingle)
    if (action !== BodyAction.StopIterationNoBuffer)
      return this.#hold(phase, body, action === BodyAction.StopIterationAndWatermark)
    if (body !== phase.buffer) body.clear()
    // The end must not get lost with the bytes: an empty part carries it on.
    if (phase.endReached && phase.buffer === null) phase.buffer = new BodyBuffer()
  }

  #runTrailers(from: number): void {
    for (let i = from; i !== this.stop; i += this.step) {
      const slot = this.slots[i]!
      const phase = this.phaseOf(slot)
      phase.trailersReached = true
      if (phase.state >= Iteration.StopAllBuffer) return
      const action = this.#callTrailers(slot, phase)
      if (this.aborted) return
      if (action !== TrailersAction.Continue) return this.#stopTrailers(phase)
      if (phase.state === Iteration.StopSingle) return this.resume(i)
    }
    this.emitTrailers(this.trailers()!)
  }

  #callTrailers(slot: FilterSlot, phase: FilterPhase): number {
    const context = slot.context
    if (context === null) return TrailersAction.Continue
    phase.trailersVisible = true
    this.owner.enterCallback()
    const action = this.invokeTrailers(context, this.trailers()!.size)
    this.owner.leaveCallback()
    if (action === TrailersAction.Continue) phase.trailersVisible = false
    return action === TrailersAction.Failed ? this.#fail() : action
  }

  #stopTrailers(phase: FilterPhase): void {
    if (phase.state === Iteration.Continue) this.#pause(phase, Iteration.StopSingle)
  }

  /** A dead VM ends the stream, unless the stream is being answered for that very reason. */
  #fail(): number {
    if (!this.owner.failing && !this.aborted) this.owner.failStream()
    return 0
  }

  #pause(phase: FilterPhase, state: number): void {
    phase.state = state
    this.paused++
  }

  /** Keeps a part at a filter that holds the message. */
  #hold(phase: FilterPhase, body: BodyBuffer, isStreaming: boolean): void {
    phase.buffer ??= new BodyBuffer()
    if (phase.buffer !== body) phase.buffer.appendAll(body)
    if (phase.buffer.length <= this.limit) return
    if (!isStreaming) return this.onOverflow()
    if (phase.readsHeld) return
    phase.readsHeld = true
    this.holdSource()
  }

  #emitData(body: BodyBuffer, endStream: boolean): void {
    const chunks = body.chunks
    const last = chunks.length - 1
    if (last < 0 && endStream) return this.emitBytes(NO_BYTES, 0, 0, true)
    for (let i = 0; i <= last && !this.aborted; i++) {
      const bytes = asBuffer(chunks[i]!)
      this.emitBytes(bytes, 0, bytes.length, endStream && i === last)
    }
    body.clear()
  }
}

const NO_BYTES = Buffer.alloc(0)

/** The bytes as Node's Buffer, which sinks take. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

function joined(held: BodyBuffer, part: BodyBuffer): BodyBuffer {
  if (held !== part) held.appendAll(part)
  return held
}

function headersState(action: number): number {
  if (action === HeadersAction.StopIteration) return Iteration.StopSingle
  return action === HeadersAction.StopAllIterationAndBuffer ? Iteration.StopAllBuffer : Iteration.StopAllWatermark
}
