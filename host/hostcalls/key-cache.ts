/**
 * Public keys by the bytes that name them: reading one takes as long as half a verification. What is no key is kept as
 * null. The keys used last stay, and texts longer than any usual key are read each time, so guests cannot make it grow.
 */
import type { KeyObject } from 'node:crypto'

/** Keys that are kept: more than the tokens of one proxy are signed with. */
export const MAX_KEYS = 256
/** Longest text that is kept, in bytes; RSA with 16384 bits has 2086, as PEM 2892. */
export const MAX_KEY_BYTES = 4096

export class KeyCache {
  readonly #read: (text: string) => KeyObject | null
  /** The key used last stands at the end. */
  readonly #keys = new Map<string, KeyObject | null>()

  /** `read` makes a key of a text, and does not throw. */
  constructor(read: (text: string) => KeyObject | null) {
    this.#read = read
  }

  get size(): number {
    return this.#keys.size
  }

  get(text: string): KeyObject | null {
    const known = this.#keys.get(text)
    if (known === undefined) return this.#add(text)
    this.#keys.delete(text)
    this.#keys.set(text, known)
    return known
  }

  #add(text: string): KeyObject | null {
    const key = this.#read(text)
    if (text.length > MAX_KEY_BYTES) return key
    if (this.#keys.size >= MAX_KEYS) this.#keys.delete(this.#keys.keys().next().value!)
    this.#keys.set(text, key)
    return key
  }
}
