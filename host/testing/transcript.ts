/**
 * The conversation between host and guests as text that can be compared with a stored one: addresses are replaced by
 * what they point to.
 *
 *     > proxy_on_request_headers 2 5 1
 *       proxy_get_header_map_value 0 "x-api-key" = 1
 *       proxy_get_header_map_value 0 ":path" = 0 "/items"
 *     < 0
 */
import { readCall, type CallValue } from '../hostcalls/call-values.ts'
import type { VmObserver } from '../plugin/observer.ts'
import type { GuestMemory } from '../vm/engine.ts'

/** Callbacks that return nothing. */
const WITHOUT_RESULT: ReadonlySet<string> = new Set([
  'proxy_on_context_create',
  'proxy_on_log',
  'proxy_on_delete',
  'proxy_on_tick',
  'proxy_on_queue_ready',
  'proxy_on_http_call_response',
  'proxy_on_downstream_connection_close',
  'proxy_on_upstream_connection_close',
])

/** Longer texts are cut. */
const MAX_SHOWN = 200

export class Transcript implements VmObserver {
  readonly lines: string[] = []
  #depth = 0

  enter(callback: string, args: readonly number[]): void {
    this.#add(`> ${[callback, ...args].join(' ')}`)
    this.#depth++
  }

  leave(callback: string, result: number): void {
    this.#depth--
    this.#add(WITHOUT_RESULT.has(callback) ? '<' : `< ${result}`)
  }

  hostcall(name: string, args: readonly (number | bigint)[], status: number, memory: GuestMemory): void {
    this.#add(describeCall(name, args, status, memory))
  }

  trap(_callback: string, message: string): void {
    this.#depth--
    this.#add(`! ${message}`)
  }

  #add(text: string): void {
    this.lines.push('  '.repeat(this.#depth) + text)
  }
}

/** A line as in a transcript; right after the call. */
export function describeCall(name: string, args: readonly (number | bigint)[], status: number, memory: GuestMemory): string {
  const { inputs, outputs } = readCall(name, args, memory, status === 0)
  return `${[name, ...inputs.map(showValue)].join(' ')} = ${[status, ...outputs.map(showValue)].join(' ')}`
}

function showValue({ value }: CallValue): string {
  if (value === null) return '-'
  if (value === undefined) return '(outside of memory)'
  if (typeof value === 'string') return show(value)
  return typeof value === 'object' ? showPairs(value) : String(value)
}

function showPairs(fields: readonly string[]): string {
  const pairs: string[] = []
  for (let i = 0; i < fields.length; i += 2) pairs.push(`${show(fields[i]!)}: ${show(fields[i + 1]!)}`)
  return `{${pairs.join(', ')}}`
}

function show(text: string): string {
  return text.length <= MAX_SHOWN ? JSON.stringify(text) : `${JSON.stringify(text.slice(0, MAX_SHOWN))}...(${text.length} bytes)`
}
