import { arenaAllocate } from "./arena";

/**
 * Header-map wire form, little-endian, no padding:
 *
 *   0            u32 N
 *   4 + 8·i      u32 name length, u32 value length      (without the NULs)
 *   4 + 8·N      N × { name bytes, 00, value bytes, 00 }
 *
 * Decoding makes an index of N entries in the arena; names and values stay where the
 * host wrote them. An entry is two `Bytes` cells, so handing out a value costs nothing:
 *
 *   0   name cell   { i32 distance from cell to bytes, u32 length }
 *   8   value cell  { same }
 */
export const ENTRY_BYTES: usize = 16;

/** Offset of the value cell in an entry. */
export const ENTRY_VALUE: usize = 8;

/** Number of pairs that a blob announces; 0 when it has no room for them. */
export function countPairs(blob: usize, length: usize): u32 {
  if (length < 4) return 0;
  const count = load<u32>(blob);
  return <u64>count * 10 + 4 <= <u64>length ? count : 0;
}

/** Builds the index of `count` pairs; 0 = the lengths do not add up, or no memory. */
export function indexPairs(blob: usize, length: usize, count: u32): usize {
  const index = arenaAllocate(<usize>count * ENTRY_BYTES);
  if (!index) return 0;
  let lengths = blob + 4;
  // Past 32 bits wrong lengths cannot wrap round to an address inside.
  let data = <u64>lengths + (<u64>count << 3);
  const end = index + <usize>count * ENTRY_BYTES;
  for (let entry = index; entry < end; entry += ENTRY_BYTES) {
    const nameLength = load<u32>(lengths);
    const valueLength = load<u32>(lengths, 4);
    store<u32>(entry, <u32>data - <u32>entry);
    store<u32>(entry, nameLength, 4);
    data += <u64>nameLength + 1;
    store<u32>(entry, <u32>data - <u32>entry - <u32>ENTRY_VALUE, 8);
    store<u32>(entry, valueLength, 12);
    data += <u64>valueLength + 1;
    lengths += 8;
  }
  return data <= <u64>blob + length ? index : 0;
}
