import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { attachStatsStore, createStatsStore, OVERFLOW_COUNTER, type StatsStore } from '../../../host/stats/store.ts'
import type { WriterTask } from './store-writer.ts'

const WRITER = new URL('./store-writer.ts', import.meta.url)

async function runWriters(store: StatsStore, tasks: { writer: number; rounds: number; names: number }[]): Promise<string[][]> {
  const workers = tasks.map((task) => {
    const workerData: WriterTask = { handle: store.handle, ...task }
    return new Worker(WRITER, { workerData })
  })
  return Promise.all(
    workers.map(async (worker) => {
      const [seen] = (await once(worker, 'message')) as [string[]]
      await worker.terminate()
      return seen
    }),
  )
}

describe('one thread', () => {
  test('a dead thread takes what it added to gauges with it, and only that', () => {
    const store = createStatsStore({ writers: 3 })
    const first = attachStatsStore(store.handle, 1)
    const second = attachStatsStore(store.handle, 2)
    first.gauge('rq_active').add(3)
    first.gauge('rq_active').add(-1)
    second.gauge('rq_active').add(5)
    store.releaseWriter(1)
    expect(store.gauge('rq_active').value()).toBe(5)
    store.releaseWriter(1)
    expect(store.gauge('rq_active').value()).toBe(5)
  })

  test('gauge carries between its two words in both directions', () => {
    const gauge = createStatsStore({ writers: 1 }).gauge('g')
    const steps: readonly (readonly [number, number])[] = [
      [0x7fffffff, 0x7fffffff],
      [0x7fffffff, 0xfffffffe],
      [3, 0x100000001],
      [-2, 0xffffffff],
      [-0x7fffffff, 0x80000000],
      [2 ** 40, 2 ** 40 + 0x80000000],
      [-(2 ** 41), 0x80000000 - 2 ** 40],
    ]
    for (const [delta, value] of steps) {
      gauge.add(delta)
      expect(gauge.value()).toBe(value)
    }
  })

  test('counter, gauge and histogram of one name are three metrics', () => {
    const store = createStatsStore({ writers: 1 })
    store.counter('a').add(2)
    store.gauge('a').set(7)
    store.histogram('a').record(3)
    expect(store.snapshot()).toMatchObject([
      { kind: 'counter', name: OVERFLOW_COUNTER, value: 0, isUsed: false },
      { kind: 'counter', name: 'a', value: 2, isUsed: true },
      { kind: 'gauge', name: 'a', value: 7n, isUsed: true },
      { kind: 'histogram', name: 'a', count: 1, sum: 3, isUsed: true },
    ])
  })

  test.each(['', 'plain', 'tag=.=a;.;', 'caf\u00c3\u00a9', '\u20ac \ud800 \0', 'x'.repeat(70_000)])(
    'a name %j comes back as it was',
    (name) => {
      const store = createStatsStore({ writers: 2 })
      store.counter(name).add(1)
      const other = attachStatsStore(store.handle, 1)
      other.counter(name).add(2)
      expect(store.snapshot().filter((metric) => metric.name === name)).toMatchObject([{ kind: 'counter', value: 3 }])
    },
  )

  test.each([
    { name: 'unused', write: () => {}, isUsed: false, value: 0, unsigned: 0n },
    { name: 'set to zero', write: (store: StatsStore) => store.gauge('g').set(0), isUsed: true, value: 0, unsigned: 0n },
    {
      name: 'below zero',
      write: (store: StatsStore) => store.gauge('g').add(-11),
      isUsed: true,
      value: -11,
      unsigned: 18446744073709551605n,
    },
    {
      name: 'large',
      write: (store: StatsStore) => store.gauge('g').set(2 ** 53),
      isUsed: true,
      value: 2 ** 53,
      unsigned: 2n ** 53n,
    },
    { name: 'fraction', write: (store: StatsStore) => store.gauge('g').add(1.9), isUsed: true, value: 1, unsigned: 1n },
  ])('gauge $name reads $value and prints $unsigned', ({ write, isUsed, value, unsigned }) => {
    const store = createStatsStore({ writers: 1 })
    const gauge = store.gauge('g')
    write(store)
    expect([gauge.value(), gauge.unsigned(), gauge.isUsed()]).toEqual([value, unsigned, isUsed])
  })

  test('under rejectAll metrics count but are not shown', () => {
    const store = createStatsStore({ writers: 2, rejectAll: true })
    attachStatsStore(store.handle, 1).counter('c').add(2)
    expect([store.counter('c').value(), store.snapshot()]).toEqual([2, []])
  })

  test('resetCounters starts counters again and leaves gauges and histograms', () => {
    const store = createStatsStore({ writers: 2 })
    const worker = attachStatsStore(store.handle, 1)
    worker.counter('c').add(5)
    store.gauge('g').set(5)
    store.histogram('h').record(5)
    store.resetCounters()
    expect([store.counter('c').value(), worker.counter('c').value()]).toEqual([0, 0])
    worker.counter('c').add(2)
    store.counter('c').add(1)
    expect([store.counter('c').value(), store.gauge('g').value(), store.histogram('h').sum()]).toEqual([3, 5, 5])
  })

  test.each([
    { limit: 'cells', options: { writers: 2, maxCells: 1 } },
    { limit: 'names', options: { writers: 2, maxNameBytes: 9000 } },
  ])('a store without room for more $limit counts what it refuses and goes on', ({ options }) => {
    const store = createStatsStore(options)
    store.counter('first').add(1)
    for (let i = 0; i < 600; i++) {
      store.counter(`c${i}`).add(1)
      store.gauge(`g${i}`).add(1)
      store.histogram(`h${i}`).record(1)
    }
    const defined = store.snapshot().length
    expect(store.counter(OVERFLOW_COUNTER).value()).toBe(1802 - defined)
    expect(store.counter('first').value()).toBe(1)
    const worker = attachStatsStore(store.handle, 1)
    worker.counter('late').add(1)
    expect(store.counter(OVERFLOW_COUNTER).value()).toBe(1803 - defined)
  })
})

describe('threads', () => {
  test('sums are exact and names are one metric each while four threads define and write 300 names', async () => {
    const store = createStatsStore({ writers: 5 })
    const names = 300
    const rounds = 40
    const seen = await runWriters(
      store,
      [1, 2, 3, 4].map((writer) => ({ writer, rounds, names })),
    )
    const mine = store.snapshot().map(({ kind, name }) => `${kind} ${name}`)
    expect(new Set(mine).size).toBe(1 + 3 * names)
    expect(mine.length).toBe(1 + 3 * names)
    for (const list of seen) expect(mine.slice(0, list.length)).toEqual(list)
    for (let name = 0; name < names; name++) {
      expect(store.counter(`name.${name}`).value()).toBe(4 * rounds)
      expect(store.gauge(`name.${name}`).value()).toBe(2 * rounds)
      expect(store.histogram(`name.${name}`).sum()).toBe(4 * rounds * name)
    }
  })

  test('a contended gauge loses no addition', async () => {
    const store = createStatsStore({ writers: 3 })
    const rounds = 300_000
    await runWriters(
      store,
      [1, 2].map((writer) => ({ writer, rounds, names: 1 })),
    )
    expect(store.gauge('name.0').value()).toBe(rounds)
    expect(store.counter('name.0').value()).toBe(2 * rounds)
  })

  test('a writer that follows another under one number goes on counting', async () => {
    const store = createStatsStore({ writers: 2 })
    await runWriters(store, [{ writer: 1, rounds: 3, names: 2 }])
    store.releaseWriter(1)
    await runWriters(store, [{ writer: 1, rounds: 4, names: 2 }])
    expect(store.counter('name.1').value()).toBe(7)
  })
})
