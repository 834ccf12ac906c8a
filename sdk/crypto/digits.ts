/**
 * Numbers of many digits of 27 bits, the lowest first, each in 32 bits of memory, at plain addresses. `size` is in
 * bytes of memory, four per digit. Digits are that short so that the products of a whole column fit into 64 bits.
 * Not for secrets: the time depends on the numbers.
 */

/** Bits of a digit. */
export const DIGIT_BITS: u32 = 27;
/** The largest digit. */
export const DIGIT_MASK: u32 = (1 << DIGIT_BITS) - 1;

/** Bytes of memory for a number of this many bits, with at least one bit to spare. */
export function sizeOfBits(bits: u32): usize {
  return (bits / DIGIT_BITS + 1) << 2;
}

/** Writes a big-endian number of `length` bytes, for which `size` has room. */
export function fromBigEndian(out: usize, size: usize, from: usize, length: usize): void {
  let bits: u64 = 0;
  let count: u32 = 0;
  for (const end = out + size; out < end; out += 4) {
    for (; count < DIGIT_BITS && length; count += 8) bits |= <u64>load<u8>(from + --length) << count;
    store<u32>(out, <u32>bits & DIGIT_MASK);
    bits >>= DIGIT_BITS;
    count = count > DIGIT_BITS ? count - DIGIT_BITS : 0;
  }
}

/** Writes the lowest `length` bytes of a number in big-endian order. */
export function toBigEndian(out: usize, length: usize, from: usize, size: usize): void {
  let bits: u64 = 0;
  let count: u32 = 0;
  const end = from + size;
  while (length) {
    for (; count < 8 && from < end; from += 4, count += DIGIT_BITS) bits |= <u64>load<u32>(from) << count;
    store<u8>(out + --length, <u8>bits);
    bits >>= 8;
    count = count > 8 ? count - 8 : 0;
  }
}

/** Whether a number is zero. */
export function isZero(number: usize, size: usize): bool {
  for (let i: usize = 0; i < size; i += 4) if (load<u32>(number + i)) return false;
  return true;
}

/** Whether two numbers are equal. */
export function isEqual(left: usize, right: usize, size: usize): bool {
  return memory.compare(left, right, size) == 0;
}

/** Whether `left` is less than `right`. */
export function isLess(left: usize, right: usize, size: usize): bool {
  for (let i = size; i; i -= 4) {
    const a = load<u32>(left + i - 4);
    const b = load<u32>(right + i - 4);
    if (a != b) return a < b;
  }
  return false;
}

/** Writes `left + right`, whose sum fits. `out` may be one of them. */
export function addDigits(out: usize, left: usize, right: usize, size: usize): void {
  let carry: u32 = 0;
  for (let i: usize = 0; i < size; i += 4) {
    const sum = load<u32>(left + i) + load<u32>(right + i) + carry;
    store<u32>(out + i, sum & DIGIT_MASK);
    carry = sum >> DIGIT_BITS;
  }
}

/** Writes `left - right`; returns the borrow. `out` may be one of them. */
export function subtractDigits(out: usize, left: usize, right: usize, size: usize): u32 {
  let borrow: u32 = 0;
  for (let i: usize = 0; i < size; i += 4) {
    const difference = load<u32>(left + i) - load<u32>(right + i) - borrow;
    store<u32>(out + i, difference & DIGIT_MASK);
    borrow = difference >> 31;
  }
  return borrow;
}

/** Bit `index` of a number, 0 beyond its size. */
export function bitOf(number: usize, size: usize, index: u32): u32 {
  const at: usize = (index / DIGIT_BITS) << 2;
  return at < size ? (load<u32>(number + at) >> (index % DIGIT_BITS)) & 1 : 0;
}

/** Number of bits without leading zeros. */
export function bitLength(number: usize, size: usize): u32 {
  for (let i = size; i; i -= 4) {
    const digit = load<u32>(number + i - 4);
    if (digit) return (<u32>i >> 2) * DIGIT_BITS + (32 - DIGIT_BITS) - clz<u32>(digit);
  }
  return 0;
}
