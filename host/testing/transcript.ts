/**
 * The conversation between host and guests as text that can be compared with a stored one: addresses are replaced by
 * what they point to.
 *
 *     > proxy_on_request_headers 2 5 1
 *       proxy_get_header_map_value 0 "x-api-key" = 1
 *       proxy_get_header_map_value 0 ":path" = 0 "/items"
 *     < 0
 */
import { decodePairs } from '../abi/pairs.ts'
import type { VmObserver } from '../plugin/observer.ts'
import type { GuestMemory } from '../vm/engine.ts'

/**
 * What the parameters of a hostcall are. n: a number; s, p: bytes or pairs given as address and size; w, q: where a u32
 * or u64 is written; o, r: where address and size of bytes or pairs are written; a: an address, not shown.
 */
const SHAPES: Readonly<Record<string, string>> = {
  proxy_log: 'ns',
  proxy_get_log_level: 'w',
  proxy_get_current_time_nanoseconds: 'q',
  proxy_get_configuration: 'o',
  proxy_get_status: 'wo',
  proxy_get_property: 'so',
  proxy_set_property: 'ss',
  proxy_get_buffer_bytes: 'nnno',
  proxy_get_buffer_status: 'nww',
  proxy_set_buffer_bytes: 'nnns',
  proxy_get_header_map_size: 'nw',
  proxy_get_header_map_pairs: 'nr',
  proxy_set_header_map_pairs: 'np',
  proxy_get_header_map_value: 'nso',
  proxy_add_header_map_value: 'nss',
  proxy_replace_header_map_value: 'nss',
  proxy_remove_header_map_value: 'ns',
  proxy_send_local_response: 'nsspn',
  proxy_http_call: 'spspnw',
  proxy_grpc_call: 'ssspsnw',
  proxy_grpc_stream: 'ssspw',
  proxy_grpc_send: 'nsn',
  proxy_get_shared_data: 'sow',
  proxy_set_shared_data: 'ssn',
  proxy_register_shared_queue: 'sw',
  proxy_resolve_shared_queue: 'ssw',
  proxy_enqueue_shared_queue: 'ns',
  proxy_dequeue_shared_queue: 'no',
  proxy_define_metric: 'nsw',
  proxy_get_metric: 'nq',
  proxy_call_foreign_function: 'sso',
  environ_sizes_get: 'ww',
  clock_res_get: 'nq',
  clock_time_get: 'nnq',
  fd_write: 'nanw',
  random_get: 'an',
}

/** Calls without a line above have numbers only, but for those of WASI, which may have addresses. */
function shapeOf(name: string, count: number): string {
  return SHAPES[name] ?? (name.startsWith('proxy_') ? 'n' : 'a').repeat(count)
}

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
    const call = describeCall(shapeOf(name, args.length), args, memory, status === 0)
    this.#add(`${[name, ...call.inputs].join(' ')} = ${[status, ...call.outputs].join(' ')}`)
  }

  trap(_callback: string, message: string): void {
    this.#depth--
    this.#add(`! ${message}`)
  }

  #add(text: string): void {
    this.lines.push('  '.repeat(this.#depth) + text)
  }
}

interface Call {
  readonly inputs: string[]
  readonly outputs: string[]
}

function describeCall(shape: string, args: readonly (number | bigint)[], memory: GuestMemory, isOk: boolean): Call {
  const call: Call = { inputs: [], outputs: [] }
  let at = 0
  for (const kind of shape) {
    const first = args[at] ?? 0
    const second = args[at + 1] ?? 0
    at += 'spor'.includes(kind) ? 2 : 1
    if (kind === 'n') call.inputs.push(typeof first === 'number' ? String(first | 0) : String(first))
    else if (kind === 's' || kind === 'p') call.inputs.push(showRange(memory, Number(first), Number(second), kind === 'p'))
    else if (kind !== 'a' && isOk) call.outputs.push(showOutput(kind, memory, Number(first) >>> 0, Number(second) >>> 0))
  }
  return call
}

/** Result addresses may be 0 where a hostcall allows to leave them out. */
function showOutput(kind: string, memory: GuestMemory, first: number, second: number): string {
  const view = memory.view()
  if (first === 0) return '-'
  if (kind === 'w') return String(view.getUint32(first, true))
  if (kind === 'q') return String(view.getBigUint64(first, true))
  return showRange(memory, view.getUint32(first, true), view.getUint32(second, true), kind === 'r')
}

function showRange(memory: GuestMemory, address: number, size: number, isPairs: boolean): string {
  const [start, bytes] = [address >>> 0, memory.u8()]
  const end = start + (size >>> 0)
  if (end > bytes.length) return '(outside of memory)'
  if (!isPairs) return show(bytes.latin1Slice(start, end))
  const fields = decodePairs(bytes, start, end)
  const pairs: string[] = []
  for (let i = 0; i < fields.length; i += 2) pairs.push(`${show(fields[i]!)}: ${show(fields[i + 1]!)}`)
  return `{${pairs.join(', ')}}`
}

function show(text: string): string {
  return text.length <= MAX_SHOWN ? JSON.stringify(text) : `${JSON.stringify(text.slice(0, MAX_SHOWN))}...(${text.length} bytes)`
}
