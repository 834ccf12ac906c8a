import { arenaAllocate } from "../abi/arena";
import { Bytes } from "./bytes";

// @ts-ignore: decorator
@lazy
const DIGITS: usize = memory.data<u8>([
  0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37,
  0x38, 0x39, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66,
]);

/** Value of a hexadecimal digit of either case, or -1. */
export function hexValue(digit: u8): i32 {
  if (<u32>digit - 0x30 < 10) return digit - 0x30;
  const letter = <u32>(digit | 0x20) - 0x61;
  return letter < 6 ? <i32>letter + 10 : -1;
}

/** Lower-case hexadecimal of bytes. */
export function encodeHex(bytes: Bytes): Bytes {
  const length = <u32>bytes.length;
  const result = arenaAllocate(length << 1);
  for (let i: u32 = 0; i < length; i++) {
    const byte = load<u8>(bytes.address + i);
    store<u8>(result + (i << 1), load<u8>(DIGITS + (byte >> 4)));
    store<u8>(result + (i << 1), load<u8>(DIGITS + (byte & 15)), 1);
  }
  return Bytes.of(result, length << 1);
}

/** Bytes of a hexadecimal text; absent when it has an odd length or another character. */
export function decodeHex(text: Bytes): Bytes {
  const length = <u32>text.length >> 1;
  if (text.length & 1) return Bytes.absent;
  const result = arenaAllocate(length);
  for (let i: u32 = 0; i < length; i++) {
    const high = hexValue(load<u8>(text.address + (i << 1)));
    const low = hexValue(load<u8>(text.address + (i << 1), 1));
    if ((high | low) < 0) return Bytes.absent;
    store<u8>(result + i, <u8>((high << 4) | low));
  }
  return Bytes.of(result, length);
}
