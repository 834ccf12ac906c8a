import { Bytes } from "../bytes/bytes";

/** XXH64 with seed 0 (xxHash specification 0.1.1): fast, well spread, not for secrets. */

const P1: u64 = 0x9e3779b185ebca87;
const P2: u64 = 0xc2b2ae3d27d4eb4f;
const P3: u64 = 0x165667b19e3779f9;
const P4: u64 = 0x85ebca77c2b2ae63;
const P5: u64 = 0x27d4eb2f165667c5;

/** The hash of `bytes`. */
export function xxh64(bytes: Bytes): u64 {
  const length = <usize>bytes.length;
  const start = bytes.address;
  const striped = length & ~31;
  const hash = (striped ? stripes(start, start + striped) : P5) + length;
  return avalanche(tail(start + striped, start + length, hash));
}

function stripes(at: usize, end: usize): u64 {
  let v1 = P1 + P2, v2 = P2, v3: u64 = 0, v4: u64 = 0 - P1;
  for (; at < end; at += 32) {
    v1 = round(v1, load<u64>(at));
    v2 = round(v2, load<u64>(at, 8));
    v3 = round(v3, load<u64>(at, 16));
    v4 = round(v4, load<u64>(at, 24));
  }
  let hash = rotl<u64>(v1, 1) + rotl<u64>(v2, 7) + rotl<u64>(v3, 12) + rotl<u64>(v4, 18);
  hash = merge(hash, v1);
  hash = merge(hash, v2);
  hash = merge(hash, v3);
  return merge(hash, v4);
}

function tail(at: usize, end: usize, hash: u64): u64 {
  for (; at + 8 <= end; at += 8) {
    hash = rotl<u64>(hash ^ round(0, load<u64>(at)), 27) * P1 + P4;
  }
  if (at + 4 <= end) {
    hash = rotl<u64>(hash ^ (<u64>load<u32>(at) * P1), 23) * P2 + P3;
    at += 4;
  }
  for (; at < end; at++) hash = rotl<u64>(hash ^ (<u64>load<u8>(at) * P5), 11) * P1;
  return hash;
}

function avalanche(hash: u64): u64 {
  hash = (hash ^ (hash >> 33)) * P2;
  hash = (hash ^ (hash >> 29)) * P3;
  return hash ^ (hash >> 32);
}

function round(accumulator: u64, input: u64): u64 {
  return rotl<u64>(accumulator + input * P2, 31) * P1;
}

function merge(hash: u64, accumulator: u64): u64 {
  return (hash ^ round(0, accumulator)) * P1 + P4;
}
