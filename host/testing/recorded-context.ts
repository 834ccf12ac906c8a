/** A filter's stream context that remembers what its last callback came to. */
import type { HttpFilterContext } from '../chain/filter-context.ts'

/** A stream context whose guest may be made before its first callback. */
export interface OpenedContext extends HttpFilterContext {
  /** False when the VM has failed. */
  create(): boolean
}

export class RecordedContext implements HttpFilterContext {
  /** Of the last callback, in the numbers of its kind; null = none ran since this was set to null. */
  action: number | null = null
  readonly #context: OpenedContext

  constructor(context: OpenedContext) {
    this.#context = context
  }

  get vm(): HttpFilterContext['vm'] {
    return this.#context.vm
  }

  onRequestHeaders(count: number, endOfStream: boolean): number {
    return (this.action = this.#context.onRequestHeaders(count, endOfStream))
  }

  onRequestBody(size: number, endOfStream: boolean): number {
    return (this.action = this.#context.onRequestBody(size, endOfStream))
  }

  onRequestTrailers(count: number): number {
    return (this.action = this.#context.onRequestTrailers(count))
  }

  onResponseHeaders(count: number, endOfStream: boolean): number {
    return (this.action = this.#context.onResponseHeaders(count, endOfStream))
  }

  onResponseBody(size: number, endOfStream: boolean): number {
    return (this.action = this.#context.onResponseBody(size, endOfStream))
  }

  onResponseTrailers(count: number): number {
    return (this.action = this.#context.onResponseTrailers(count))
  }

  onLog(): void {
    this.#context.onLog()
  }

  onDone(): void {
    this.#context.onDone()
  }

  onDelete(): void {
    this.#context.onDelete()
  }
}
