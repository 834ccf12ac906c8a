import { DIGIT_BITS, DIGIT_MASK, addDigits, isEqual, isLess, subtractDigits } from "./digits";

/** Two numbers that only ever get smaller, and their quotients by `a`. Room for 521 bits. */
// @ts-ignore: decorator
@lazy
const ROOM: usize = memory.data(320, 16);

/**
 * Writes 1 / a modulo an odd `n`, of at most 521 bits, by the binary method of Euclid (Hankerson, Menezes and Vanstone,
 * Guide to Elliptic Curve Cryptography, algorithm 2.22). `a` is not zero, below `n`, and has no divisor in common with
 * it; `factor` is -1/n modulo the base of the digits.
 */
export function invertModulo(out: usize, a: usize, n: usize, size: usize, factor: u32): void {
  let u = ROOM, x = u + size, v = x + size, y = v + size;
  memory.copy(u, a, size);
  memory.copy(v, n, size);
  memory.fill(x, 0, size);
  memory.fill(y, 0, size);
  store<u32>(x, 1);
  while (true) {
    divideByTwos(u, x, n, size, factor);
    if (isEqual(u, v, size)) break;
    if (isLess(u, v, size)) {
      const smaller = u, quotient = x;
      u = v, x = y;
      v = smaller, y = quotient;
    }
    subtractDigits(u, u, v, size);
    if (subtractDigits(x, x, y, size)) addDigits(x, x, n, size);
  }
  memory.copy(out, x, size);
}

/** Divides `u` by two until it is odd, and `x` as often, modulo `n`. */
function divideByTwos(u: usize, x: usize, n: usize, size: usize, factor: u32): void {
  for (let twos = twosOf(u); twos; twos = twosOf(u)) {
    shiftRight(u, n, 0, twos, size);
    shiftRight(x, n, (load<u32>(x) * factor) & ((1 << twos) - 1), twos, size);
  }
}

/** How often the lowest digit can be divided by two. */
// @ts-ignore: decorator
@inline
function twosOf(number: usize): u32 {
  return min(ctz(load<u32>(number)), DIGIT_BITS);
}

/** Makes `x` what `x + factor * n` divided by `2^twos` is; the factor is below `2^twos`, the rest zero. */
function shiftRight(x: usize, n: usize, factor: u64, twos: u64, size: usize): void {
  let bits = (load<u32>(x) + factor * load<u32>(n)) >> twos;
  for (let i: usize = 4; i < size; i += 4) {
    bits += (load<u32>(x + i) + factor * load<u32>(n + i)) << (DIGIT_BITS - twos);
    store<u32>(x + i - 4, <u32>bits & DIGIT_MASK);
    bits >>= DIGIT_BITS;
  }
  store<u32>(x + size - 4, <u32>bits);
}
