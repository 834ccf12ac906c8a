import { Bytes } from "../bytes/bytes";

/** An object identifier's content, of which the length and the content are at an address. */
export function oidAt(address: usize): Bytes {
  return Bytes.of(address + 1, load<u8>(address));
}
