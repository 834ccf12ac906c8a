import { toLower } from "./ascii";

/** Raw-memory primitives under `Bytes`; addresses and lengths are not checked here. */

/** Whether two ranges hold the same bytes. The last word overlaps the one before it, so that no byte is looked at alone. */
export function equalMemory(left: usize, right: usize, length: usize): bool {
  if (length < 8) return equalShort(left, right, length);
  const last = length - 8;
  for (let i: usize = 0; i < last; i += 8) {
    if (load<u64>(left + i) != load<u64>(right + i)) return false;
  }
  return load<u64>(left + last) == load<u64>(right + last);
}

/** Fewer than eight bytes. */
// @ts-ignore: decorator
@inline
function equalShort(left: usize, right: usize, length: usize): bool {
  if (length >= 4) {
    const last = length - 4;
    return load<u32>(left) == load<u32>(right) && load<u32>(left + last) == load<u32>(right + last);
  }
  if (length >= 2) {
    const last = length - 2;
    return load<u16>(left) == load<u16>(right) && load<u16>(left + last) == load<u16>(right + last);
  }
  return length == 0 || load<u8>(left) == load<u8>(right);
}

/** Whether two ranges are equal when `A`–`Z` count as `a`–`z`. */
export function equalMemoryIgnoreCase(left: usize, right: usize, length: usize): bool {
  // Names mostly come in lower case on both sides.
  if (equalMemory(left, right, length)) return true;
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
