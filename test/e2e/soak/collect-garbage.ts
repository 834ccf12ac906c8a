/**
 * Imported before a host: at SIGUSR2 every thread collects its garbage, and the process says on standard error how many bytes all heaps
 * hold then.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { BroadcastChannel, isMainThread } from 'node:worker_threads'

interface Message {
  readonly kind: 'collect' | 'holds'
  readonly bytes: number
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const channel = new BroadcastChannel('collect-garbage')
channel.unref()
if (isMainThread) process.on('SIGUSR2', () => channel.postMessage({ kind: 'collect', bytes: 0 } satisfies Message))

channel.onmessage = ({ data }: { data: unknown }) => {
  const { kind, bytes } = data as Message // nobody else speaks here
  if (kind === 'collect') channel.postMessage({ kind: 'holds', bytes: heldBytes() } satisfies Message)
  else if (isMainThread) process.stderr.write(`holds ${bytes + heldBytes()} bytes\n`)
}

/** The second time takes what finalizers of the first have freed. */
function heldBytes(): number {
  collect()
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
