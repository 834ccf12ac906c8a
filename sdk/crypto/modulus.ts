import {
  DIGIT_BITS, DIGIT_MASK, addDigits, bitLength, bitOf, fromBigEndian, isLess, sizeOfBits, subtractDigits, toBigEndian,
} from "./digits";
import { invertModulo } from "./inverse";
import { TEN_DIGITS, multiplyTen } from "./montgomery-ten";
import { multiplyModulo, squareModulo } from "./montgomery";

/** Base of a power while the result takes its place. Room for 4096 bits. */
// @ts-ignore: decorator
@lazy
const BASE: usize = memory.data(608, 16);
/** The number 1 as it is, not in Montgomery form. */
// @ts-ignore: decorator
@lazy
const PLAIN_ONE: usize = memory.data(608, 16);

/**
 * Arithmetic modulo an odd number of at most 4096 bits, in Montgomery form (montgomery.ts, montgomery-ten.ts): a number `a` is kept as
 * `a * R mod n`. Numbers are `size` bytes at plain addresses (digits.ts) and below `n`; results may take the place of
 * operands. Not for secrets: the time depends on the numbers.
 */
// @ts-ignore: decorator
@final
export class Modulus {
  /** Bytes of memory that a number takes. */
  readonly size: usize;
  /** Bits of the modulus. */
  readonly bits: u32;
  /** The modulus, R^2 mod n and R mod n, one behind the other. */
  private readonly numbers: ArrayBuffer;
  /** -1/n modulo the base of the digits. */
  private readonly factor: u32;

  /** Of an odd number in big-endian order, `length` at most 512, at an address. */
  constructor(from: usize, length: usize) {
    const size = sizeOfBits(<u32>length << 3);
    const numbers = new ArrayBuffer(3 * <i32>size);
    const n = changetype<usize>(numbers);
    fromBigEndian(n, size, from, length);
    this.size = size;
    this.bits = bitLength(n, size);
    this.numbers = numbers;
    this.factor = negativeInverse(load<u32>(n));
    this.fillOne();
    this.fillSquare();
  }

  /** Address of the modulus itself. */
  // @ts-ignore: decorator
  @inline
  get n(): usize {
    return changetype<usize>(this.numbers);
  }

  /** Address of 1 in Montgomery form, that is of R mod n. */
  get one(): usize {
    return this.n + 2 * this.size;
  }

  /** Address of R in Montgomery form, that is of R^2 mod n. */
  get radix(): usize {
    return this.n + this.size;
  }

  private get radixBits(): u32 {
    return (<u32>this.size >> 2) * DIGIT_BITS;
  }

  /** R: the highest power of two below n, doubled up to R. */
  private fillOne(): void {
    const highest = this.bits - 1;
    store<u32>(this.one + ((highest / DIGIT_BITS) << 2), 1 << (highest % DIGIT_BITS));
    for (let i = highest; i < this.radixBits; i++) this.add(this.one, this.one, this.one);
  }

  /** R as a power of two: bit by bit of its exponent. */
  private fillSquare(): void {
    memory.copy(this.radix, this.one, this.size);
    for (let bit: u32 = 1 << 31; bit; bit >>= 1) {
      this.square(this.radix, this.radix);
      if (this.radixBits & bit) this.add(this.radix, this.radix, this.radix);
    }
  }

  /** Whether a number, not in Montgomery form, is below the modulus. */
  contains(number: usize): bool {
    return isLess(number, this.n, this.size);
  }

  /** Writes a big-endian number of `length` bytes, for which there is room, as it is. */
  read(out: usize, from: usize, length: usize): void {
    fromBigEndian(out, this.size, from, length);
  }

  /** Writes `a`, as it is, in big-endian order. */
  write(out: usize, length: usize, a: usize): void {
    toBigEndian(out, length, a, this.size);
  }

  /** Writes `a` in Montgomery form; `a` may be any number of `size` bytes. */
  encode(out: usize, a: usize): void {
    this.multiply(out, a, this.radix);
  }

  /** Writes `a`, which is in Montgomery form, as it is. */
  decode(out: usize, a: usize): void {
    store<u32>(PLAIN_ONE, 1);
    this.multiply(out, a, PLAIN_ONE);
  }

  /** Writes `a + b`. */
  add(out: usize, a: usize, b: usize): void {
    addDigits(out, a, b, this.size);
    if (!this.contains(out)) subtractDigits(out, out, this.n, this.size);
  }

  /** Writes `a - b`. */
  subtract(out: usize, a: usize, b: usize): void {
    if (subtractDigits(out, a, b, this.size)) addDigits(out, out, this.n, this.size);
  }

  /** Writes `a * b / R`: the product of two numbers in Montgomery form. */
  multiply(out: usize, a: usize, b: usize): void {
    if (!isDefined(SLUICE_COMPACT) && this.size == TEN_DIGITS) multiplyTen(out, a, b, this.n, this.factor);
    else multiplyModulo(out, a, b, this.n, this.size, this.factor);
  }

  /** Writes `a * a / R`. */
  square(out: usize, a: usize): void {
    if (isDefined(SLUICE_COMPACT) || this.size == TEN_DIGITS) this.multiply(out, a, a);
    else squareModulo(out, a, this.n, this.size, this.factor);
  }

  /** Writes `a` to the power of a number of `exponentSize` bytes, which is not zero. */
  power(out: usize, a: usize, exponent: usize, exponentSize: usize): void {
    memory.copy(BASE, a, this.size);
    memory.copy(out, a, this.size);
    for (let i = bitLength(exponent, exponentSize) - 1; i > 0; ) {
      this.square(out, out);
      if (bitOf(exponent, exponentSize, --i)) this.multiply(out, out, BASE);
    }
  }

  /** Writes 1 / a of a number that is not zero, for a modulus that is prime and has at most 521 bits. */
  invert(out: usize, a: usize): void {
    invertModulo(out, a, this.n, this.size, this.factor);
    // That is the inverse of `a * R`, and lacks R twice.
    this.encode(out, out);
    this.encode(out, out);
  }
}

/** -1/n of an odd number: each step doubles the bits that are right, of which `n` itself has three. */
function negativeInverse(n: u32): u32 {
  let inverse = n;
  for (let i = 0; i < 4; i++) inverse *= 2 - n * inverse;
  return (0 - inverse) & DIGIT_MASK;
}
