/** A host as small as can be: answers the hostcalls of one guest from fields and writes down each call. */
import { importNames } from './module-lists.ts'
import { encodePairs, decodePairs, type Pairs } from './pairs.ts'

const OK = 0
const NOT_FOUND = 1
const BAD_ARGUMENT = 2
const EMPTY = 7
const CAS_MISMATCH = 8

/** Class id of ArrayBuffer in AssemblyScript's runtime. */
const ARRAY_BUFFER_ID = 1

/** Exports the tests call; those of a group the guest does not export are missing. */
interface GuestExports {
  readonly memory: WebAssembly.Memory
  malloc(size: number): number
  [callback: string]: unknown
}

export class RecordingHost {
  /** Every hostcall: name and arguments, byte ranges as text. */
  readonly calls: string[] = []
  readonly logs: string[] = []
  readonly maps = new Map<number, Pairs>()
  readonly buffers = new Map<number, Buffer>()
  readonly properties = new Map<string, Buffer>()
  /** Variables of the VM. */
  readonly environment = new Map<string, string>()
  readonly shared = new Map<string, { value: Buffer; cas: number }>()
  readonly metrics: bigint[] = [0n]
  /** Items of the queue with id 1; there is no other. */
  readonly queue: Buffer[] = []
  /** Context ids `proxy_set_effective_context` knows; null = all. */
  liveContexts: Set<number> | null = null
  logLevel = 0
  now = 0n
  /** What `random_get` fills memory with. */
  randomByte = 7
  nextToken = 4
  httpCallStatus = OK
  /** Tokens of gRPC calls and streams; they have numbers of their own. */
  nextGrpcToken = 5
  grpcStatus = OK
  /** What `proxy_get_status` tells. */
  status = { code: 0, message: '' }
  /** Functions of the proxy by name; the result, or a status. */
  readonly foreign = new Map<string, (argument: Buffer) => Buffer | number>()
  /** Runs before each write to shared data: another writer. */
  beforeSharedWrite: () => void = () => {}
  /** Collects garbage after every callback and reuses what was freed; the guest has to export its runtime. */
  forceCollection = false
  readonly module: WebAssembly.Module
  readonly #guest: GuestExports
  #nextCas = 1

  constructor(wasm: Buffer) {
    this.module = new WebAssembly.Module(new Uint8Array(wasm))
    const env: Record<string, WebAssembly.ImportValue> = {}
    for (const name of importNames(this.module).map((path) => path.replace(/^(?:env|wasi_snapshot_preview1)\./, ''))) {
      const hostcall = this.#hostcalls[name]
      if (hostcall === undefined) throw new Error(`guest imports ${name}`)
      env[name] = (...args: number[]) => hostcall(...args)
    }
    const imports = { env, wasi_snapshot_preview1: env }
    this.#guest = new WebAssembly.Instance(this.module, imports).exports as unknown as GuestExports
    this.call('_initialize')
  }

  /** Calls an export and returns its result. */
  call(name: string, ...args: number[]): number {
    const result = this.#export(name)(...args)
    if (this.forceCollection && name.startsWith('proxy_')) this.#collectAndReuse()
    return result
  }

  #export(name: string): (...args: number[]) => number {
    return this.#guest[name] as (...args: number[]) => number
  }

  has(name: string): boolean {
    return typeof this.#guest[name] === 'function'
  }

  get memoryBytes(): number {
    return this.#guest.memory.buffer.byteLength
  }

  /** Starts a plugin with root context 1; true when it accepted its configuration. */
  start(configuration = '', rootId = 1): boolean {
    this.buffers.set(7, Buffer.from(configuration))
    this.call('proxy_on_context_create', rootId, 0)
    const started = this.call('proxy_on_vm_start', rootId, 0)
    const configured = this.call('proxy_on_configure', rootId, Buffer.byteLength(configuration))
    return started === 1 && configured === 1
  }

  /** Opens a stream and runs its request headers; returns the action. */
  request(id: number, headers: Pairs = [], endOfStream = true): number {
    this.maps.set(0, headers)
    if (this.call('proxy_on_context_create', id, 1) !== undefined) throw new Error('context_create returned a value')
    return this.call('proxy_on_request_headers', id, headers.length, endOfStream ? 1 : 0)
  }

  end(id: number): void {
    if (this.has('proxy_on_log')) this.call('proxy_on_log', id)
    this.call('proxy_on_done', id)
    this.call('proxy_on_delete', id)
  }

  /** Hostcalls of one name. */
  callsOf(name: string): string[] {
    return this.calls.filter((call) => call.split(' ')[0] === name)
  }

  get #variables(): string[] {
    return [...this.environment].map(([name, value]) => `${name}=${value}\0`)
  }

  get #memory(): Buffer {
    return Buffer.from(this.#guest.memory.buffer)
  }

  #text(at: number, length: number): string {
    return this.#memory.toString('latin1', at, at + length)
  }

  #put32(at: number, value: number): void {
    this.#memory.writeUInt32LE(value, at)
  }

  /** Hands a value over as the host does: allocate in the guest, copy, write pointer and length. */
  #give(value: Buffer, at: number, lengthAt: number): number {
    let target = 0
    if (value.length > 0) {
      target = this.#guest.malloc(value.length)
      value.copy(this.#memory, target)
    }
    this.#put32(at, target)
    this.#put32(lengthAt, value.length)
    return OK
  }

  /** Frees whatever is unreachable, then lets someone else write there. */
  #collectAndReuse(): void {
    this.#export('__collect')()
    for (let bytes = 8; bytes <= 4096; bytes *= 2) {
      for (let i = 0; i < 4; i++) {
        const reused = this.#export('__new')(bytes, ARRAY_BUFFER_ID)
        this.#memory.fill(0xee, reused, reused + bytes)
      }
    }
  }

  #note(name: string, ...args: (string | number | bigint)[]): void {
    this.calls.push([name, ...args].join(' '))
  }

  #write(name: string, map: number, key: string, change: (pairs: [string, string][]) => [string, string][]): number {
    const pairs = this.maps.get(map)
    if (pairs === undefined) return BAD_ARGUMENT
    const others = pairs.filter(([other]) => name === 'add' || other !== key.toLowerCase()) as [string, string][]
    this.maps.set(map, change(others))
    return OK
  }

  /** Target in hexadecimal, then the path and the metadata. */
  #noteGrpc(name: string, at: readonly number[], ...rest: (string | number)[]): void {
    const [t = 0, tl = 0, s = 0, sl = 0, m = 0, ml = 0, p = 0, pl = 0] = at
    const metadata = decodePairs(this.#memory.subarray(p, p + pl)).map((pair) => pair.join('='))
    const target = this.#memory.toString('hex', t, t + tl)
    this.#note(name, target, `/${this.#text(s, sl)}/${this.#text(m, ml)}`, metadata.join('|'), ...rest)
  }

  #grpcToken(at: number): number {
    if (this.grpcStatus !== OK) return this.grpcStatus
    this.#put32(at, this.nextGrpcToken)
    this.nextGrpcToken += 4
    return OK
  }

  readonly #hostcalls: Record<string, (...args: number[]) => number> = {
    proxy_log: (level = 0, at = 0, length = 0) => {
      if (level >= this.logLevel) this.logs.push(this.#text(at, length))
      this.#note('log', level, this.#text(at, length))
      return OK
    },
    proxy_get_log_level: (at = 0) => {
      this.#note('get_log_level')
      this.#put32(at, this.logLevel)
      return OK
    },
    proxy_get_current_time_nanoseconds: (at = 0) => {
      this.#memory.writeBigUInt64LE(this.now, at)
      return OK
    },
    proxy_set_tick_period_milliseconds: (period = 0) => {
      this.#note('set_tick', period)
      return OK
    },
    proxy_set_effective_context: (id = 0) => {
      this.#note('set_effective_context', id)
      return this.liveContexts === null || this.liveContexts.has(id) ? OK : BAD_ARGUMENT
    },
    proxy_done: () => {
      this.#note('done')
      return OK
    },
    proxy_get_property: (path = 0, length = 0, at = 0, lengthAt = 0) => {
      this.#note('get_property', this.#text(path, length).replaceAll('\0', '.'))
      const value = this.properties.get(this.#text(path, length).replaceAll('\0', '.'))
      return value === undefined ? NOT_FOUND : this.#give(value, at, lengthAt)
    },
    proxy_set_property: (key = 0, length = 0, value = 0, valueLength = 0) => {
      this.#note('set_property', this.#text(key, length), this.#text(value, valueLength))
      return OK
    },
    proxy_get_buffer_bytes: (buffer = 0, start = 0, max = 0, at = 0, lengthAt = 0) => {
      const bytes = this.buffers.get(buffer) ?? Buffer.alloc(0)
      return this.#give(bytes.subarray(start >>> 0, Math.min((start >>> 0) + (max >>> 0), bytes.length)), at, lengthAt)
    },
    proxy_get_buffer_status: (buffer = 0, at = 0) => {
      this.#put32(at, this.buffers.get(buffer)?.length ?? 0)
      return OK
    },
    proxy_set_buffer_bytes: (buffer = 0, start = 0, length = 0, at = 0, size = 0) => {
      this.#note('set_buffer', buffer, start >>> 0, length >>> 0, this.#text(at, size))
      return OK
    },
    proxy_get_header_map_pairs: (map = 0, at = 0, lengthAt = 0) => {
      this.#note('get_pairs', map)
      const pairs = this.maps.get(map) ?? []
      return this.#give(pairs.length === 0 ? Buffer.alloc(0) : encodePairs(pairs), at, lengthAt)
    },
    proxy_get_header_map_value: (map = 0, key = 0, length = 0, at = 0, lengthAt = 0) => {
      const name = this.#text(key, length).toLowerCase()
      this.#note('get_value', map, name)
      const pair = this.maps.get(map)?.find(([other]) => other === name)
      return pair === undefined ? NOT_FOUND : this.#give(Buffer.from(pair[1], 'latin1'), at, lengthAt)
    },
    proxy_add_header_map_value: (map = 0, key = 0, length = 0, value = 0, valueLength = 0) => {
      const pair: [string, string] = [this.#text(key, length).toLowerCase(), this.#text(value, valueLength)]
      this.#note('add', map, ...pair)
      return this.#write('add', map, pair[0], (pairs) => [...pairs, pair])
    },
    proxy_replace_header_map_value: (map = 0, key = 0, length = 0, value = 0, valueLength = 0) => {
      const pair: [string, string] = [this.#text(key, length).toLowerCase(), this.#text(value, valueLength)]
      this.#note('replace', map, ...pair)
      return this.#write('replace', map, pair[0], (pairs) => [...pairs, pair])
    },
    proxy_remove_header_map_value: (map = 0, key = 0, length = 0) => {
      this.#note('remove', map, this.#text(key, length))
      return this.#write('remove', map, this.#text(key, length), (pairs) => pairs)
    },
    proxy_continue_stream: (stream = 0) => {
      this.#note('continue', stream)
      return OK
    },
    proxy_close_stream: (stream = 0) => {
      this.#note('close', stream)
      return OK
    },
    proxy_send_local_response: (status = 0, d = 0, dl = 0, b = 0, bl = 0, h = 0, hl = 0, grpc = 0) => {
      const headers = decodePairs(this.#memory.subarray(h, h + hl)).map((pair) => pair.join(': '))
      this.#note('local_response', status, this.#text(d, dl), this.#text(b, bl), headers.join('|'), grpc)
      return OK
    },
    proxy_http_call: (c = 0, cl = 0, h = 0, hl = 0, b = 0, bl = 0, _t = 0, _tl = 0, timeout = 0, at = 0) => {
      const headers = decodePairs(this.#memory.subarray(h, h + hl)).map((pair) => pair.join('='))
      this.#note('http_call', this.#text(c, cl), headers.join('|'), this.#text(b, bl), timeout)
      this.#put32(at, this.nextToken)
      this.nextToken += 4
      return this.httpCallStatus
    },
    environ_sizes_get: (countAt = 0, bytesAt = 0) => {
      this.#put32(countAt, this.environment.size)
      this.#put32(bytesAt, this.#variables.join('').length)
      return 0
    },
    environ_get: (listAt = 0, at = 0) => {
      for (const [index, text] of this.#variables.entries()) {
        this.#put32(listAt + 4 * index, at)
        at += this.#memory.write(text, at, 'latin1')
      }
      return 0
    },
    random_get: (at = 0, length = 0) => {
      this.#memory.fill(this.randomByte, at, at + length)
      return OK
    },
    proxy_get_status: (codeAt = 0, at = 0, lengthAt = 0) => {
      this.#put32(codeAt, this.status.code)
      return this.#give(Buffer.from(this.status.message), at, lengthAt)
    },
    proxy_grpc_call: (t = 0, tl = 0, s = 0, sl = 0, m = 0, ml = 0, p = 0, pl = 0, b = 0, bl = 0, timeout = 0, at = 0) => {
      this.#noteGrpc('grpc_call', [t, tl, s, sl, m, ml, p, pl], this.#text(b, bl), timeout)
      return this.#grpcToken(at)
    },
    proxy_grpc_stream: (t = 0, tl = 0, s = 0, sl = 0, m = 0, ml = 0, p = 0, pl = 0, at = 0) => {
      this.#noteGrpc('grpc_stream', [t, tl, s, sl, m, ml, p, pl])
      return this.#grpcToken(at)
    },
    proxy_grpc_send: (token = 0, at = 0, length = 0, end = 0) => {
      this.#note('grpc_send', token, this.#text(at, length), end)
      return OK
    },
    proxy_grpc_cancel: (token = 0) => {
      this.#note('grpc_cancel', token)
      return OK
    },
    proxy_grpc_close: (token = 0) => {
      this.#note('grpc_close', token)
      return OK
    },
    proxy_call_foreign_function: (name = 0, length = 0, a = 0, al = 0, at = 0, lengthAt = 0) => {
      const argument = Buffer.from(this.#memory.subarray(a, a + al))
      this.#note('foreign', this.#text(name, length), argument.toString('hex'))
      const result = this.foreign.get(this.#text(name, length))?.(argument) ?? NOT_FOUND
      return typeof result === 'number' ? result : this.#give(result, at, lengthAt)
    },
    proxy_get_shared_data: (key = 0, length = 0, at = 0, lengthAt = 0, casAt = 0) => {
      const entry = this.shared.get(this.#text(key, length))
      if (entry === undefined) return NOT_FOUND
      this.#put32(casAt, entry.cas)
      return this.#give(entry.value, at, lengthAt)
    },
    proxy_set_shared_data: (key = 0, length = 0, value = 0, valueLength = 0, cas = 0) => {
      this.beforeSharedWrite()
      const name = this.#text(key, length)
      const entry = this.shared.get(name)
      this.#note('set_shared', name, this.#text(value, valueLength))
      if (entry !== undefined && cas !== 0 && entry.cas !== cas) return CAS_MISMATCH
      this.shared.set(name, { value: Buffer.from(this.#text(value, valueLength), 'latin1'), cas: this.#nextCas++ })
      return OK
    },
    proxy_register_shared_queue: (_name = 0, _length = 0, at = 0) => {
      this.#put32(at, 1)
      return OK
    },
    proxy_resolve_shared_queue: (_vm = 0, _vmLength = 0, _name = 0, _length = 0, at = 0) => {
      this.#put32(at, 1)
      return OK
    },
    proxy_enqueue_shared_queue: (id = 0, at = 0, length = 0) => {
      if (id !== 1) return NOT_FOUND
      this.queue.push(Buffer.from(this.#text(at, length), 'latin1'))
      return OK
    },
    proxy_dequeue_shared_queue: (id = 0, at = 0, lengthAt = 0) => {
      if (id !== 1) return NOT_FOUND
      const item = this.queue.shift()
      return item === undefined ? EMPTY : this.#give(item, at, lengthAt)
    },
    proxy_define_metric: (kind = 0, name = 0, length = 0, at = 0) => {
      this.#note('define_metric', kind, this.#text(name, length))
      this.#put32(at, this.metrics.push(0n) - 1)
      return OK
    },
    proxy_increment_metric: (id = 0, delta = 0) => {
      this.#note('increment', id, delta)
      this.metrics[id] = (this.metrics[id] ?? 0n) + BigInt(delta)
      return OK
    },
    proxy_record_metric: (id = 0, value = 0) => {
      this.#note('record', id, value)
      this.metrics[id] = BigInt(value)
      return OK
    },
    proxy_get_metric: (id = 0, at = 0) => {
      this.#memory.writeBigUInt64LE(this.metrics[id] ?? 0n, at)
      return OK
    },
  }
}
