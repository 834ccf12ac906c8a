import { Bytes } from "../bytes/bytes";

/**
 * Whether two secrets are equal; the time depends on the lengths only. Compare digests of
 * equal length when the length of a secret must not show either.
 */
export function equalsConstantTime(left: Bytes, right: Bytes): bool {
  const length = left.length;
  if (length != right.length) return false;
  let difference: u64 = 0;
  let i = 0;
  for (; i + 8 <= length; i += 8) difference |= load<u64>(left.address + i) ^ load<u64>(right.address + i);
  for (; i < length; i++) difference |= load<u8>(left.address + i) ^ load<u8>(right.address + i);
  return difference == 0;
}
