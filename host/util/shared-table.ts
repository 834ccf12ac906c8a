/**
 * A hash table of byte strings in a shared heap: all threads see one table, entries come and go, and what goes gives its
 * memory back. Each entry has a fixed number of 32-bit words for its user. Everything is called under the heap's lock. An
 * entry is linked when it is complete and unlinked before it is freed, so the lock of a dead thread may be broken.
 */
import type { SharedHeap } from './shared-heap.ts'

/** Power of two; chains grow beyond that many entries, and the table never moves under a thread that dies. */
const BUCKETS = 8192

/** Words of an entry before its user's. */
const NEXT = 0
const HASH = 1
const KEY_BYTES = 2
const OWN_WORDS = 3

export class SharedTable {
  readonly #heap: SharedHeap
  readonly #buckets: number
  readonly #words: number

  /** `buckets` is what `reserve` gave; `words` is the number of words per entry, the same for all threads. */
  constructor(heap: SharedHeap, buckets: number, words: number) {
    this.#heap = heap
    this.#buckets = buckets
    this.#words = words
  }

  /** Takes memory for an empty table from a new heap. */
  static reserve(heap: SharedHeap): number {
    return heap.take(4 * BUCKETS)
  }

  /** The entry of a key, or 0. */
  find(key: string): number {
    const hash = hashOf(key)
    let entry = this.#heap.word(this.#buckets, hash & (BUCKETS - 1))
    while (entry !== 0 && !this.#isOf(entry, hash, key)) entry = this.#heap.word(entry, NEXT)
    return entry
  }

  /** A new entry, its words 0, for a key that has none; 0 without room. */
  add(key: string): number {
    const heap = this.#heap
    const hash = hashOf(key)
    const bucket = hash & (BUCKETS - 1)
    const entry = heap.take(this.#sizeOf(key.length))
    if (entry === 0) return 0
    heap.setWord(entry, NEXT, heap.word(this.#buckets, bucket))
    heap.setWord(entry, HASH, hash)
    heap.setWord(entry, KEY_BYTES, key.length)
    for (let index = 0; index < this.#words; index++) this.setWord(entry, index, 0)
    heap.writeText(entry + this.#sizeOf(0), key)
    heap.setWord(this.#buckets, bucket, entry)
    return entry
  }

  /** Removes the entry of a key; harmless when there is none. */
  remove(key: string): void {
    const heap = this.#heap
    const entry = this.find(key)
    if (entry === 0) return
    const bucket = heap.word(entry, HASH) & (BUCKETS - 1)
    let before = heap.word(this.#buckets, bucket)
    if (before === entry) heap.setWord(this.#buckets, bucket, heap.word(entry, NEXT))
    else {
      while (heap.word(before, NEXT) !== entry) before = heap.word(before, NEXT)
      heap.setWord(before, NEXT, heap.word(entry, NEXT))
    }
    heap.give(entry, this.#sizeOf(key.length))
  }

  /** Keys that begin so, in no order. */
  keys(prefix: string): string[] {
    const found: string[] = []
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      for (let entry = this.#heap.word(this.#buckets, bucket); entry !== 0; entry = this.#heap.word(entry, NEXT)) {
        const length = this.#heap.word(entry, KEY_BYTES)
        if (length < prefix.length || !this.#heap.hasText(entry + this.#sizeOf(0), prefix)) continue
        found.push(Buffer.from(this.#heap.read(entry + this.#sizeOf(0), length)).latin1Slice())
      }
    }
    return found
  }

  /** A word of the entry's user. */
  word(entry: number, index: number): number {
    return this.#heap.word(entry, OWN_WORDS + index)
  }

  setWord(entry: number, index: number, value: number): void {
    this.#heap.setWord(entry, OWN_WORDS + index, value)
  }

  #isOf(entry: number, hash: number, key: string): boolean {
    const heap = this.#heap
    if (heap.word(entry, HASH) !== hash || heap.word(entry, KEY_BYTES) !== key.length) return false
    return heap.hasText(entry + this.#sizeOf(0), key)
  }

  #sizeOf(keyBytes: number): number {
    return 4 * (OWN_WORDS + this.#words) + keyBytes
  }
}

/** FNV-1a. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5 | 0
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
  return hash
}
