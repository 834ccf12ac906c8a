import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { SpinLock } from '../../../host/util/spin-lock.ts'

const LOCK = new URL('../../../host/util/spin-lock.ts', import.meta.url).href

test('SpinLock makes a waiter wait, and the lock of an ended thread can be broken', async () => {
  const words = new Int32Array(new SharedArrayBuffer(8))
  const lock = new SpinLock(words, 0, 0)
  lock.acquire()
  const program = `const { parentPort, workerData } = require('node:worker_threads')
    import(workerData.url).then(({ SpinLock }) => {
      const lock = new SpinLock(workerData.words, 0, 1)
      parentPort.postMessage('waits')
      lock.acquire()
      Atomics.store(workerData.words, 1, 1)
      parentPort.postMessage('owns')
    })`
  const worker = new Worker(program, { eval: true, workerData: { url: LOCK, words } })
  await once(worker, 'message')
  Atomics.wait(words, 1, 0, 20) // longer than the waiter spins
  expect(Atomics.load(words, 1)).toBe(0)
  lock.release()
  await once(worker, 'message')
  expect(Atomics.load(words, 1)).toBe(1)
  await worker.terminate()
  lock.breakFor(2)
  expect(words[0]).toBe(2)
  lock.breakFor(1)
  lock.acquire()
  expect(words[0]).toBe(1)
})
