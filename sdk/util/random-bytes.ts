import { arenaAllocate } from "../abi/arena";
import { random_get } from "../abi/imports";
import { Bytes } from "../bytes/bytes";

/** `count` bytes that nobody can guess: keys, nonces, tokens. Absent when the proxy has none to give. */
export function randomBytes(count: i32): Bytes {
  const out = arenaAllocate(count);
  return random_get(out, count) == 0 ? Bytes.of(out, count) : Bytes.absent;
}
