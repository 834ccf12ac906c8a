import { arenaAllocate } from "../abi/arena";
import { Bytes } from "../bytes/bytes";
import { Hash, RUNNING_BYTES } from "./hash";

const TRAILER: u8 = 0xbc;

/** Eight zeros in front of what is hashed. */
// @ts-ignore: decorator
@lazy
const ZEROS: usize = memory.data(8, 8);

/**
 * Whether an encoded message of `bits` bits is one of EMSA-PSS (RFC 8017 9.1.2) for `message`, with a salt of this
 * length. `encoding` may have one byte more than the bits need, which must be zero.
 *
 *   masked: 0 …  1  salt  |  H = hash(8 zeros, hash(message), salt)  |  0xbc
 */
export function isPssEncoding(encoding: Bytes, bits: u32, hash: Hash, saltBytes: u32, message: Bytes): bool {
  const size = (bits + 7) >> 3;
  const digestBytes = hash.digestBytes;
  const extra = <u32>encoding.length - size;
  if (size < digestBytes + saltBytes + 2 || (extra && encoding[0])) return false;
  const maskedBytes = size - digestBytes - 1;
  const block = encoding.address + extra;
  const seed = block + maskedBytes;
  // Bits above those that the number may have.
  const unused: u32 = 0xff00 >> ((8 * size - bits) & 7) & 0xff;
  if (load<u8>(seed + digestBytes) != TRAILER || (load<u8>(block) & unused)) return false;
  unmask(block, maskedBytes, hash, seed);
  store<u8>(block, load<u8>(block) & ~unused);
  const salt = seed - saltBytes;
  if (!isPadding(block, salt)) return false;
  return Bytes.of(seed, digestBytes).equals(saltedDigest(hash, message, salt, saltBytes));
}

/** Exclusive or with MGF1 (RFC 8017 B.2.1). */
function unmask(block: usize, length: usize, hash: Hash, seed: usize): void {
  const running = arenaAllocate(RUNNING_BYTES);
  const mask = arenaAllocate(hash.digestBytes);
  const counter = arenaAllocate(4);
  for (let i: usize = 0, number: u32 = 0; i < length; number++) {
    store<u32>(counter, bswap<u32>(number));
    hash.begin(running);
    hash.update(running, seed, hash.digestBytes);
    hash.update(running, counter, 4);
    hash.finish(running, mask);
    for (let j: usize = 0; j < hash.digestBytes && i < length; j++, i++) {
      store<u8>(block + i, load<u8>(block + i) ^ load<u8>(mask + j));
    }
  }
}

/** Whether everything up to the salt is zeros and a one. */
function isPadding(block: usize, salt: usize): bool {
  for (; block < salt - 1; block++) if (load<u8>(block)) return false;
  return load<u8>(block) == 1;
}

function saltedDigest(hash: Hash, message: Bytes, salt: usize, saltBytes: usize): Bytes {
  const running = arenaAllocate(RUNNING_BYTES);
  const digest = hash.digest(message);
  hash.begin(running);
  hash.update(running, ZEROS, 8);
  hash.update(running, digest.address, digest.length);
  hash.update(running, salt, saltBytes);
  hash.finish(running, digest.address);
  return digest;
}
