/**
 * A 64-bit number that changes in place, as two 32-bit halves: hashing on the path of a request makes no BigInt.
 * All arithmetic is modulo 2^64.
 */
export class Uint64 {
  /** Upper 32 bits, signed. */
  high: number
  /** Lower 32 bits, signed. */
  low: number

  constructor(high = 0, low = 0) {
    this.high = high | 0
    this.low = low | 0
  }

  set(high: number, low: number): this {
    this.high = high | 0
    this.low = low | 0
    return this
  }

  add({ high, low }: Readonly<Uint64>): this {
    const sum = (this.low >>> 0) + (low >>> 0)
    return this.set(this.high + high + (sum > 0xffffffff ? 1 : 0), sum)
  }

  xor({ high, low }: Readonly<Uint64>): this {
    return this.set(this.high ^ high, this.low ^ low)
  }

  multiply({ high, low }: Readonly<Uint64>): this {
    const a0 = this.low & 0xffff
    const a1 = this.low >>> 16
    const b0 = low & 0xffff
    const b1 = low >>> 16
    const p01 = a0 * b1
    const p10 = a1 * b0
    const p00 = a0 * b0
    const middle = (p00 >>> 16) + (p01 & 0xffff) + (p10 & 0xffff)
    const carry = a1 * b1 + (p01 >>> 16) + (p10 >>> 16) + (middle >>> 16)
    const cross = Math.imul(this.low, high) + Math.imul(this.high, low)
    return this.set(carry + cross, (middle << 16) | (p00 & 0xffff))
  }

  /** `bits` from 1 to 31. */
  rotateLeft(bits: number): this {
    const { high, low } = this
    return this.set((high << bits) | (low >>> (32 - bits)), (low << bits) | (high >>> (32 - bits)))
  }

  /** Xor with itself shifted right by `bits`, from 1 to 63. */
  xorShift(bits: number): this {
    const { high, low } = this
    if (bits >= 32) return this.set(high, low ^ (high >>> (bits - 32)))
    return this.set(high ^ (high >>> bits), low ^ ((low >>> bits) | (high << (32 - bits))))
  }

  /** The remainder of a division by `divisor`, an unsigned 32-bit number. */
  modulo(divisor: number): number {
    // 16 bits at a time: the intermediate numbers stay exact.
    const upper = (((this.high >>> 0) % divisor) * 0x10000) % divisor
    return (((upper * 0x10000) % divisor) + ((this.low >>> 0) % divisor)) % divisor
  }

  /** Negative, 0 or positive as the number is below, equal to or above the halves given. */
  compare(high: number, low: number): number {
    return this.high === high ? (this.low >>> 0) - (low >>> 0) : (this.high >>> 0) - (high >>> 0)
  }
}
