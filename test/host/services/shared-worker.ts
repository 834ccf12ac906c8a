/** A worker of the shared-data and shared-queues tests: does what `workerData.task` says and answers when asked. */
import { parentPort, workerData } from 'node:worker_threads'
import { attachSharedData, type SharedDataHandle } from '../../../host/services/shared-data.ts'
import { attachSharedQueues, type SharedQueuesHandle } from '../../../host/services/shared-queues.ts'
import { attachStatsStore, type StatsStoreHandle } from '../../../host/stats/store.ts'

export interface SharedTask {
  readonly stats: StatsStoreHandle
  readonly data: SharedDataHandle
  readonly queues: SharedQueuesHandle
  readonly thread: number
  readonly task: 'increment' | 'produce' | 'consume'
  readonly rounds: number
}

const { stats, data, queues, thread, task, rounds } = workerData as SharedTask
const store = attachStatsStore(stats, thread)
const port = parentPort!

if (task === 'increment') increment()
if (task === 'produce') produce()
if (task === 'consume') consume()

/** Adds 1 to a shared number by compare-and-set, and writes values of many sizes under keys of its own. */
function increment(): void {
  const shared = attachSharedData(data, thread, store)
  for (let round = 0; round < rounds; round++) {
    for (let isDone = false; !isDone;) {
      const seen = shared.get('vm', 'sum')!
      isDone = shared.set('vm', 'sum', Buffer.from(String(Number(Buffer.from(seen.value)) + 1)), seen.cas) === 0
    }
    shared.set('vm', `${thread}.${round % 7}`, Buffer.alloc((round * 37) % 3000, thread), 0)
  }
  port.postMessage('done')
}

function produce(): void {
  const shared = attachSharedQueues(queues, thread, store, setImmediate)
  const id = shared.resolve('vm', 'queue')!
  for (let round = 0; round < rounds; round++) shared.enqueue(id, Buffer.from(`${thread}.${round}`))
  port.postMessage('done')
}

/** Takes items until told to stop, then answers with them and with the number of notifications. */
function consume(): void {
  const shared = attachSharedQueues(queues, thread, store, setImmediate)
  const items: string[] = []
  let told = 0
  const onQueueReady = (id: number): void => {
    told++
    const item = shared.dequeue(id)
    if (item instanceof Uint8Array) items.push(Buffer.from(item).toString())
    if (told === rounds) {
      shared.stop()
      port.postMessage({ items, told })
      port.close()
    }
  }
  shared.register('vm', 'queue', { onQueueReady })
  port.on('message', () => {})
  port.postMessage('ready')
}
