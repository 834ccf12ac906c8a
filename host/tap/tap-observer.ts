/** Writes down callbacks and hostcalls in the traces of the streams that they belong to. */
import type { StreamInfo } from '../http/stream-info.ts'
import { readCall } from '../hostcalls/call-values.ts'
import type { Context } from '../plugin/context.ts'
import type { VmObserver } from '../plugin/observer.ts'
import type { GuestMemory } from '../vm/engine.ts'
import type { CallbackTrace, StreamTrace } from './stream-trace.ts'

export class TapObserver implements VmObserver {
  /** The plugin whose callback runs, and the stream that it runs for; null = none that is traced. */
  filter = ''
  trace: StreamTrace | null = null
  /** The stream for which a root context gets an answer now. */
  cause: StreamTrace | null = null
  readonly #traces: ReadonlyMap<StreamInfo, StreamTrace>
  #callback: CallbackTrace | null = null

  constructor(traces: ReadonlyMap<StreamInfo, StreamTrace>) {
    this.#traces = traces
  }

  enter(name: string, args: readonly number[], context: Context): void {
    const { config } = context.root
    this.filter = config.name
    this.trace = (context.stream === null ? this.cause : this.#traces.get(context.stream.host.info)) ?? null
    this.#callback = null
    if (this.trace === null) return
    this.#callback = {
      atMicros: this.trace.now(),
      filter: config.name,
      rootId: config.rootId,
      contextId: context.id,
      name,
      args,
      hostcalls: [],
      micros: -1,
      result: null,
      trap: '',
    }
    this.trace.addCallback(this.#callback)
  }

  leave(_name: string, result: number): void {
    if (this.#callback !== null) this.#callback.result = result
    this.#end()
  }

  hostcall(name: string, args: readonly (number | bigint)[], status: number, memory: GuestMemory, millis: number): void {
    if (this.#callback === null) return
    const values = readCall(name, args, memory, status === 0)
    this.trace!.addHostcall(this.#callback, { name, values, status, micros: millis * 1000 })
  }

  trap(_name: string, message: string): void {
    if (this.#callback !== null) this.#callback.trap = message
    this.#end()
  }

  #end(): void {
    if (this.#callback !== null) this.#callback.micros = this.trace!.now() - this.#callback.atMicros
    this.filter = ''
    this.trace = null
    this.#callback = null
  }
}
