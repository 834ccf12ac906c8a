import { DIGIT_BITS, DIGIT_MASK, isLess, subtractDigits } from "./digits";

/**
 * Products modulo `n`, divided by `R = 2^(27 * digits)` (P. L. Montgomery, 1985), column by column: the "finely
 * integrated product scanning" of Koç, Acar and Kaliski, 1996. One operand is below `n`, which is below R / 2;
 * `factor` is -1/n mod R's digit. A column has at most 304 products of 54 bits.
 */

/** Digits of the quotient by R, each of which makes way for one of the result. Room for 4096 bits. */
// @ts-ignore: decorator
@lazy
const ROOM: usize = memory.data(608, 16);

/** Writes `a * b / R mod n`. */
export function multiplyModulo(out: usize, a: usize, b: usize, n: usize, size: usize, factor: u32): void {
  let sum: u64 = 0;
  for (let k: usize = 0; k < size; k += 4) {
    sum += sumOfProducts(a, b + k, k + 4);
    sum = clearLowest(sum, k, n, factor);
  }
  for (let first: usize = 4; first <= size; first += 4) {
    const last = size - 4;
    sum += sumOfProducts(a + first, b + last, size - first);
    sum = keepLowest(sum, first, n, size);
  }
  finish(out, n, size);
}

/** Writes `a * a / R mod n`: products of different digits are made once and doubled. */
export function squareModulo(out: usize, a: usize, n: usize, size: usize, factor: u32): void {
  let sum: u64 = 0;
  for (let k: usize = 0; k < size; k += 4) {
    sum += sumOfSquare(a, a + k);
    sum = clearLowest(sum, k, n, factor);
  }
  for (let first: usize = 4; first <= size; first += 4) {
    sum += sumOfSquare(a + first, a + size - 4);
    sum = keepLowest(sum, first, n, size);
  }
  finish(out, n, size);
}

/** Adds to a column below R what makes its lowest digit zero; returns what the next column begins with. */
// @ts-ignore: decorator
@inline
function clearLowest(sum: u64, k: usize, n: usize, factor: u32): u64 {
  sum += sumOfProducts(ROOM, n + k, k);
  const digit = (<u32>sum * factor) & DIGIT_MASK;
  store<u32>(ROOM + k, digit);
  return (sum + <u64>digit * load<u32>(n)) >> DIGIT_BITS;
}

/** Completes a column above R, whose lowest digit is one of the result; returns what the next one begins with. */
// @ts-ignore: decorator
@inline
function keepLowest(sum: u64, first: usize, n: usize, size: usize): u64 {
  sum += sumOfProducts(ROOM + first, n + size - 4, size - first);
  store<u32>(ROOM + first - 4, <u32>sum & DIGIT_MASK);
  return sum >> DIGIT_BITS;
}

/** The result is below `2 * n`. */
// @ts-ignore: decorator
@inline
function finish(out: usize, n: usize, size: usize): void {
  if (isLess(ROOM, n, size)) memory.copy(out, ROOM, size);
  else subtractDigits(out, ROOM, n, size);
}

/** Sum of the products of `size / 4` digits from `a` upwards with those from `b` downwards. */
// @ts-ignore: decorator
@inline
function sumOfProducts(a: usize, b: usize, size: usize): u64 {
  let sum: u64 = 0;
  const end = a + size;
  for (; a + 12 < end; a += 16, b -= 16) {
    sum += <u64>load<u32>(a) * load<u32>(b);
    sum += <u64>load<u32>(a, 4) * load<u32>(b - 4);
    sum += <u64>load<u32>(a, 8) * load<u32>(b - 8);
    sum += <u64>load<u32>(a, 12) * load<u32>(b - 12);
  }
  for (; a < end; a += 4, b -= 4) sum += <u64>load<u32>(a) * load<u32>(b);
  return sum;
}

/** The same of the digits of one number from `first` to `last` with themselves. */
// @ts-ignore: decorator
@inline
function sumOfSquare(first: usize, last: usize): u64 {
  const size = last + 4 - first;
  const sum = sumOfProducts(first, last, (size >> 3) << 2) << 1;
  if (!(size & 4)) return sum;
  const middle: u64 = load<u32>(first + ((size >> 3) << 2));
  return sum + middle * middle;
}
