/**
 * An engine whose guests are written in the test: callbacks are functions that make hostcalls by name. What they see
 * of the host is what a module sees: numbers and one page of memory.
 */
import { CALLBACKS } from '../../../host/abi/callbacks.ts'
import { encodePairs } from '../../../host/abi/pairs.ts'
import { VmTrap } from '../../../host/vm/engine.ts'
import type {
  Engine,
  GuestFunction,
  GuestMemory,
  HostImports,
  Instance,
  ModuleItem,
  WasmModule,
} from '../../../host/vm/engine.ts'

/** Where hostcalls of a test put addresses and sizes. */
export const OUT = 16
export const OUT_SIZE = 20
/** Byte that fills memory which nothing has written. */
export const MASK = 0xaa

const PAGE = 65536

/** The guest's side: memory and the functions it imports. */
export class Guest {
  readonly bytes = Buffer.alloc(PAGE, MASK)
  #imports: HostImports = new Map()
  #scratch = 0x1000
  #heap = 0x8000
  /** Makes the allocator fail. */
  outOfMemory = false

  link(imports: HostImports): void {
    this.#imports = imports
  }

  /** Calls a function of `env` and returns its status. */
  call(name: string, ...args: (number | bigint)[]): number {
    const found = this.#imports.get('env')!.get(name)
    if (found === undefined) throw new Error(`no such import: ${name}`)
    if (found.type.params.length !== args.length) throw new Error(`${name} takes ${found.type.params.length} arguments`)
    return (found.call as (...values: (number | bigint)[]) => number)(...args)
  }

  /** Puts bytes somewhere and returns address and size, ready to be spread into a call. */
  put(text: string | Uint8Array): [number, number] {
    const source = typeof text === 'string' ? Buffer.from(text, 'latin1') : text
    const at = this.#scratch
    this.bytes.set(source, at)
    this.#scratch += source.length + 8
    return [at, source.length]
  }

  pairs(...fields: string[]): [number, number] {
    return this.put(encodePairs(fields))
  }

  /** What a hostcall wrote to OUT and OUT_SIZE, as byte string. */
  result(): string {
    const at = this.word(OUT)
    return this.bytes.latin1Slice(at, at + this.word(OUT_SIZE))
  }

  word(at: number): number {
    return this.bytes.readUInt32LE(at)
  }

  allocate(size: number): number {
    if (this.outOfMemory) return 0
    const at = this.#heap
    this.#heap += size
    return at
  }

  /** Forgets what was put and allocated. */
  reset(): void {
    this.#scratch = 0x1000
    this.#heap = 0x8000
    this.bytes.fill(MASK)
  }
}

export type Script = Readonly<Record<string, (guest: Guest, ...args: number[]) => number | void>>

/** Runs the same script for every module. */
export class ScriptedEngine implements Engine {
  readonly name = 'scripted'
  readonly #script: Script
  readonly #version: string
  /** The guests of all VMs, newest last. */
  readonly guests: Guest[] = []

  constructor(script: Script, version = '0_2_1') {
    this.#script = script
    this.#version = version
  }

  compile(): WasmModule {
    const names = ['malloc', `proxy_abi_version_${this.#version}`, ...Object.keys(this.#script)]
    const exports = names.map((name): ModuleItem => ({ module: '', name, kind: 'function', type: typeOf(name, this.#version) }))
    return { imports: [], exports, instantiate: (imports) => this.#instantiate(imports) }
  }

  #instantiate(imports: HostImports): Instance {
    const guest = new Guest()
    guest.link(imports)
    this.guests.push(guest)
    const view = new DataView(guest.bytes.buffer, guest.bytes.byteOffset, guest.bytes.length)
    const memory: GuestMemory = { taken: 0, u8: () => guest.bytes, view: () => view }
    return {
      memory,
      func: (name) => this.#func(guest, name),
      refillGas: () => {},
      drainGas: () => {},
      dispose: () => {},
      trap: trapOf,
    }
  }

  #func(guest: Guest, name: string): GuestFunction | null {
    if (name === 'malloc') return (size) => guest.allocate(size)
    const body = this.#script[name]
    return body === undefined ? null : (...args) => body(guest, ...args) ?? 0
  }
}

/** What an `unreachable` in a guest looks like. */
export function trap(): never {
  throw new VmTrap('unreachable', 'RuntimeError: unreachable', [])
}

/** The type that the host wants, so that scripts need none. */
function typeOf(name: string, version: string): string {
  const old = version === '0_1_0'
  const spec = CALLBACKS.find((item) => item.name === name && (item.until === null || old))
  if (spec === undefined) return 'void -> void'
  return `${spec.params === 0 ? 'void' : Array.from({ length: spec.params }, () => 'i32').join(' ')} -> ${spec.result ? 'i32' : 'void'}`
}

/** A failed expectation of a script is the test's own. */
function trapOf(error: unknown): VmTrap {
  if (error instanceof VmTrap) return error
  throw error
}
