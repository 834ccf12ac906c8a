import { arenaAllocate } from "../abi/arena";
import { environ_get, environ_sizes_get } from "../abi/imports";
import { OUT, OUT_LENGTH } from "../abi/out";
import { Bytes } from "../bytes/bytes";

const EQUALS: u8 = 0x3d;

/** Value of a variable that the proxy gives the VM (`vm_config.environment_variables`), or absent. */
export function environmentVariable(name: Bytes): Bytes {
  if (environ_sizes_get(OUT, OUT_LENGTH) != 0) return Bytes.absent;
  const length = load<u32>(OUT_LENGTH);
  const text = arenaAllocate(length);
  if (environ_get(arenaAllocate(<usize>load<u32>(OUT) << 2), text) != 0) return Bytes.absent;
  const all = Bytes.of(text, length);
  for (let start = 0; start < all.length; ) {
    const end = all.indexOfByte(0, start);
    const entry = all.slice(start, end < 0 ? all.length : end);
    if (entry[name.length] == EQUALS && entry.startsWith(name)) return entry.slice(name.length + 1);
    start += entry.length + 1;
  }
  return Bytes.absent;
}
