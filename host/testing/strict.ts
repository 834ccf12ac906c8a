/**
 * What a strict test host does not let pass: what a filter does wrong without anybody seeing it in an answer. What the test forced
 * by {@link Faults} is not the filter's doing.
 */
import { AssertionError } from 'node:assert'
import { BufferType, Status } from '../abi/enums.ts'
import { LOG_LEVELS } from '../util/logger.ts'
import type { Context } from '../plugin/context.ts'
import type { HostcallGate } from '../plugin/hostcall-gate.ts'
import type { VmObserver } from '../plugin/observer.ts'
import type { GuestMemory } from '../vm/engine.ts'
import { matches, type TextPattern } from './checks/finding.ts'
import { FORCED_TRAP, type Faults, type StatusName } from './faults.ts'
import type { GuestLine } from './log-book.ts'
import type { TestRequest, TestStream } from './test-stream.ts'
import { describeCall } from './transcript.ts'
import type { UpstreamScript } from './upstream-script.ts'

/** What a strict host lets pass beside what is ordinary. */
export interface StrictOptions {
  /** Statuses of hostcalls: `{ proxy_http_call: ['BadArgument'] }`. */
  readonly statuses?: Readonly<Record<string, readonly StatusName[]>>
  /** Lines at the levels error and critical: one of these texts, or a match. */
  readonly logs?: readonly TextPattern[]
}

/** Statuses that say something about data, peers or the moment, not about the caller. */
const ORDINARY: Readonly<Record<string, readonly StatusName[]>> = {
  proxy_get_header_map_value: ['NotFound'],
  proxy_get_property: ['NotFound'],
  proxy_get_shared_data: ['NotFound'],
  proxy_set_shared_data: ['CasMismatch'],
  proxy_resolve_shared_queue: ['NotFound'],
  proxy_dequeue_shared_queue: ['Empty'],
  // No endpoint.
  proxy_http_call: ['InternalFailure'],
  proxy_grpc_call: ['InternalFailure'],
  proxy_grpc_stream: ['InternalFailure'],
  // The other side has ended it meanwhile.
  proxy_grpc_send: ['NotFound'],
  proxy_grpc_cancel: ['NotFound'],
  proxy_grpc_close: ['NotFound'],
  // Results of the functions themselves; one that does not exist is `NotFound`.
  proxy_call_foreign_function: ['BadArgument', 'SerializationFailure', 'ParseFailure', 'InternalFailure'],
}

const ERROR = LOG_LEVELS.indexOf('error')
const NAMES: ReadonlyMap<number, StatusName> = new Map(
  Object.entries(Status).map(([name, status]) => [status, name as StatusName]),
)

export class Strictness {
  readonly observer: VmObserver
  readonly gate: HostcallGate
  readonly #logs: readonly TextPattern[]
  #script: UpstreamScript | null
  readonly #faults: string[] = []
  #requests: { readonly stream: TestStream; readonly name: string }[] = []

  /** `script` answers the filter's calls, as far as there is one. */
  constructor(options: StrictOptions, forced: Faults | null, script: UpstreamScript | null) {
    const gate = new ForcedCalls(forced)
    this.gate = gate
    this.observer = new StrictObserver(options, gate, (fault) => this.#faults.push(fault))
    this.#logs = options.logs ?? []
    this.#script = script
  }

  /** A guest has logged a line. */
  logged({ level, text, context }: GuestLine): void {
    if (LOG_LEVELS.indexOf(level) < ERROR || this.#logs.some((wanted) => matches(wanted, text))) return
    this.#faults.push(`${level} logged by ${context}: ${text}`)
  }

  opened(stream: TestStream, { method = 'GET', path = '/' }: TestRequest): void {
    this.#requests.push({ stream, name: `${method} ${path}` })
  }

  /** Nothing more will be done to the host; harmless when repeated. */
  closing(): void {
    const waiting = this.#requests.filter(({ stream }) => !stream.isDone)
    this.#faults.push(...waiting.map(({ name }) => `without an answer: ${name}`), ...(this.#script?.faults() ?? []))
    this.#requests = []
    this.#script = null
  }

  /** Throws an AssertionError with what was found since the last time. */
  check(): void {
    if (this.#faults.length === 0) return
    const lines = this.#faults.splice(0).map((fault) => `\n  ${fault}`)
    throw new AssertionError({ message: `A strict host refuses:${lines.join('')}` })
  }
}

/** What the test forces, and whether it forced the call that was just made. */
class ForcedCalls implements HostcallGate {
  isForced = false
  readonly #faults: Faults | null

  constructor(faults: Faults | null) {
    this.#faults = faults
  }

  hostcall(name: string): number | null {
    const status = this.#faults?.hostcall(name) ?? null
    this.isForced = status !== null
    return status
  }

  allocation(): boolean {
    const hasRoom = this.#faults?.allocation() ?? true
    this.isForced ||= !hasRoom
    return hasRoom
  }
}

class StrictObserver implements VmObserver {
  readonly #allowed: Readonly<Record<string, readonly StatusName[]>>
  readonly #gate: ForcedCalls
  readonly #report: (fault: string) => void
  #callback = ''
  #context: Context | null = null

  constructor({ statuses = {} }: StrictOptions, gate: ForcedCalls, report: (fault: string) => void) {
    this.#allowed = statuses
    this.#gate = gate
    this.#report = report
  }

  enter(callback: string, _args: readonly number[], context: Context): void {
    this.#callback = callback
    this.#context = context
  }

  leave(): void {}

  hostcall(name: string, args: readonly (number | bigint)[], status: number, memory: GuestMemory): void {
    if (this.#gate.isForced || !name.startsWith('proxy_')) return
    const fault = this.#isAllowed(name, status) ? this.#missingBuffer(name, args) : statusName(status)
    if (fault !== null) this.#report(`${describeCall(name, args, status, memory)} (${fault}) in ${this.#callback}`)
  }

  trap(callback: string, message: string): void {
    if (!message.startsWith(FORCED_TRAP)) this.#report(`${message} in ${callback}`)
  }

  #isAllowed(name: string, status: number): boolean {
    if (status === Status.Ok) return true
    const known = NAMES.get(status)
    return known !== undefined && [...(ORDINARY[name] ?? []), ...(this.#allowed[name] ?? [])].includes(known)
  }

  /** Hosts answer Ok without bytes to a guest that reads a body when it cannot be seen. */
  #missingBuffer(name: string, [type]: readonly (number | bigint)[]): string | null {
    if (name !== 'proxy_get_buffer_bytes' || Number(type) > BufferType.UpstreamData) return null
    const context = this.#context?.vm.effective ?? null
    const isThere = context !== null && context.streamBody(Number(type) as 0 | 1 | 2 | 3, false) !== null
    return isThere ? null : 'no such buffer now'
  }
}

function statusName(status: number): string {
  return NAMES.get(status) ?? 'unknown status'
}
