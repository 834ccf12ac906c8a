/**
 * Blocks of a growable shared buffer, handed out and taken back by all threads under one lock. Sizes are powers of two;
 * a block given back is used again for the same size. Offsets are bytes; 0 is no block.
 */
import { SpinLock } from './spin-lock.ts'

/** Words of the header: lock, first free byte, a counter for the heap's user, then a list of free blocks per size. */
const LOCK = 0
const FREE_BYTE = 1
const COUNTER = 2
const FREE_LISTS = 3
/** Room for the words above and 32 lists. */
const HEADER_BYTES = 256
/** Smallest block: 16 bytes. */
const MIN_SIZE = 4
const INITIAL_BYTES = 64 * 1024

export class SharedHeap {
  readonly #buffer: SharedArrayBuffer
  readonly #header: Int32Array
  readonly #lock: SpinLock
  #words: Int32Array
  #bytes: Uint8Array

  /** `thread` numbers this thread for the lock. */
  constructor(buffer: SharedArrayBuffer, thread: number) {
    this.#buffer = buffer
    this.#header = new Int32Array(buffer, 0, HEADER_BYTES / 4)
    this.#lock = new SpinLock(this.#header, LOCK, thread)
    this.#words = this.#header
    this.#bytes = new Uint8Array(buffer, 0, HEADER_BYTES)
  }

  /** Memory of an empty heap that may grow to `maxBytes`. */
  static allocate(maxBytes: number): SharedArrayBuffer {
    const max = Math.max(maxBytes & ~3, HEADER_BYTES)
    const buffer = new SharedArrayBuffer(Math.min(INITIAL_BYTES, max), { maxByteLength: max })
    new Int32Array(buffer)[FREE_BYTE] = HEADER_BYTES
    return buffer
  }

  /** Everything below is called between `lock` and `unlock`. */
  lock(): void {
    this.#lock.acquire()
    if (this.#words.byteLength !== this.#buffer.byteLength) this.#renewViews()
  }

  unlock(): void {
    this.#lock.release()
  }

  /** Frees the lock if `thread`, which has ended, held it. */
  breakLockOf(thread: number): void {
    this.#lock.breakFor(thread)
  }

  /** A block of at least `bytes`, or 0 when the heap is full. */
  take(bytes: number): number {
    const size = sizeFor(bytes)
    const list = FREE_LISTS + size
    const free = this.#header[list]!
    if (free === 0) return this.#extend(2 ** size)
    this.#header[list] = this.#words[free >>> 2]!
    return free
  }

  /** Takes back a block that `take(bytes)` gave; the size's list begins with it. */
  give(block: number, bytes: number): void {
    const list = FREE_LISTS + sizeFor(bytes)
    this.#words[block >>> 2] = this.#header[list]!
    this.#header[list] = block
  }

  /** True when a block for `bytes` also fits `other` bytes and is not larger than needed. */
  isSameSize(bytes: number, other: number): boolean {
    return sizeFor(bytes) === sizeFor(other)
  }

  /** A 32-bit word of a block. */
  word(block: number, index: number): number {
    return this.#words[(block >>> 2) + index]!
  }

  setWord(block: number, index: number, value: number): void {
    this.#words[(block >>> 2) + index] = value
  }

  /** A copy of bytes. */
  read(start: number, length: number): Uint8Array {
    const copy = new Uint8Array(length)
    copy.set(this.#bytes.subarray(start, start + length))
    return copy
  }

  write(start: number, value: Uint8Array): void {
    this.#bytes.set(value, start)
  }

  /** Writes a byte string. */
  writeText(start: number, text: string): void {
    for (let at = 0; at < text.length; at++) this.#bytes[start + at] = text.charCodeAt(at)
  }

  /** True when this byte string stands there. */
  hasText(start: number, text: string): boolean {
    for (let at = 0; at < text.length; at++) if (this.#bytes[start + at] !== text.charCodeAt(at)) return false
    return true
  }

  /** The next number of the heap's own counter, from 1; after 2^32 - 1 it starts at 1 again. */
  nextNumber(): number {
    const next = (this.#header[COUNTER]! + 1) | 0 || 1
    this.#header[COUNTER] = next
    return next >>> 0
  }

  #extend(bytes: number): number {
    const block = this.#header[FREE_BYTE]!
    const end = block + bytes
    if (end > this.#buffer.maxByteLength) return 0
    if (end > this.#buffer.byteLength) this.#grow(end)
    this.#header[FREE_BYTE] = end
    return block
  }

  #grow(end: number): void {
    this.#buffer.grow(Math.min(Math.max(end, this.#buffer.byteLength * 2), this.#buffer.maxByteLength))
    this.#renewViews()
  }

  // Of fixed length: a view that follows the buffer's growth costs five times as much per access.
  #renewViews(): void {
    const length = this.#buffer.byteLength
    this.#words = new Int32Array(this.#buffer, 0, length >>> 2)
    this.#bytes = new Uint8Array(this.#buffer, 0, length)
  }
}

/** The power of two that holds `bytes`. */
function sizeFor(bytes: number): number {
  return bytes <= 2 ** MIN_SIZE ? MIN_SIZE : 32 - Math.clz32(bytes - 1)
}
