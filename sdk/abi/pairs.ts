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

/** Number of pairs in a blob whose lengths add up; 0 for anything else. */
export function countPairs(blob: usize, length: usize): u32 {
  if (length < 4) return 0;
  const count = load<u32>(blob);
  if (<u64>count * 8 + 4 > <u64>length) return 0;
  let needed: u64 = <u64>count * 10 + 4;
  for (let i: u32 = 0; i < count; i++) {
    const lengths = blob + 4 + (<usize>i << 3);
    needed += <u64>load<u32>(lengths) + <u64>load<u32>(lengths, 4);
  }
  return needed <= <u64>length ? count : 0;
}

/** Builds the index of the `count` pairs that {@link countPairs} accepted; 0 = no memory. */
export function indexPairs(blob: usize, count: u32): usize {
  const index = arenaAllocate(<usize>count * ENTRY_BYTES);
  if (!index) return 0;
  let lengths = blob + 4;
  let data = lengths + (<usize>count << 3);
  let entry = index;
  for (let i: u32 = 0; i < count; i++) {
    const nameLength = load<u32>(lengths);
    const valueLength = load<u32>(lengths, 4);
    store<usize>(entry, data - entry);
    store<u32>(entry, nameLength, 4);
    data += nameLength + 1;
    store<usize>(entry, data - entry - ENTRY_VALUE, 8);
    store<u32>(entry, valueLength, 12);
    data += valueLength + 1;
    lengths += 8;
    entry += ENTRY_BYTES;
  }
  return index;
}
