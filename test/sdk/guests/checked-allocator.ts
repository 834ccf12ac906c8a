// What checked-memory.js puts behind the SDK's allocator, whose functions are `plainAlloc` and
// `plainFree` then: every block is guarded at both ends, counted, and filled when it is freed.
//
//   0   u32 size, u32 state   payload   u64 guard

const LIVE: u32 = 0x11feb10c;
const DEAD: u32 = 0xdeadb10c;
const GUARD: u64 = 0xfdfdfdfdfdfdfdfd;
const HEAD_BYTES: usize = 8;

let liveCount: u32 = 0;
let madeCount: u32 = 0;
let madeSize: u32 = 0;

// @ts-ignore: decorator
@global @unsafe
export function __alloc(size: usize): usize {
  const block = plainAlloc(size + HEAD_BYTES + 8);
  store<u32>(block, <u32>size);
  store<u32>(block, LIVE, 4);
  const payload = block + HEAD_BYTES;
  // Not zero: what is not written must not be read.
  memory.fill(payload, 0xcd, size);
  store<u64>(payload + size, GUARD);
  liveCount++;
  madeCount++;
  madeSize += <u32>size;
  return payload;
}

// @ts-ignore: decorator
@global @unsafe
export function __free(payload: usize): void {
  const block = payload - HEAD_BYTES;
  const size = <usize>load<u32>(block);
  if (load<u32>(block, 4) != LIVE) throw new Error("freed twice, or never allocated");
  if (load<u64>(payload + size) != GUARD) throw new Error("written behind its end");
  memory.fill(payload, 0xdd, size);
  store<u32>(block, DEAD, 4);
  liveCount--;
  plainFree(block);
}

// @ts-ignore: decorator
@global
export function checkedLiveBlocks(): u32 {
  return liveCount;
}

// @ts-ignore: decorator
@global
export function checkedMadeBlocks(): u32 {
  return madeCount;
}

// @ts-ignore: decorator
@global
export function checkedMadeBytes(): u32 {
  return madeSize;
}
