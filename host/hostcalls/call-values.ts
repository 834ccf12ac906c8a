/** What a hostcall was given and what it gave, read from guest memory: addresses are replaced by what they point to. */
import { decodePairs } from '../abi/pairs.ts'
import type { GuestMemory } from '../vm/engine.ts'

/**
 * What the parameters of a hostcall are. n: a number; m, b, l, k, t: a number of MapType, BufferType, a log level, MetricType,
 * StreamType; s, p: bytes or pairs given as address and size; w, q: where a u32 or u64 is written; o, r: where address and size
 * of bytes or pairs are written; a: an address, not shown.
 */
const SHAPES: Readonly<Record<string, string>> = {
  proxy_log: 'ls',
  proxy_get_log_level: 'w',
  proxy_get_current_time_nanoseconds: 'q',
  proxy_get_configuration: 'o',
  proxy_get_status: 'wo',
  proxy_get_property: 'so',
  proxy_set_property: 'ss',
  proxy_get_buffer_bytes: 'bnno',
  proxy_get_buffer_status: 'bww',
  proxy_set_buffer_bytes: 'bnns',
  proxy_get_header_map_size: 'mw',
  proxy_get_header_map_pairs: 'mr',
  proxy_set_header_map_pairs: 'mp',
  proxy_get_header_map_value: 'mso',
  proxy_add_header_map_value: 'mss',
  proxy_replace_header_map_value: 'mss',
  proxy_remove_header_map_value: 'ms',
  proxy_continue_stream: 't',
  proxy_close_stream: 't',
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
  proxy_define_metric: 'ksw',
  proxy_get_metric: 'nq',
  proxy_call_foreign_function: 'sso',
  environ_sizes_get: 'ww',
  clock_res_get: 'nq',
  clock_time_get: 'nnq',
  fd_write: 'nanw',
  random_get: 'an',
}

/** Numbers, byte strings, or names and values in turn; null = an address that the guest left out; undefined = outside of memory. */
export interface CallValue {
  /** A letter as above. */
  readonly kind: string
  readonly value: number | bigint | string | readonly string[] | null | undefined
}

export interface CallValues {
  readonly inputs: readonly CallValue[]
  /** Empty unless the call succeeded. */
  readonly outputs: readonly CallValue[]
}

/** Right after the call, before the guest goes on. */
export function readCall(name: string, args: readonly (number | bigint)[], memory: GuestMemory, isOk: boolean): CallValues {
  const inputs: CallValue[] = []
  const outputs: CallValue[] = []
  let at = 0
  for (const kind of shapeOf(name, args.length)) {
    const first = args[at] ?? 0
    const second = args[at + 1] ?? 0
    at += 'spor'.includes(kind) ? 2 : 1
    if ('nmblkt'.includes(kind)) inputs.push({ kind, value: typeof first === 'number' ? first | 0 : first })
    else if (kind === 's' || kind === 'p') inputs.push({ kind, value: readRange(memory, Number(first), Number(second), kind) })
    else if (kind !== 'a' && isOk)
      outputs.push({ kind, value: readOutput(kind, memory, Number(first) >>> 0, Number(second) >>> 0) })
  }
  return { inputs, outputs }
}

/** Calls without a line above have numbers only, but for those of WASI, which may have addresses. */
function shapeOf(name: string, count: number): string {
  return SHAPES[name] ?? (name.startsWith('proxy_') ? 'n' : 'a').repeat(count)
}

/** Result addresses may be 0 where a hostcall allows to leave them out. */
function readOutput(kind: string, memory: GuestMemory, first: number, second: number): CallValue['value'] {
  const view = memory.view()
  if (first === 0) return null
  if (kind === 'w') return view.getUint32(first, true)
  if (kind === 'q') return view.getBigUint64(first, true)
  return readRange(memory, view.getUint32(first, true), view.getUint32(second, true), kind === 'r' ? 'p' : 's')
}

function readRange(memory: GuestMemory, address: number, size: number, kind: 's' | 'p'): CallValue['value'] {
  const [start, bytes] = [address >>> 0, memory.u8()]
  const end = start + (size >>> 0)
  if (end > bytes.length) return undefined
  return kind === 'p' ? decodePairs(bytes, start, end) : bytes.latin1Slice(start, end)
}
