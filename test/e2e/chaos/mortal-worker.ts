/** Imported before a host: SIGUSR2 kills its first living worker, by an error that nobody catches. */
import { BroadcastChannel, isMainThread, threadName } from 'node:worker_threads'

const channel = new BroadcastChannel('mortal-worker')
channel.unref()
if (isMainThread) process.on('SIGUSR2', () => channel.postMessage('worker 1'))
else {
  channel.onmessage = ({ data }: { data: unknown }) => {
    if (data === threadName) throw new Error('killed by the test')
  }
}
