/**
 * The line between the host and what executes WebAssembly. Nothing above it knows the engine, how modules are
 * rewritten, or that functions have other offsets after a rewrite.
 */

/** What a guest may use. */
export interface EngineLimits {
  /** Ticks (an entry of a function, a turn of a loop, 16 bytes of straight code) that one outermost callback may spend. */
  readonly gas: bigint
  /** Linear memory maximum in pages of 64 KiB. */
  readonly memoryPages: number
}

/** A WebAssembly value type of a host function; the ABI uses only these two. */
export type ValueType = 'i32' | 'i64'

/** A function's type; a hostcall has no result or one. */
export interface FunctionType {
  readonly params: readonly ValueType[]
  readonly result: ValueType | null
}

/** A host function: i32 arguments arrive as numbers (use `>>> 0` for addresses), i64 as bigint. */
export type HostFunction = (...args: never[]) => number | bigint | void

/** Functions offered to a module: module name → function name → type and code. */
export type HostImports = ReadonlyMap<string, ReadonlyMap<string, { readonly type: FunctionType; readonly call: HostFunction }>>

/** The types of such functions. */
export type ImportTypes = ReadonlyMap<string, ReadonlyMap<string, { readonly type: FunctionType }>>

/** One item of the module's import or export section, as read from its bytes. */
export interface ModuleItem {
  /** Import module; '' for exports. */
  readonly module: string
  readonly name: string
  readonly kind: 'function' | 'memory' | 'table' | 'global' | 'tag'
  /** Type of a function, in the notation of Envoy's messages (`i32 i32 -> i32`); '' for others. */
  readonly type: string
}

/** Why a guest stopped. */
export type TrapKind = 'gas' | 'memory' | 'stack' | 'unreachable' | 'restricted' | 'other' | 'host'

/** A function on the guest's stack at the trap. */
export interface TrapFrame {
  /** From the name section, or `$<index>`. */
  readonly func: string
  /** Offset in the module as it was given to `compile`. */
  readonly originalOffset: number
}

/** The guest trapped; its VM is unusable from now on. */
export class VmTrap extends Error {
  readonly kind: TrapKind
  readonly frames: readonly TrapFrame[]

  constructor(kind: TrapKind, message: string, frames: readonly TrapFrame[]) {
    super(message)
    this.name = 'VmTrap'
    this.kind = kind
    this.frames = frames
  }
}

/** A guest's linear memory. A view is valid only until the next call into the guest: growth replaces the buffer. */
export interface GuestMemory {
  /** Bytes that the guest handed to the host in this callback (see guest-memory.ts). */
  taken: number
  /** The bytes now. */
  u8(): Buffer
  /** The bytes now, for little-endian reads and writes of words. */
  view(): DataView
}

/** An exported guest function; values are i32. It throws the engine's own errors: see {@link Instance.trap}. */
export type GuestFunction = (...args: number[]) => number

/** A running module: memory, tables and globals of its own. */
export interface Instance {
  /** Null for a module without memory. */
  readonly memory: GuestMemory | null
  /** The exported function, or null. The result of a function without one means nothing. */
  func(name: string): GuestFunction | null
  /** Gives the guest its full allowance again; called at each outermost entry. */
  refillGas(): void
  /** Takes all of it: the guest traps at its next loop head or function entry, whatever it catches. */
  drainGas(): void
  /**
   * What a caught error of a {@link GuestFunction} means. Functions throw raw errors so that a call costs nothing
   * extra; the caller catches once per outermost entry. Null = not the guest's fault but a fault of the host.
   */
  trap(error: unknown): VmTrap | null
  /** Frees what the garbage collector would free much later; functions and memory are not used again. */
  dispose(): void
}

/** A compiled module; instances share its code. */
export interface WasmModule {
  readonly imports: readonly ModuleItem[]
  readonly exports: readonly ModuleItem[]
  /** Instantiates; imports were checked by the caller. The `start` section runs here: traps throw {@link VmTrap}. */
  instantiate(imports: HostImports): Instance
}

/** Executes WebAssembly. */
export interface Engine {
  /** As in `vm_config.runtime` after `envoy.wasm.runtime.`. */
  readonly name: string
  /** Throws SluiceError SLUICE_WASM_LOAD for bytes that are no valid module. Cached by content. */
  compile(bytes: Uint8Array, limits: EngineLimits): WasmModule
}
