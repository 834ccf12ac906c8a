import { arenaAllocate } from "../abi/arena";
import { Bytes } from "../bytes/bytes";
import { Hash, RUNNING_BYTES } from "./hash";
import { HmacKey } from "./hmac";

/** Longest key that can be asked for; a filter compares digests, it makes no streams of keys. */
const MAX_BYTES: i32 = 1024;

/**
 * PBKDF2 (RFC 8018 5.2) with HMAC: `length` bytes from a password. The caller limits `iterations`: each costs two
 * blocks of the hash per digest of output. Absent when `iterations` or `length` is 0, or `length` above 1024.
 */
export function pbkdf2(hash: Hash, password: Bytes, salt: Bytes, iterations: u32, length: i32): Bytes {
  if (!iterations || length <= 0 || length > MAX_BYTES) return Bytes.absent;
  const key = new HmacKey(hash, password);
  const digestBytes = <i32>hash.digestBytes;
  const blocks = (length + digestBytes - 1) / digestBytes;
  const out = arenaAllocate(blocks * digestBytes);
  for (let i = 0; i < blocks; i++) writeBlock(out + i * digestBytes, key, salt, i + 1, iterations);
  return Bytes.of(out, length);
}

/** The sum (exclusive or) of the chain of codes that begins with the salt and the number of the block. */
function writeBlock(out: usize, key: HmacKey, salt: Bytes, number: u32, iterations: u32): void {
  const saltBytes = salt.length;
  const digestBytes = key.hash.digestBytes;
  const running = arenaAllocate(RUNNING_BYTES);
  const code = arenaAllocate(max(saltBytes + 4, digestBytes));
  memory.copy(code, salt.address, saltBytes);
  store<u32>(code + saltBytes, bswap<u32>(number));
  key.signInto(out, running, code, saltBytes + 4);
  memory.copy(code, out, digestBytes);
  for (; iterations > 1; iterations--) {
    key.signInto(code, running, code, digestBytes);
    for (let i: usize = 0; i < digestBytes; i += 4) {
      store<u32>(out + i, load<u32>(out + i) ^ load<u32>(code + i));
    }
  }
}
