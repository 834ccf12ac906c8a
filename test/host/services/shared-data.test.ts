import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { attachSharedData, createSharedData, SHARED_DATA_OVERFLOW } from '../../../host/services/shared-data.ts'
import { createSharedQueues } from '../../../host/services/shared-queues.ts'
import { createStatsStore } from '../../../host/stats/store.ts'
import type { SharedTask } from './shared-worker.ts'

const bytes = (text: string) => Buffer.from(text)

describe('one thread', () => {
  test('compare-and-set follows the rules of Envoy', () => {
    const data = createSharedData(createStatsStore({ writers: 1 }))
    expect(data.get('vm', 'a')).toBeNull()
    expect(data.set('vm', 'a', bytes('1'), 5)).toBe(0) // a missing key takes any number
    expect(data.get('vm', 'a')).toEqual({ value: new Uint8Array(bytes('1')), cas: 1 })
    expect(data.set('vm', 'a', bytes('2'), 7)).toBe(8)
    expect(data.set('vm', 'b', bytes('x'), 0)).toBe(0)
    expect(data.set('other', 'a', bytes('y'), 0)).toBe(0)
    expect(data.set('vm', 'a', bytes('3'), 1)).toBe(0)
    expect(data.get('vm', 'a')).toEqual({ value: new Uint8Array(bytes('3')), cas: 4 })
    expect(data.set('vm', 'a', bytes('4'), 0)).toBe(0)
    expect([data.get('vm', 'a')?.cas, data.get('vm', 'b')?.cas, data.get('other', 'a')?.cas]).toEqual([5, 2, 3])
  })

  test.each([
    ['', ''],
    ['', 'key'],
    ['vm', ''],
    ['a', 'bc'],
    ['ab', 'c'],
    ['1:', 'x'],
    ['vm', 'k\0\xff'],
  ])('vm_id %j and key %j are apart from all others', (vmId, key) => {
    const data = createSharedData(createStatsStore({ writers: 1 }))
    const pairs = ['|', '|key', 'vm|', 'a|bc', 'ab|c', '1:|x', 'vm|k\0\xff']
    for (const pair of pairs) data.set(...(pair.split('|') as [string, string]), bytes(pair), 0)
    expect(Buffer.from(data.get(vmId, key)!.value).toString()).toBe(`${vmId}|${key}`)
  })

  test('values of any size are copied in and out', () => {
    const data = createSharedData(createStatsStore({ writers: 1 }))
    for (const size of [0, 1, 16, 17, 5000, 2_000_000, 3, 0]) {
      const value = Buffer.alloc(size, size)
      data.set('vm', 'key', value, 0)
      value.fill(1)
      const seen = data.get('vm', 'key')!.value
      expect(Buffer.compare(seen, Buffer.alloc(size, size))).toBe(0)
      seen.fill(2)
      expect(Buffer.compare(data.get('vm', 'key')!.value, Buffer.alloc(size, size))).toBe(0)
    }
  })

  test('a value that changes its size again and again takes no new memory', () => {
    const stats = createStatsStore({ writers: 1 })
    const data = createSharedData(stats, { maxBytes: 128 * 1024 })
    for (let round = 0; round < 2000; round++) expect(data.set('vm', 'key', Buffer.alloc((round * 977) % 8000), 0)).toBe(0)
    expect(stats.counter(SHARED_DATA_OVERFLOW).value()).toBe(0)
  })

  test.each([
    ['values', 'key', 1000],
    ['keys', 'key'.repeat(300), 10],
  ])('without room for %s set says 10 and counts, and the rest stays', (_, key, size) => {
    const stats = createStatsStore({ writers: 1 })
    const data = createSharedData(stats, { maxBytes: 49_152 })
    const results = Array.from({ length: 100 }, (_value, i) => data.set('vm', `${key}${i}`, Buffer.alloc(size, i), 0))
    const stored = results.indexOf(10)
    expect(stored).toBeGreaterThan(5)
    expect(stats.counter(SHARED_DATA_OVERFLOW).value()).toBe(100 - stored)
    expect(data.get('vm', `${key}3`)!.value).toEqual(new Uint8Array(Buffer.alloc(size, 3)))
    expect(data.get('vm', `${key}99`)).toBeNull()
  })

  test('what a vm_id has goes with it and makes room; other vm_ids keep theirs', () => {
    const stats = createStatsStore({ writers: 1 })
    const data = createSharedData(stats, { maxBytes: 256 * 1024 })
    data.set('vm', 'key', bytes('stays'), 0)
    data.set('v', 'mkey', bytes('stays too'), 0)
    for (let round = 0; round < 50; round++) {
      for (let i = 0; i < 100; i++) expect(data.set('gone', `${round}.${i}`, Buffer.alloc(500), 0)).toBe(0)
      data.deleteVmId('gone')
      expect(data.get('gone', `${round}.7`)).toBeNull()
    }
    expect([data.get('vm', 'key'), data.get('v', 'mkey')].map((found) => Buffer.from(found!.value).toString())).toEqual([
      'stays',
      'stays too',
    ])
  })
})

test('three threads lose no compare-and-set while keys and memory grow', async () => {
  const stats = createStatsStore({ writers: 4 })
  const data = createSharedData(stats)
  const queues = createSharedQueues(stats, setImmediate)
  data.set('vm', 'sum', bytes('0'), 0)
  const rounds = 3000
  const workers = [1, 2, 3].map((thread) => {
    const workerData: SharedTask = {
      stats: stats.handle,
      data: data.handle,
      queues: queues.handle,
      thread,
      task: 'increment',
      rounds,
    }
    return new Worker(new URL('./shared-worker.ts', import.meta.url), { workerData })
  })
  await Promise.all(workers.map((worker) => once(worker, 'exit')))
  expect(Buffer.from(data.get('vm', 'sum')!.value).toString()).toBe(String(3 * rounds))
  expect(attachSharedData(data.handle, 1, stats).get('vm', 'sum')!.cas).toBeGreaterThan(3 * rounds)
  for (const thread of [1, 2, 3]) {
    for (let key = 0; key < 7; key++) {
      const last = rounds - 1 - ((rounds - 1 - key) % 7)
      expect(data.get('vm', `${thread}.${key}`)!.value).toEqual(new Uint8Array(Buffer.alloc((last * 37) % 3000, thread)))
    }
  }
})
