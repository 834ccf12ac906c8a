import { DIGIT_BITS, DIGIT_MASK, isLess, subtractDigits } from "./digits";

/**
 * What montgomery.ts does, for numbers of ten digits and so for curves of 256 bits: written out, as loops would take
 * most of the time. A column has twenty products of 54 bits and what the one before it leaves. Squares by themselves, written out too,
 * would save nothing that can be measured in Envoy and take 1.5 KB.
 */

/** Bytes of memory for ten digits. */
export const TEN_DIGITS: usize = 40;

/** The quotient by R before it is brought below `n`. */
// @ts-ignore: decorator
@lazy
const ROOM: usize = memory.data(40, 16);

/** Writes `a * b / R mod n`. */
export function multiplyTen(out: usize, a: usize, b: usize, n: usize, factor: u32): void {
  const a0: u64 = load<u32>(a), a1: u64 = load<u32>(a, 4), a2: u64 = load<u32>(a, 8);
  const a3: u64 = load<u32>(a, 12), a4: u64 = load<u32>(a, 16), a5: u64 = load<u32>(a, 20);
  const a6: u64 = load<u32>(a, 24), a7: u64 = load<u32>(a, 28), a8: u64 = load<u32>(a, 32);
  const a9: u64 = load<u32>(a, 36);
  const b0: u64 = load<u32>(b), b1: u64 = load<u32>(b, 4), b2: u64 = load<u32>(b, 8);
  const b3: u64 = load<u32>(b, 12), b4: u64 = load<u32>(b, 16), b5: u64 = load<u32>(b, 20);
  const b6: u64 = load<u32>(b, 24), b7: u64 = load<u32>(b, 28), b8: u64 = load<u32>(b, 32);
  const b9: u64 = load<u32>(b, 36);
  const n0: u64 = load<u32>(n), n1: u64 = load<u32>(n, 4), n2: u64 = load<u32>(n, 8);
  const n3: u64 = load<u32>(n, 12), n4: u64 = load<u32>(n, 16), n5: u64 = load<u32>(n, 20);
  const n6: u64 = load<u32>(n, 24), n7: u64 = load<u32>(n, 28), n8: u64 = load<u32>(n, 32);
  const n9: u64 = load<u32>(n, 36);
  let sum = a0 * b0;
  const q0: u64 = (<u32>sum * factor) & DIGIT_MASK;
  sum = (sum + q0 * n0) >> DIGIT_BITS;
  sum += a0 * b1 + a1 * b0;
  sum += q0 * n1;
  const q1: u64 = (<u32>sum * factor) & DIGIT_MASK;
  sum = (sum + q1 * n0) >> DIGIT_BITS;
  sum += a0 * b2 + a1 * b1 + a2 * b0;
  sum += q0 * n2 + q1 * n1;
  const q2: u64 = (<u32>sum * factor) & DIGIT_MASK;
  sum = (sum + q2 * n0) >> DIGIT_BITS;
  sum += a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0;
  sum += q0 * n3 + q1 * n2 + q2 * n1;
  const q3: u64 = (<u32>sum * factor) & DIGIT_MASK;
  sum = (sum + q3 * n0) >> DIGIT_BITS;
  sum += a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0;
  sum += q0 * n4 + q1 * n3 + q2 * n2 + q3 * n1;
  const q4: u64 = (<u32>sum * factor) & DIGIT_MASK;
  sum = (sum + q4 * n0) >> DIGIT_BITS;
  sum += a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0;
  sum += q0 * n5 + q1 * n4 + q2 * n3 + q3 * n2 + q4 * n1;
  const q5: u64 = (<u32>sum * factor) & DIGIT_MASK;
  sum = (sum + q5 * n0) >> DIGIT_BITS;
  sum += a0 * b6 + a1 * b5 + a2 * b4 + a3 * b3 + a4 * b2 + a5 * b1 + a6 * b0;
  sum += q0 * n6 + q1 * n5 + q2 * n4 + q3 * n3 + q4 * n2 + q5 * n1;
  const q6: u64 = (<u32>sum * factor) & DIGIT_MASK;
  sum = (sum + q6 * n0) >> DIGIT_BITS;
  sum += a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0;
  sum += q0 * n7 + q1 * n6 + q2 * n5 + q3 * n4 + q4 * n3 + q5 * n2 + q6 * n1;
  const q7: u64 = (<u32>sum * factor) & DIGIT_MASK;
  sum = (sum + q7 * n0) >> DIGIT_BITS;
  sum += a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * b4 + a5 * b3 + a6 * b2 + a7 * b1 + a8 * b0;
  sum += q0 * n8 + q1 * n7 + q2 * n6 + q3 * n5 + q4 * n4 + q5 * n3 + q6 * n2 + q7 * n1;
  const q8: u64 = (<u32>sum * factor) & DIGIT_MASK;
  sum = (sum + q8 * n0) >> DIGIT_BITS;
  sum += a0 * b9 + a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1 + a9 * b0;
  sum += q0 * n9 + q1 * n8 + q2 * n7 + q3 * n6 + q4 * n5 + q5 * n4 + q6 * n3 + q7 * n2 + q8 * n1;
  const q9: u64 = (<u32>sum * factor) & DIGIT_MASK;
  sum = (sum + q9 * n0) >> DIGIT_BITS;
  sum += a1 * b9 + a2 * b8 + a3 * b7 + a4 * b6 + a5 * b5 + a6 * b4 + a7 * b3 + a8 * b2 + a9 * b1;
  sum += q1 * n9 + q2 * n8 + q3 * n7 + q4 * n6 + q5 * n5 + q6 * n4 + q7 * n3 + q8 * n2 + q9 * n1;
  store<u32>(ROOM, <u32>sum & DIGIT_MASK);
  sum >>= DIGIT_BITS;
  sum += a2 * b9 + a3 * b8 + a4 * b7 + a5 * b6 + a6 * b5 + a7 * b4 + a8 * b3 + a9 * b2;
  sum += q2 * n9 + q3 * n8 + q4 * n7 + q5 * n6 + q6 * n5 + q7 * n4 + q8 * n3 + q9 * n2;
  store<u32>(ROOM, <u32>sum & DIGIT_MASK, 4);
  sum >>= DIGIT_BITS;
  sum += a3 * b9 + a4 * b8 + a5 * b7 + a6 * b6 + a7 * b5 + a8 * b4 + a9 * b3;
  sum += q3 * n9 + q4 * n8 + q5 * n7 + q6 * n6 + q7 * n5 + q8 * n4 + q9 * n3;
  store<u32>(ROOM, <u32>sum & DIGIT_MASK, 8);
  sum >>= DIGIT_BITS;
  sum += a4 * b9 + a5 * b8 + a6 * b7 + a7 * b6 + a8 * b5 + a9 * b4;
  sum += q4 * n9 + q5 * n8 + q6 * n7 + q7 * n6 + q8 * n5 + q9 * n4;
  store<u32>(ROOM, <u32>sum & DIGIT_MASK, 12);
  sum >>= DIGIT_BITS;
  sum += a5 * b9 + a6 * b8 + a7 * b7 + a8 * b6 + a9 * b5;
  sum += q5 * n9 + q6 * n8 + q7 * n7 + q8 * n6 + q9 * n5;
  store<u32>(ROOM, <u32>sum & DIGIT_MASK, 16);
  sum >>= DIGIT_BITS;
  sum += a6 * b9 + a7 * b8 + a8 * b7 + a9 * b6;
  sum += q6 * n9 + q7 * n8 + q8 * n7 + q9 * n6;
  store<u32>(ROOM, <u32>sum & DIGIT_MASK, 20);
  sum >>= DIGIT_BITS;
  sum += a7 * b9 + a8 * b8 + a9 * b7;
  sum += q7 * n9 + q8 * n8 + q9 * n7;
  store<u32>(ROOM, <u32>sum & DIGIT_MASK, 24);
  sum >>= DIGIT_BITS;
  sum += a8 * b9 + a9 * b8;
  sum += q8 * n9 + q9 * n8;
  store<u32>(ROOM, <u32>sum & DIGIT_MASK, 28);
  sum >>= DIGIT_BITS;
  sum += a9 * b9;
  sum += q9 * n9;
  store<u32>(ROOM, <u32>sum & DIGIT_MASK, 32);
  sum >>= DIGIT_BITS;
  store<u32>(ROOM, <u32>sum, 36);
  finish(out, n);
}

/** The result is below `2 * n`. */
// @ts-ignore: decorator
@inline
function finish(out: usize, n: usize): void {
  if (isLess(ROOM, n, TEN_DIGITS)) memory.copy(out, ROOM, TEN_DIGITS);
  else subtractDigits(out, ROOM, n, TEN_DIGITS);
}
