import { Hash } from "./hash";

/** Initial hash, as the standard lists it. */
// @ts-ignore: decorator
@lazy
const INITIAL: usize = memory.data<u32>([
  0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0, 0, 0, 0,
]);

/** 1.3.14.3.2.26 (RFC 8017 B.1). */
// @ts-ignore: decorator
@lazy
const OID: usize = memory.data<u8>([5, 0x2b, 0x0e, 0x03, 0x02, 0x1a]);

/** Message schedule of one block. */
// @ts-ignore: decorator
@lazy
const SCHEDULE: usize = memory.data(320, 8);

/** SHA-1 (FIPS 180-4): for HMAC, PBKDF2 and stores of passwords that ask for it; not for new signatures. */
// @ts-ignore: decorator
@lazy
export const SHA1: Hash = new Hash(20, 64, 4, INITIAL, OID, compress);

function expand(block: usize): void {
  for (let i: usize = 0; i < 64; i += 4) {
    store<u32>(SCHEDULE + i, bswap<u32>(load<u32>(block + i)));
  }
  for (let at = SCHEDULE + 64; at < SCHEDULE + 320; at += 4) {
    const mixed = load<u32>(at - 12) ^ load<u32>(at - 32) ^ load<u32>(at - 56) ^ load<u32>(at - 64);
    store<u32>(at, rotl<u32>(mixed, 1));
  }
}

function compress(state: usize, block: usize): void {
  expand(block);
  let a = load<u32>(state), b = load<u32>(state, 4), c = load<u32>(state, 8);
  let d = load<u32>(state, 12), e = load<u32>(state, 16);
  for (let i: usize = 0; i < 320; i += 4) {
    const next = rotl<u32>(a, 5) + mix(i, b, c, d) + e + load<u32>(SCHEDULE + i);
    e = d;
    d = c;
    c = rotl<u32>(b, 30);
    b = a;
    a = next;
  }
  addTo(state, a);
  addTo(state + 4, b);
  addTo(state + 8, c);
  addTo(state + 12, d);
  addTo(state + 16, e);
}

/** Function and constant of the step at offset `i` of the schedule: another one every twenty steps. */
// @ts-ignore: decorator
@inline
function mix(i: usize, b: u32, c: u32, d: u32): u32 {
  if (i < 80) return ((b & c) ^ (~b & d)) + 0x5a827999;
  if (i < 160) return (b ^ c ^ d) + 0x6ed9eba1;
  if (i < 240) return ((b & c) ^ (b & d) ^ (c & d)) + 0x8f1bbcdc;
  return (b ^ c ^ d) + 0xca62c1d6;
}

function addTo(word: usize, value: u32): void {
  store<u32>(word, load<u32>(word) + value);
}
