import { piWords } from "./pi";

/** Blowfish (B. Schneier, 1993) with the expensive key schedule of bcrypt (N. Provos, D. Mazières, 1999). */

/** Bytes of the 18 subkeys. A key, and a salt, are repeated to as many. */
export const SUBKEY_BYTES: usize = 72;
const BOX_BYTES: usize = 1024;

/** The subkeys, then the four boxes. */
const STATE_BYTES: usize = SUBKEY_BYTES + 4 * BOX_BYTES;
// @ts-ignore: decorator
@lazy
const STATE: usize = memory.data(4168, 16);
// @ts-ignore: decorator
@lazy
const BOXES: usize = STATE + SUBKEY_BYTES;

/** Sixteen zeros: no salt. */
// @ts-ignore: decorator
@lazy
const NO_SALT: usize = memory.data(16, 8);

/** Makes the state of a key and a salt of 16 bytes: `2^cost` rounds of both. */
export function setUp(cost: u32, salt: usize, key: usize): void {
  memory.copy(STATE, piWords(), STATE_BYTES);
  expand(key, salt);
  for (let rounds: u64 = 1 << <u64>cost; rounds; rounds--) {
    expand(key, NO_SALT);
    expand(salt, NO_SALT);
  }
}

/** Mixes a key into the subkeys, then replaces the state by what it makes of zeros, or of the two halves of a salt. */
function expand(key: usize, salt: usize): void {
  for (let i: usize = 0; i < SUBKEY_BYTES; i += 4) {
    store<u32>(STATE + i, load<u32>(STATE + i) ^ bswap<u32>(load<u32>(key + i)));
  }
  let block: u64 = 0;
  for (let i: usize = 0; i < STATE_BYTES; i += 8) {
    block = encipher(block ^ bswap<u64>(load<u64>(salt + (i & 8))));
    store<u64>(STATE + i, rotr<u64>(block, 32));
  }
}

/** Enciphers a block; its first word is the upper one. A turn of the loop is one of the 16 rounds: that is the quickest, and hosts that count code count it least. */
export function encipher(block: u64): u64 {
  let left = <u32>(block >> 32);
  let right = <u32>block;
  for (let at = STATE; at < STATE + 64; at += 4) {
    left ^= load<u32>(at);
    const mixed = right ^ mix(left);
    right = left;
    left = mixed;
  }
  return (<u64>(right ^ load<u32>(STATE, 68)) << 32) | (left ^ load<u32>(STATE, 64));
}

// @ts-ignore: decorator
@inline
function mix(word: u32): u32 {
  const sum = box(0, word >> 22) + box(1, word >> 14);
  return (sum ^ box(2, word >> 6)) + box(3, word << 2);
}

/** `offset` is four times the index, and other bits of the word. */
// @ts-ignore: decorator
@inline
function box(number: usize, offset: u32): u32 {
  return load<u32>(BOXES + number * BOX_BYTES + (offset & 0x3fc));
}
