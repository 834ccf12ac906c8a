/**
 * A worker for the supervisor's tests: answers every call, and dies or hangs when told to. The first byte of its configuration
 * is a number; its only cluster has that number as name.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import type { FromWorker, ToWorker } from '../../../host/workers/messages.ts'
import { Heartbeats } from '../../../host/workers/heartbeat.ts'

const { thread, beats, fate } = workerData as { thread: number; beats: SharedArrayBuffer; fate: string }

new Heartbeats(1, beats).beat(thread - 1)
let prepared = 0
let current = 0
let isPreparing = false
parentPort!.on('message', async ({ id, call, request }: ToWorker) => {
  if (call === 'discard' && isPreparing) throw new Error('discarded too early')
  if (call === 'prepare' && fate === `prepare ${request.bootstrap[0]} slowly`) {
    isPreparing = true
    await sleep(200)
    isPreparing = false
  }
  if (call === 'prepare' && (fate === 'refuse' || fate === `refuse ${request.bootstrap[0]}`)) {
    const faults = [{ code: 'SLUICE_WASM_START', message: 'refused', detail: { path: 'p' } }] as const
    return parentPort!.postMessage({ id, result: null, faults } satisfies FromWorker)
  }
  if (call === 'prepare') prepared = request.bootstrap[0]!
  if (call === 'commit') current = prepared
  if (call === 'clusters' && fate === 'throw') throw new Error('scripted end')
  if (call === 'clusters' && fate === 'hang') for (;;);
  parentPort!.postMessage({ id, result: answerTo({ id, call, request } as ToWorker), faults: null } satisfies FromWorker)
  if (call === 'stop') parentPort!.close()
})

function answerTo({ call, request }: ToWorker): unknown {
  if (call === 'listen') return request
  return call === 'clusters' ? [{ name: String(current), endpoints: [] }] : null
}
