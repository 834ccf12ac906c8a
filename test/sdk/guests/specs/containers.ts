import { Bytes, BytesBuilder, LruMap, OwnedBytes, utf8 } from '@sluice/sdk'
import { EntryTable, TableEntry } from '@sluice/sdk/context/entry-table'
import { equal, nextCallback, same, spec } from './support/spec'

class Item extends TableEntry {
  constructor(
    id: u32,
    readonly text: OwnedBytes,
  ) {
    super(id)
  }
}

/** What a look-up gives for a missing key. */
const NONE: i32 = -1

function key(number: i32): Bytes {
  return BytesBuilder.create().add(utf8('key ')).addI64(number).toBytes()
}

spec('lru: keeps what was used last', () => {
  const map = new LruMap<i32>(3)
  for (let i = 0; i < 3; i++) map.set(key(i), i)
  equal(map.get(key(0), NONE), 0)
  map.set(key(3), 3)
  equal(map.size, 3)
  equal(map.get(key(1), NONE), NONE)
  same(map.oldestKey, key(2))
  map.set(key(2), 22)
  same(map.oldestKey, key(0))
  equal(map.get(key(2), NONE), 22)
})

spec('lru: removes keys, and takes new ones in their place', () => {
  const map = new LruMap<i32>(8)
  for (let i = 0; i < 8; i++) map.set(key(i), i)
  equal(map.delete(key(3)), true)
  equal(map.delete(key(3)), false)
  map.set(key(8), 8)
  equal(map.size, 8)
  equal(map.has(key(0)), true)
  for (let i = 0; i < 9; i++) map.delete(key(i))
  equal(map.size, 0)
  same(map.oldestKey, Bytes.absent)
})

let kept: LruMap<OwnedBytes> | null = null

spec('lru: owns its keys and values across callbacks, and lets them go', () => {
  kept = new LruMap<OwnedBytes>(16)
  for (let i = 0; i < 300; i++) {
    kept!.set(key(i), key(i * 7).toOwned())
    nextCallback()
    if (i > 0) same(kept!.get(key(i - 1), OwnedBytes.absent()).view, key((i - 1) * 7))
  }
  equal(kept!.size, 16)
  kept = null
})

spec('lru: has at least one place', () => {
  const map = new LruMap<i32>(0)
  map.set(key(1), 1)
  map.set(key(2), 2)
  equal(map.size, 1)
  equal(map.get(key(2), NONE), 2)
})

let table: EntryTable | null = null

spec('entry table: finds, grows and forgets', () => {
  table = new EntryTable()
  for (let id: u32 = 1; id <= 1000; id++) {
    table!.add(new Item(id * 3, key(<i32>id).toOwned()))
    if (id % 100 == 0) nextCallback()
  }
  for (let id: u32 = 1; id <= 3000; id++) equal(table!.get(id) !== null, id % 3 == 0)
  for (let id: u32 = 1; id <= 1000; id += 2) table!.delete(id * 3)
  nextCallback()
  for (let id: u32 = 1; id <= 1000; id++) {
    const entry = table!.get(id * 3)
    equal(entry !== null, id % 2 == 0)
    if (entry !== null) same((<Item>entry).text.view, key(<i32>id))
  }
  table!.delete(7)
  table = null
})
