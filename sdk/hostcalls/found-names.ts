import { Bytes } from "../bytes/bytes";

/**
 * Where the names of a snapshot were found. The filters of a bundle ask one snapshot for the same
 * few names, and equal literals of a module are one cell: the second filter that asks finds the
 * answer by the address of that cell.
 *
 * A slot belongs to the name that came last:
 *
 *    0   u64 number of the snapshot
 *    8   u64 bit of the name, as `HeaderMap` marks what was written
 *   16   name cell
 *   20   entry, 0 = there is none
 */
const SLOTS: usize = memory.data(32 * 24, 8);

let lastSnapshot: u64 = 0;

/** Number of a new snapshot; never 0. */
export function numberSnapshot(): u64 {
  return ++lastSnapshot;
}

/** The slot of a name. A cell in use keeps its bytes until the callback ends, and the snapshot with it. */
// @ts-ignore: decorator
@inline
export function slotOf(name: Bytes): usize {
  return SLOTS + ((changetype<usize>(name) >> 3) & 31) * 24;
}

/** Whether a slot tells where the name stands in the snapshot, of which the names with bits in `written` are stale. */
// @ts-ignore: decorator
@inline
export function isFound(slot: usize, name: Bytes, snapshot: u64, written: u64): bool {
  return load<usize>(slot, 16) == changetype<usize>(name)
    && load<u64>(slot) == snapshot
    && (load<u64>(slot, 8) & written) == 0;
}

/** The entry that a slot tells. */
// @ts-ignore: decorator
@inline
export function foundEntry(slot: usize): usize {
  return load<usize>(slot, 20);
}

/** Keeps where a name stands. */
export function keepFound(slot: usize, name: Bytes, snapshot: u64, bit: u64, entry: usize): void {
  store<u64>(slot, snapshot);
  store<u64>(slot, bit, 8);
  store<usize>(slot, changetype<usize>(name), 16);
  store<usize>(slot, entry, 20);
}
