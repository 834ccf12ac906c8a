/** MurmurHash64A with the seed of libstdc++'s `std::hash`, as Envoy's `MURMUR_HASH_2` (source/common/common/hash.cc). */
import { Uint64 } from './uint64.ts'

const MULTIPLIER = new Uint64(0xc6a4a793, 0x5bd1e995)
const SEED = new Uint64(0, 0xc70f6907)

const lane = new Uint64()

/** Puts the hash of a byte string into `hash`. */
export function murmurHash64(text: string, hash: Uint64): Uint64 {
  const aligned = text.length & ~7
  hash.set(0, text.length).multiply(MULTIPLIER).xor(SEED)
  for (let at = 0; at < aligned; at += 8) {
    readLane(text, at, 8).multiply(MULTIPLIER).xorShift(47).multiply(MULTIPLIER)
    hash.xor(lane).multiply(MULTIPLIER)
  }
  if (aligned < text.length) hash.xor(readLane(text, aligned, text.length - aligned)).multiply(MULTIPLIER)
  return hash.xorShift(47).multiply(MULTIPLIER).xorShift(47)
}

/** Up to eight bytes, lowest first. */
function readLane(text: string, start: number, count: number): Uint64 {
  let high = 0
  let low = 0
  for (let index = 0; index < count; index++) {
    const byte = text.charCodeAt(start + index) << ((8 * index) & 31)
    if (index < 4) low |= byte
    else high |= byte
  }
  return lane.set(high, low)
}
