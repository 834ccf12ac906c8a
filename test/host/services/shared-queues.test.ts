import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { createSharedData } from '../../../host/services/shared-data.ts'
import { attachSharedQueues, createSharedQueues, SHARED_QUEUE_OVERFLOW } from '../../../host/services/shared-queues.ts'
import type { QueueOwner } from '../../../host/hostcalls/services.ts'
import { createStatsStore } from '../../../host/stats/store.ts'
import type { SharedTask } from './shared-worker.ts'

const bytes = (text: string) => Buffer.from(text)
const ignore = (): void => {}
const nobody: QueueOwner = { onQueueReady: ignore }

function setup(options = {}) {
  const stats = createStatsStore({ writers: 5 })
  const tasks: (() => void)[] = []
  const queues = createSharedQueues(stats, (task) => tasks.push(task), options)
  const runTasks = () => tasks.splice(0).forEach((task) => task())
  return { stats, queues, runTasks }
}

describe('one thread', () => {
  test('ids start at 1 and stay with (vm_id, name)', () => {
    const { queues } = setup()
    expect(queues.register('a', 'q', nobody)).toBe(1)
    expect(queues.register('ab', '', nobody)).toBe(2)
    expect(queues.register('', 'ab', nobody)).toBe(3)
    expect(queues.register('a', 'q', nobody)).toBe(1)
    expect([queues.resolve('ab', ''), queues.resolve('', 'ab'), queues.resolve('a', 'b')]).toEqual([2, 3, null])
  })

  test('items come out in order, empty ones too; unknown ids are told apart from empty queues', () => {
    const { queues } = setup()
    const id = queues.register('vm', 'q', nobody)
    const items = ['one', '', 'x'.repeat(100_000)]
    for (const item of items) expect(queues.enqueue(id, bytes(item))).toBe(0)
    for (const item of items) expect(Buffer.from(queues.dequeue(id) as Uint8Array).toString()).toBe(item)
    expect([queues.dequeue(id), queues.dequeue(2), queues.dequeue(0), queues.enqueue(2, bytes('x'))]).toEqual([
      'empty',
      null,
      null,
      1,
    ])
  })

  test('the callback runs once per item, later, and again for items that it adds', () => {
    const { queues, runTasks } = setup()
    const told: number[] = []
    let isFirst = true
    const onQueueReady = (queue: number): void => {
      told.push(queue)
      if (isFirst) queues.enqueue(queue, bytes('again'))
      isFirst = false
    }
    const id = queues.register('vm', 'q', { onQueueReady })
    queues.enqueue(id, bytes('1'))
    queues.enqueue(id, bytes('2'))
    expect(told).toEqual([])
    runTasks()
    expect(told).toEqual([1, 1])
    runTasks()
    expect(told).toEqual([1, 1, 1])
    runTasks()
    expect(told).toHaveLength(3)
  })

  test('the last registration is told; items that nobody was told of count', () => {
    const { queues, runTasks } = setup()
    const told: string[] = []
    const id = queues.register('vm', 'q', { onQueueReady: () => void told.push('first') })
    queues.enqueue(id, bytes('1'))
    queues.register('vm', 'q', { onQueueReady: () => void told.push('second') })
    queues.enqueue(id, bytes('2'))
    runTasks()
    expect(told).toEqual(['second', 'second'])
    expect(queues.dequeue(id)).toEqual(new Uint8Array(bytes('1')))
  })

  test('without room enqueue says 10 and counts; a taken item makes room', () => {
    const { stats, queues } = setup({ maxBytes: 49_152 })
    const id = queues.register('vm', 'q', nobody)
    let stored = 0
    while (queues.enqueue(id, Buffer.alloc(900)) === 0) stored++
    expect(stored).toBeGreaterThan(10)
    expect(stats.counter(SHARED_QUEUE_OVERFLOW).value()).toBe(1)
    queues.dequeue(id)
    expect(queues.enqueue(id, Buffer.alloc(900))).toBe(0)
  })

  test('without room for names register gives 0 and counts', () => {
    const { stats, queues } = setup({ maxBytes: 34_000 })
    expect(queues.register('vm', 'q', nobody)).toBe(1)
    expect(queues.register('vm', 'q'.repeat(2000), nobody)).toBe(0)
    expect(stats.counter(SHARED_QUEUE_OVERFLOW).value()).toBe(1)
    expect(queues.resolve('vm', 'q'.repeat(2000))).toBeNull()
  })

  test('what a vm_id has goes with it and makes room; numbers are not used again', () => {
    const { queues, runTasks } = setup({ maxBytes: 256 * 1024 })
    const told: number[] = []
    const owner = { onQueueReady: (id: number): void => void told.push(id) }
    const other = queues.register('v', 'mq', owner)
    for (let round = 0; round < 50; round++) {
      const id = queues.register('vm', 'q', owner)
      expect(id).toBe(round + 2)
      for (let i = 0; i < 40; i++) expect(queues.enqueue(id, Buffer.alloc(1000))).toBe(0)
      queues.deleteVmId('vm')
      expect([queues.enqueue(id, bytes('x')), queues.dequeue(id), queues.resolve('vm', 'q')]).toEqual([1, null, null])
    }
    queues.enqueue(other, bytes('x'))
    runTasks()
    expect(told).toEqual([other])
  })

  test('an owner that was forgotten is told of nothing', () => {
    const { queues, runTasks } = setup()
    let told = 0
    const owner = { onQueueReady: (): void => void told++ }
    const id = queues.register('vm', 'q', owner)
    queues.enqueue(id, bytes('x'))
    queues.forget(owner)
    runTasks()
    expect(told).toBe(0)
    queues.register('vm', 'q', owner)
    runTasks()
    expect(told).toBe(1)
  })

  test('a thread under the number of one that ended is told of what that one was not', async () => {
    const { stats, queues } = setup()
    const dead = attachSharedQueues(queues.handle, 1, stats, ignore)
    const id = dead.register('vm', 'q', nobody)
    dead.stop()
    queues.enqueue(id, bytes('lost'))
    queues.enqueue(id, bytes('message'))
    queues.releaseThread(1)
    let told = 0
    await new Promise<void>((resolve) => {
      const onQueueReady = (): void => {
        if (++told === 2) resolve()
      }
      attachSharedQueues(queues.handle, 1, stats, setImmediate).register('vm', 'q', { onQueueReady })
    })
    expect(told).toBe(2)
  })
})

test('items of three threads reach the thread that registered last, each with one notification', async () => {
  const { stats, queues } = setup()
  const data = createSharedData(stats)
  queues.register('vm', 'queue', { onQueueReady: () => expect.unreachable('main is not the last to register') })
  const rounds = 2000
  const start = (thread: number, task: SharedTask['task'], taskRounds: number) => {
    const workerData: SharedTask = {
      stats: stats.handle,
      data: data.handle,
      queues: queues.handle,
      thread,
      task,
      rounds: taskRounds,
    }
    return new Worker(new URL('./shared-worker.ts', import.meta.url), { workerData })
  }
  const consumer = start(4, 'consume', 3 * rounds)
  await once(consumer, 'message')
  const answer = once(consumer, 'message')
  const producers = [1, 2, 3].map((thread) => start(thread, 'produce', rounds))
  const [{ items, told }] = (await answer) as [{ items: string[]; told: number }]
  expect(told).toBe(3 * rounds)
  expect(items).toHaveLength(3 * rounds)
  for (const thread of [1, 2, 3]) {
    expect(items.filter((item) => item.startsWith(`${thread}.`))).toEqual(
      Array.from({ length: rounds }, (_, i) => `${thread}.${i}`),
    )
  }
  await Promise.all([...producers, consumer].map((worker) => worker.terminate()))
})
