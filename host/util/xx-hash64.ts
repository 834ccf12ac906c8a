/** XXH64 (xxHash specification 0.1.1), Envoy's hash for load balancing: well spread, not for secrets. */
import { Uint64 } from './uint64.ts'

const P1 = new Uint64(0x9e3779b1, 0x85ebca87)
const P2 = new Uint64(0xc2b2ae3d, 0x27d4eb4f)
const P3 = new Uint64(0x165667b1, 0x9e3779f9)
const P4 = new Uint64(0x85ebca77, 0xc2b2ae63)
const P5 = new Uint64(0x27d4eb2f, 0x165667c5)
const MINUS_P1 = new Uint64(0x61c8864e, 0x7a143579)

const lane = new Uint64()
const small = new Uint64()
const v1 = new Uint64()
const v2 = new Uint64()
const v3 = new Uint64()
const v4 = new Uint64()

/** Puts the hash of a byte string into `hash`; `seed` is an unsigned 32-bit number. */
export function xxHash64(text: string, seed: number, hash: Uint64): Uint64 {
  return xxHash64Onto(text, hash.set(0, seed))
}

/** As {@link xxHash64} with what `hash` holds as the seed: what was hashed before counts. */
export function xxHash64Onto(text: string, hash: Uint64): Uint64 {
  const striped = text.length & ~31
  if (striped === 0) hash.add(P5)
  else hashStripes(text, striped, hash)
  hash.add(small.set(0, text.length))
  hashTail(text, striped, hash)
  return hash.xorShift(33).multiply(P2).xorShift(29).multiply(P3).xorShift(32)
}

/** `hash` holds the seed. */
function hashStripes(text: string, end: number, hash: Uint64): void {
  v1.set(hash.high, hash.low).add(P1).add(P2)
  v2.set(hash.high, hash.low).add(P2)
  v3.set(hash.high, hash.low)
  v4.set(hash.high, hash.low).add(MINUS_P1)
  for (let at = 0; at < end; at += 32) {
    round(v1, text, at)
    round(v2, text, at + 8)
    round(v3, text, at + 16)
    round(v4, text, at + 24)
  }
  hash.set(v1.high, v1.low).rotateLeft(1)
  hash.add(lane.set(v2.high, v2.low).rotateLeft(7)).add(lane.set(v3.high, v3.low).rotateLeft(12))
  hash.add(lane.set(v4.high, v4.low).rotateLeft(18))
  merge(hash, v1)
  merge(hash, v2)
  merge(hash, v3)
  merge(hash, v4)
}

function round(lanes: Uint64, text: string, at: number): void {
  lanes.add(readLane(text, at).multiply(P2)).rotateLeft(31).multiply(P1)
}

function merge(hash: Uint64, lanes: Uint64): void {
  hash.xor(lanes.multiply(P2).rotateLeft(31).multiply(P1)).multiply(P1).add(P4)
}

function hashTail(text: string, start: number, hash: Uint64): void {
  let at = start
  for (; at + 8 <= text.length; at += 8) {
    hash.xor(readLane(text, at).multiply(P2).rotateLeft(31).multiply(P1)).rotateLeft(27).multiply(P1).add(P4)
  }
  if (at + 4 <= text.length) {
    hash
      .xor(small.set(0, readWord(text, at)).multiply(P1))
      .rotateLeft(23)
      .multiply(P2)
      .add(P3)
    at += 4
  }
  for (; at < text.length; at++)
    hash
      .xor(small.set(0, text.charCodeAt(at)).multiply(P5))
      .rotateLeft(11)
      .multiply(P1)
}

/** Eight bytes, lowest first. */
function readLane(text: string, at: number): Uint64 {
  return lane.set(readWord(text, at + 4), readWord(text, at))
}

function readWord(text: string, at: number): number {
  const upper = (text.charCodeAt(at + 3) << 24) | (text.charCodeAt(at + 2) << 16)
  return upper | (text.charCodeAt(at + 1) << 8) | text.charCodeAt(at)
}
