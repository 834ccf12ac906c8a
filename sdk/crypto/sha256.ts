import { arenaAllocate } from "../abi/arena";
import { Bytes } from "../bytes/bytes";
import { Hash } from "./hash";

const DIGEST_BYTES: usize = 32;
const BLOCK_BYTES: usize = 64;

/** First 32 bits of the fractional parts of the cube roots of the first 64 primes. */
// @ts-ignore: decorator
@lazy
const K: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);

/** Initial hash: the same of the square roots of the first 8 primes. */
// @ts-ignore: decorator
@lazy
const INITIAL: usize = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);

/** 2.16.840.1.101.3.4.2.1 (RFC 8017 B.1). */
// @ts-ignore: decorator
@lazy
const OID: usize = memory.data<u8>([9, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01]);

/** Message schedule of one block. */
// @ts-ignore: decorator
@lazy
const SCHEDULE: usize = memory.data(256, 8);

/** SHA-256 (FIPS 180-4). */
// @ts-ignore: decorator
@lazy
export const SHA256: Hash = new Hash(32, 64, 4, INITIAL, OID, compress);

/** The 32-byte digest of `message`; a module that needs no more of the hash than this does not contain the rest of it. */
export function sha256(message: Bytes): Bytes {
  const state = arenaAllocate(DIGEST_BYTES + 2 * BLOCK_BYTES);
  const tail = state + DIGEST_BYTES;
  memory.copy(state, INITIAL, DIGEST_BYTES);
  let at = message.address;
  let left: usize = message.length;
  for (; left >= BLOCK_BYTES; left -= BLOCK_BYTES, at += BLOCK_BYTES) compress(state, at);
  memory.fill(tail, 0, 2 * BLOCK_BYTES);
  memory.copy(tail, at, left);
  store<u8>(tail + left, 0x80);
  const end = left + 9 > BLOCK_BYTES ? 2 * BLOCK_BYTES : BLOCK_BYTES;
  store<u64>(tail + end - 8, bswap<u64>(<u64>message.length << 3));
  for (let block = tail; block < tail + end; block += BLOCK_BYTES) compress(state, block);
  for (let i: usize = 0; i < DIGEST_BYTES; i += 4) store<u32>(state + i, bswap<u32>(load<u32>(state + i)));
  return Bytes.of(state, <u32>DIGEST_BYTES);
}

function expand(block: usize): void {
  for (let i: usize = 0; i < 64; i += 4) {
    store<u32>(SCHEDULE + i, bswap<u32>(load<u32>(block + i)));
  }
  for (let at = SCHEDULE + 64; at < SCHEDULE + 256; at += 4) {
    const w15 = load<u32>(at - 60);
    const w2 = load<u32>(at - 8);
    const s0 = rotr<u32>(w15, 7) ^ rotr<u32>(w15, 18) ^ (w15 >> 3);
    const s1 = rotr<u32>(w2, 17) ^ rotr<u32>(w2, 19) ^ (w2 >> 10);
    store<u32>(at, load<u32>(at - 64) + s0 + load<u32>(at - 28) + s1);
  }
}

function compress(state: usize, block: usize): void {
  expand(block);
  let a = load<u32>(state), b = load<u32>(state, 4), c = load<u32>(state, 8);
  let d = load<u32>(state, 12), e = load<u32>(state, 16), f = load<u32>(state, 20);
  let g = load<u32>(state, 24), h = load<u32>(state, 28);
  for (let i: usize = 0; i < 256; i += 4) {
    const s1 = rotr<u32>(e, 6) ^ rotr<u32>(e, 11) ^ rotr<u32>(e, 25);
    const choice = g ^ (e & (f ^ g));
    const t1 = h + s1 + choice + load<u32>(K + i) + load<u32>(SCHEDULE + i);
    const s0 = rotr<u32>(a, 2) ^ rotr<u32>(a, 13) ^ rotr<u32>(a, 22);
    const majority = (a & b) ^ (c & (a ^ b));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + s0 + majority;
  }
  addTo(state, a);
  addTo(state + 4, b);
  addTo(state + 8, c);
  addTo(state + 12, d);
  addTo(state + 16, e);
  addTo(state + 20, f);
  addTo(state + 24, g);
  addTo(state + 28, h);
}

function addTo(word: usize, value: u32): void {
  store<u32>(word, load<u32>(word) + value);
}
