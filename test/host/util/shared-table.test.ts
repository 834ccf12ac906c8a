import { expect, test } from 'vitest'
import { SharedHeap } from '../../../host/util/shared-heap.ts'
import { SharedTable } from '../../../host/util/shared-table.ts'

function attach(buffer: SharedArrayBuffer, buckets: number, thread: number): { heap: SharedHeap; table: SharedTable } {
  const heap = new SharedHeap(buffer, thread)
  return { heap, table: new SharedTable(heap, buckets, 2) }
}

test('SharedTable finds what is in it and nothing else, in every thread', () => {
  const buffer = SharedHeap.allocate(8 * 1024 * 1024)
  const buckets = SharedTable.reserve(new SharedHeap(buffer, 0))
  const { table, heap } = attach(buffer, buckets, 0)
  const model = new Map<string, number>()
  let seed = 1
  const next = (limit: number): number => (seed = (seed * 48271) % 0x7fffffff) % limit
  heap.lock()
  for (let step = 0; step < 60_000; step++) {
    const key = `${'k'.repeat(next(40))}\xff${next(20_000)}`
    if (next(3) === 0) {
      table.remove(key)
      model.delete(key)
    } else if (!model.has(key)) {
      const entry = table.add(key)
      table.setWord(entry, 0, step)
      expect([entry === 0, table.word(entry, 1)]).toEqual([false, 0])
      table.setWord(entry, 1, -1)
      model.set(key, step)
    }
  }
  heap.unlock()
  const late = attach(buffer, buckets, 1)
  late.heap.lock()
  for (const [key, value] of model) expect(late.table.word(late.table.find(key), 0)).toBe(value)
  expect(late.table.find('never')).toBe(0)
  expect(late.table.keys('').toSorted()).toEqual([...model.keys()].toSorted())
  expect(late.table.keys('kkkk').toSorted()).toEqual([...model.keys()].filter((key) => key.startsWith('kkkk')).toSorted())
  late.heap.unlock()
})

test('SharedTable gives memory back', () => {
  const buffer = SharedHeap.allocate(64 * 1024)
  const buckets = SharedTable.reserve(new SharedHeap(buffer, 0))
  const { table, heap } = attach(buffer, buckets, 0)
  heap.lock()
  for (let round = 0; round < 100; round++) {
    for (let i = 0; i < 100; i++) expect(table.add(`${round}.${i}`)).not.toBe(0)
    for (const key of table.keys('')) table.remove(key)
  }
  expect(table.keys('')).toEqual([])
  expect(table.add('k'.repeat(60_000))).toBe(0)
})
