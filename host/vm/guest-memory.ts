/**
 * Guest memory of V8 and the checked accesses that hostcalls use (hot). Addresses and lengths come from the guest
 * and are unsigned 32-bit numbers; sums of two never lose precision.
 */
import { MAX_TAKEN_BYTES } from '../abi/limits.ts'
import type { GuestMemory } from './engine.ts'

/** Linear memory of a `WebAssembly.Memory`; views are remade when growth has detached them. */
export class V8Memory implements GuestMemory {
  taken = 0
  readonly #memory: WebAssembly.Memory
  #bytes: Buffer
  #words: DataView

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory
    this.#bytes = Buffer.from(memory.buffer)
    this.#words = new DataView(memory.buffer)
  }

  u8(): Buffer {
    // A detached view has length 0; reading `memory.buffer` to compare would be a call into the engine.
    if (this.#bytes.length === 0) this.#refresh()
    return this.#bytes
  }

  view(): DataView {
    if (this.#bytes.length === 0) this.#refresh()
    return this.#words
  }

  #refresh(): void {
    this.#bytes = Buffer.from(this.#memory.buffer)
    this.#words = new DataView(this.#memory.buffer)
  }
}

/** Memory of a module that has none: every access is out of bounds. */
export class NoMemory implements GuestMemory {
  taken = 0
  readonly #bytes = Buffer.alloc(0)
  readonly #words = new DataView(new ArrayBuffer(0))

  u8(): Buffer {
    return this.#bytes
  }

  view(): DataView {
    return this.#words
  }
}

/** Counts bytes that the host will keep or read; false when the callback has handed over too many. */
export function takes(memory: GuestMemory, length: number): boolean {
  return (memory.taken += length >>> 0) <= MAX_TAKEN_BYTES
}

/** True when `[address, address + length)` lies inside the memory. */
export function isInside(memory: GuestMemory, address: number, length: number): boolean {
  return (address >>> 0) + (length >>> 0) <= memory.u8().length
}

/** Bytes of `[address, address + length)` as byte string, or null when they are out of bounds or too many. */
export function readByteString(memory: GuestMemory, address: number, length: number): string | null {
  const bytes = memory.u8()
  const start = address >>> 0
  const end = start + (length >>> 0)
  return end <= bytes.length && takes(memory, length) ? bytes.latin1Slice(start, end) : null
}

/** A copy of `[address, address + length)`, or null when it is out of bounds or too large. */
export function readCopy(memory: GuestMemory, address: number, length: number): Buffer | null {
  const bytes = memory.u8()
  const start = address >>> 0
  const end = start + (length >>> 0)
  return end <= bytes.length && takes(memory, length) ? Buffer.from(bytes.subarray(start, end)) : null
}

/** Writes a u32; false when the address is out of bounds. */
export function writeU32(memory: GuestMemory, address: number, value: number): boolean {
  const at = address >>> 0
  if (at + 4 > memory.u8().length) return false
  memory.view().setUint32(at, value, true)
  return true
}

/** Writes a u64; false when the address is out of bounds. */
export function writeU64(memory: GuestMemory, address: number, value: bigint): boolean {
  const at = address >>> 0
  if (at + 8 > memory.u8().length) return false
  memory.view().setBigUint64(at, value, true)
  return true
}
