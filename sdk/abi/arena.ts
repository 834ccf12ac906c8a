/**
 * Memory for everything that lives no longer than the outermost callback: what the
 * host fills, views, builders, decoded headers.
 *
 * A bump pointer over a block behind the static data, so that the addresses of literals,
 * which code is full of, are small; what does not fit goes to the heap, linked through its
 * first word, and is freed at the reset. Nothing here is managed: the host calls `malloc` in
 * the middle of our hostcalls and knows no collector.
 */

/** Size of the block, enough for two header maps of ordinary requests. */
const BLOCK_BYTES: usize = 8192;

/** Link to the next heap block, padded so that the payload keeps its alignment. */
const LINK_BYTES: usize = 16;

/** One allocation above this is refused: no header map or chunk is that large. */
const MAX_ALLOCATION_BYTES: usize = 256 << 20;

let top: usize = claim();
let heapBlocks: usize = 0;

/** Where the block begins: behind literals and other static data. */
// @ts-ignore: decorator
@inline
function block(): usize {
  return (__heap_base + 15) & ~15;
}

/** Where it ends and the heap begins. */
// @ts-ignore: decorator
@inline
export function arenaEnd(): usize {
  return block() + BLOCK_BYTES;
}

/** Begins the arena; the compiler has made room for the static data only. */
function claim(): usize {
  if (arenaEnd() > <usize>memory.size() << 16 && memory.grow(1) < 0) unreachable();
  return block();
}

/** Allocates `size` bytes, 8-byte aligned, not zeroed. Returns 0 when `size` is absurd. */
export function arenaAllocate(size: usize): usize {
  const start = top;
  if (size <= arenaEnd() - start) {
    top = start + ((size + 7) & ~7);
    return start;
  }
  return allocateOnHeap(size);
}

function allocateOnHeap(size: usize): usize {
  if (size > MAX_ALLOCATION_BYTES) return 0;
  const block = heap.alloc(size + LINK_BYTES);
  store<usize>(block, heapBlocks);
  heapBlocks = block;
  return block + LINK_BYTES;
}

/** Forgets everything; called when the outermost callback returns. */
export function arenaReset(): void {
  top = block();
  while (heapBlocks) freeHeapBlock();
}

function freeHeapBlock(): void {
  const block = heapBlocks;
  heapBlocks = load<usize>(block);
  heap.free(block);
}
