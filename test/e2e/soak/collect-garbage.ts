/**
 * Imported before a host: at SIGUSR2 every thread collects its garbage, and the process says on standard error how many bytes all heaps
 * hold then.
 */
import { BroadcastChannel, isMainThread } from 'node:worker_threads'
import { collectGarbage } from '../../support/garbage.ts'

interface Message {
  readonly kind: 'collect' | 'holds'
  readonly bytes: number
}

const channel = new BroadcastChannel('collect-garbage')
channel.unref()
if (isMainThread) process.on('SIGUSR2', () => channel.postMessage({ kind: 'collect', bytes: 0 } satisfies Message))

channel.onmessage = ({ data }: { data: unknown }) => {
  const { kind, bytes } = data as Message // nobody else speaks here
  if (kind === 'collect') channel.postMessage({ kind: 'holds', bytes: heldBytes() } satisfies Message)
  else if (isMainThread) process.stderr.write(`holds ${bytes + heldBytes()} bytes\n`)
}

function heldBytes(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
