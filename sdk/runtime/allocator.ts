import { arenaEnd } from "../abi/arena";

/**
 * Memory manager under the collector and the arena: free lists by size, and a bump pointer
 * behind them. Four sizes per power of two, so that at most a fifth of a block is wasted;
 * blocks are not joined again, since the sizes a filter asks for repeat with every stream.
 *
 *   -4   u32 index of the list the block belongs to
 *    0   payload, 8-byte aligned; in a free block its first word is the next one
 */

const HEADER_BYTES: usize = 4;
const SMALLEST_SHIFT: u32 = 3;

/** Larger blocks are no part of any filter; above it the sizes would overflow. */
const MAX_BYTES: usize = 512 << 20;

/** One list per size up to the largest. */
const LISTS: usize = memory.data(4 * 128, 8);

let top: usize = 0;

/** Allocates `size` bytes, not zeroed. Traps when memory cannot grow. */
// @ts-ignore: decorator
@global @unsafe
export function __alloc(size: usize): usize {
  if (size > MAX_BYTES) unreachable();
  const last = <u32>size + <u32>HEADER_BYTES - 1;
  const shift = max(<i32>SMALLEST_SHIFT, 29 - clz<u32>(last));
  const step = last >> shift;
  const index = (shift << 2) + step;
  const list = LISTS + (<usize>index << 2);
  const free = load<usize>(list);
  if (!free) return take(<usize>(step + 1) << shift, index);
  store<usize>(list, load<usize>(free));
  return free;
}

/** Gives a block back. */
// @ts-ignore: decorator
@global @unsafe
export function __free(block: usize): void {
  const list = LISTS + (<usize>load<u32>(block - HEADER_BYTES) << 2);
  store<usize>(block, load<usize>(list));
  store<usize>(list, block);
}

/** Cuts a new block of `bytes`, header included, from the end of what is in use. */
function take(bytes: usize, index: u32): usize {
  if (!top) top = arenaEnd() + HEADER_BYTES;
  const block = top;
  top += bytes;
  const pages = <i32>((top + 0xffff) >> 16) - memory.size();
  // Twice the memory if the host lets us, so that growing stays rare.
  if (pages > 0 && memory.grow(max(pages, memory.size())) < 0 && memory.grow(pages) < 0) unreachable();
  store<u32>(block, index);
  return block + HEADER_BYTES;
}
