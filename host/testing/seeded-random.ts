import type { Random } from '../util/random.ts'

/** Randomness that is the same in every run: xorshift32 (Marsaglia 2003) from a seed. */
export class SeededRandom implements Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0 || 1
  }

  /** Goes on as a new one with this seed. */
  restart(seed: number): void {
    this.#state = seed | 0 || 1
  }

  fill(target: Uint8Array): void {
    for (let i = 0; i < target.length; i++) target[i] = this.#next() >>> 24
  }

  fraction(): number {
    return this.#next() / 0x1_0000_0000
  }

  uuid(): string {
    const bytes = Buffer.alloc(16)
    this.fill(bytes)
    bytes[6] = (bytes[6]! & 0x0f) | 0x40
    bytes[8] = (bytes[8]! & 0x3f) | 0x80
    const hex = bytes.toString('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  }

  #next(): number {
    let x = this.#state
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#state = x
    return x >>> 0
  }
}
