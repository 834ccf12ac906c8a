/** What a worker thread runs: answers the main thread's calls with its data plane. */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import type { NodeConfig } from '../config/types.ts'
import { createPinoSink, type LogRecord, type LogSink, type PinoSinkOptions } from '../services/log-sink.ts'
import { assert } from '../util/assert.ts'
import { DataPlane } from './data-plane.ts'
import { ReceivedSecrets } from './received-secrets.ts'
import { toWire, type FromWorker, type ToWorker } from './messages.ts'
import { restoreConfiguration } from './thread-config.ts'
import { attachThreadState, type ThreadHandles, type ThreadPorts } from './thread-state.ts'

/** What a worker gets from the main thread. */
export interface WorkerInput {
  /** From 1. */
  readonly thread: number
  readonly node: NodeConfig
  readonly state: ThreadHandles
  readonly ports: ThreadPorts
  /** Null = log records go to the main thread. */
  readonly log: PinoSinkOptions | null
  /** Milliseconds. */
  readonly fileFlushInterval: number
}

assert(parentPort !== null, 'this module runs in a worker thread')
serve(parentPort, workerData as WorkerInput)

function serve(port: MessagePort, input: WorkerInput): void {
  const state = attachThreadState(input.state, input.ports, input.thread, makeSink(port, input.log))
  const stopBeating = state.heartbeats.beat(input.thread - 1)
  const plane = new DataPlane(input.node, state, input.fileFlushInterval)
  const secrets = new ReceivedSecrets()
  port.on('message', async (message: ToWorker) => {
    port.postMessage(await answer(plane, secrets, message))
    if (message.call !== 'stop') return
    stopBeating()
    port.close()
  })
}

async function answer(plane: DataPlane, secrets: ReceivedSecrets, message: ToWorker): Promise<FromWorker> {
  try {
    return { id: message.id, result: await perform(plane, secrets, message), faults: null }
  } catch (error) {
    return { id: message.id, result: null, faults: toWire(error) }
  }
}

async function perform(plane: DataPlane, secrets: ReceivedSecrets, message: ToWorker): Promise<unknown> {
  if (message.call === 'secrets') return plane.setSecrets(secrets.take(message.request))
  if (message.call === 'prepare') return plane.prepare(restoreConfiguration(message.request))
  if (message.call === 'listen') return plane.listen(message.request)
  if (message.call === 'commit') return plane.commit()
  if (message.call === 'discard') return plane.discard()
  if (message.call === 'drain') return plane.drain(false)
  if (message.call === 'drainListeners') return plane.drain(message.request.isInboundOnly)
  if (message.call === 'reopenLogs') return plane.reopenLogs()
  if (message.call === 'clusters') return plane.clusterStatuses()
  if (message.call === 'openTap') return plane.openTap(message.request)
  if (message.call === 'nextTrace') return plane.nextTrace()
  if (message.call === 'closeTap') return plane.closeTap()
  return plane.stop()
}

function makeSink(port: MessagePort, options: PinoSinkOptions | null): LogSink {
  if (options !== null) return createPinoSink(options)
  return (record: LogRecord) => port.postMessage({ id: 0, result: record, faults: null } satisfies FromWorker)
}
