import { toLower } from "./ascii";

/** Raw-memory primitives under `Bytes`; addresses and lengths are not checked here. */

/** Whether two ranges hold the same bytes. */
export function equalMemory(left: usize, right: usize, length: usize): bool {
  while (length >= 8) {
    if (load<u64>(left) != load<u64>(right)) return false;
    left += 8;
    right += 8;
    length -= 8;
  }
  for (; length; length--) {
    if (load<u8>(left++) != load<u8>(right++)) return false;
  }
  return true;
}

/** Whether two ranges are equal when `A`–`Z` count as `a`–`z`. */
export function equalMemoryIgnoreCase(left: usize, right: usize, length: usize): bool {
  for (; length; length--) {
    const byte = load<u8>(left++);
    const other = load<u8>(right++);
    if (byte != other && toLower(byte) != toLower(other)) return false;
  }
  return true;
}

/** Position of `needle` in the range, or -1. An empty needle is found at 0. */
export function indexOfMemory(hay: usize, hayLength: i32, needle: usize, needleLength: i32): i32 {
  if (!needleLength) return 0;
  const first = load<u8>(needle);
  for (let i = 0, last = hayLength - needleLength; i <= last; i++) {
    if (load<u8>(hay + i) != first) continue;
    if (equalMemory(hay + i, needle, needleLength)) return i;
  }
  return -1;
}
