// Writes n request headers in one of two ways, after one fetch of the map, to compare them inside a proxy.
// The plugin configuration's length selects: n = n adds, 100 + n = one proxy_set_header_map_pairs of the whole map.
@external("env", "proxy_get_header_map_pairs")
declare function getPairs(map: i32, pointer: usize, size: usize): i32;
@external("env", "proxy_set_header_map_pairs")
declare function setPairs(map: i32, pointer: usize, size: i32): i32;
@external("env", "proxy_add_header_map_value")
declare function addValue(map: i32, key: usize, keySize: i32, value: usize, valueSize: i32): i32;

const ARENA: usize = memory.data(65536, 16);
const MERGED: usize = memory.data(65536, 16);
const OUT: usize = memory.data(8, 8);
const NAME: StaticArray<u8> = [120, 45, 97, 100, 100, 101, 100, 45, 48, 48]; // x-added-00
const VALUE: StaticArray<u8> = [115, 111, 109, 101, 32, 118, 97, 108, 117, 101]; // some value

let top: usize = ARENA;
let count: i32 = 0;
let merge: bool = false;

export function proxy_abi_version_0_2_1(): void {}

export function malloc(size: usize): usize {
  const start = top;
  top += (size + 7) & ~7;
  return start;
}

export function proxy_on_configure(root: i32, size: i32): i32 {
  merge = size > 100;
  count = merge ? size - 100 : size;
  return 1;
}

function number(i: i32): void {
  const name = changetype<usize>(NAME);
  store<u8>(name + 8, 48 + i / 10);
  store<u8>(name + 9, 48 + (i % 10));
}

function writeMerged(base: usize, size: i32): void {
  const old = load<i32>(base);
  const oldText = base + 4 + 8 * old;
  const oldTextSize = size - 4 - 8 * old;
  store<i32>(MERGED, old + count);
  memory.copy(MERGED + 4, base + 4, 8 * old);
  for (let i = 0; i < count; i++) {
    store<i32>(MERGED + 4 + 8 * (old + i), NAME.length);
    store<i32>(MERGED + 8 + 8 * (old + i), VALUE.length);
  }
  let at = MERGED + 4 + 8 * (old + count);
  memory.copy(at, oldText, oldTextSize);
  at += oldTextSize;
  for (let i = 0; i < count; i++) {
    number(i);
    memory.copy(at, changetype<usize>(NAME), NAME.length);
    at += NAME.length;
    store<u8>(at++, 0);
    memory.copy(at, changetype<usize>(VALUE), VALUE.length);
    at += VALUE.length;
    store<u8>(at++, 0);
  }
  setPairs(0, MERGED, i32(at - MERGED));
}

export function proxy_on_request_headers(context: i32, headers: i32, end: i32): i32 {
  top = ARENA;
  getPairs(0, OUT, OUT + 4);
  if (merge) {
    writeMerged(load<usize>(OUT), load<i32>(OUT, 4));
    return 0;
  }
  for (let i = 0; i < count; i++) {
    number(i);
    addValue(0, changetype<usize>(NAME), NAME.length, changetype<usize>(VALUE), VALUE.length);
  }
  return 0;
}

function stop(message: usize, file: usize, line: u32, column: u32): void {
  unreachable();
}
