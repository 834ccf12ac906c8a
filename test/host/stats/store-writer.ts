/** A worker of store.test.ts: defines and writes metrics as its `workerData` says, then answers with its view. */
import { parentPort, workerData } from 'node:worker_threads'
import { attachStatsStore, type StatsStoreHandle } from '../../../host/stats/store.ts'

export interface WriterTask {
  readonly handle: StatsStoreHandle
  readonly writer: number
  readonly rounds: number
  /** Metrics `name.0` … that every thread defines at the same time. */
  readonly names: number
}

const { handle, writer, rounds, names } = workerData as WriterTask
const store = attachStatsStore(handle, writer)
for (let round = 0; round < rounds; round++) {
  for (let name = 0; name < names; name++) {
    store.counter(`name.${name}`).add(1)
    store.gauge(`name.${name}`).add(writer % 2 === 0 ? -2 : 3)
    store.histogram(`name.${name}`).record(name)
  }
}
parentPort!.postMessage(store.snapshot().map(({ kind, name }) => `${kind} ${name}`))
