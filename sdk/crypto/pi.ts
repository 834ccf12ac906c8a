/**
 * The first 1042 words behind the point of pi, with which the subkeys and boxes of Blowfish begin. As a table they would be a tenth of a filter;
 * so they are computed, by the series of R. W. Gosper (1974): the sum of `(50n - 6) / (binomial(3n, n) * 2^n)`, from its far end.
 */

/** The word before the point, those behind it, and one for what is cut off on the way. */
const WORDS: u32 = 1 + 1042 + 1;
/** A term gives 3.75 bits, which are 15 of 128 parts of a word. */
const TERMS: u32 = (WORDS * 128) / 15;

// @ts-ignore: decorator
@lazy
const SUM: usize = memory.data(4176, 16);

/** Where the words are. The first call takes some 50 ms: make it in `onConfigure`. */
export function piWords(): usize {
  if (load<u32>(SUM) != 3) sumUp();
  return SUM + 4;
}

/** What a far term adds to is small by then: its last words count for nothing, and are left out. */
function sumUp(): void {
  for (let n: u32 = TERMS; ; n--) {
    scale(SUM + ((WORDS - ((n * 15) >> 7)) << 2), (n + 1) * (2 * n + 1), 3 * (3 * n + 1) * (3 * n + 2));
    store<u32>(SUM, load<u32>(SUM) + 50 * n - 6);
    if (!n) return;
  }
}

/** Multiplies the words from `SUM` to `end` by a fraction below 1. */
function scale(end: usize, numerator: u64, denominator: u64): void {
  let rest: u64 = 0;
  for (let at = end; at > SUM; ) {
    at -= 4;
    rest += load<u32>(at) * numerator;
    store<u32>(at, <u32>rest);
    rest >>= 32;
  }
  for (let at = SUM; at < end; at += 4) {
    const part = (rest << 32) | load<u32>(at);
    store<u32>(at, <u32>(part / denominator));
    rest = part % denominator;
  }
}
