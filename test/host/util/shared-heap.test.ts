import { expect, test } from 'vitest'
import { SharedHeap } from '../../../host/util/shared-heap.ts'

test('SharedHeap gives blocks that do not overlap, and a block given back is used again for its size', () => {
  const heap = new SharedHeap(SharedHeap.allocate(1024 * 1024), 0)
  heap.lock()
  const sizes = [0, 1, 16, 17, 100, 70_000]
  const blocks = sizes.map((size) => heap.take(size))
  for (const [i, size] of sizes.entries()) heap.write(blocks[i]!, new Uint8Array(size).fill(i))
  for (const [i, size] of sizes.entries()) expect(heap.read(blocks[i]!, size)).toEqual(new Uint8Array(size).fill(i))
  heap.give(blocks[4]!, 100)
  heap.give(blocks[2]!, 16)
  expect([heap.take(128), heap.take(129) > blocks[5]!, heap.take(3), heap.isSameSize(65, 128), heap.isSameSize(64, 65)]).toEqual([
    blocks[4],
    true,
    blocks[2],
    true,
    false,
  ])
  heap.unlock()
})

test('SharedHeap says 0 when it is full, and a thread that attaches late sees what was written', () => {
  const buffer = SharedHeap.allocate(100_000)
  const [heap, late] = [new SharedHeap(buffer, 0), new SharedHeap(buffer, 1)]
  heap.lock()
  const block = heap.take(65_000)
  heap.write(block, Buffer.from('text'))
  expect([heap.take(65_000), heap.take(2 ** 30)]).toEqual([0, 0])
  expect(heap.take(1000)).toBeGreaterThan(block)
  heap.unlock()
  late.lock()
  expect(Buffer.from(late.read(block, 4)).toString()).toBe('text')
  late.unlock()
})

test('the counter of SharedHeap skips 0 when it wraps', () => {
  const buffer = SharedHeap.allocate(1000)
  const heap = new SharedHeap(buffer, 0)
  expect([heap.nextNumber(), heap.nextNumber()]).toEqual([1, 2])
  new Int32Array(buffer)[2] = -2
  expect([heap.nextNumber(), heap.nextNumber()]).toEqual([2 ** 32 - 1, 1])
})
