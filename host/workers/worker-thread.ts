/** A worker as the main thread sees it: calls with answers, and the news that the thread has ended. */
import { Worker, type MessagePort } from 'node:worker_threads'
import type { LogRecord } from '../services/log-sink.ts'
import { fromWire, type FromWorker, type WorkerCall, type WorkerCalls } from './messages.ts'

/** What a thread starts with. */
export interface ThreadStart {
  readonly workerData: unknown
  /** Ports in it, which go over to the thread. */
  readonly transferList?: MessagePort[]
}

interface PendingCall {
  resolve(result: unknown): void
  reject(error: Error): void
}

export class WorkerThread {
  readonly #worker: Worker
  readonly #pending = new Map<number, PendingCall>()
  #lastId = 0
  #hasEnded = false
  /** Resolves with the cause (null = it ended by itself) when the thread is gone. */
  readonly ended: Promise<Error | null>

  /** `onLog` gets records of workers that do not write their log themselves. */
  constructor(entry: URL, name: string, start: ThreadStart, onLog: (record: LogRecord) => void) {
    this.#worker = new Worker(entry, { name, ...start, ...inheritedFlags() })
    this.#worker.on('message', (message: FromWorker) => {
      if (message.id === 0) onLog(message.result as LogRecord)
      else this.#onAnswer(message)
    })
    this.ended = new Promise((resolve) => {
      let cause: Error | null = null
      this.#worker.on('error', (error) => (cause = error instanceof Error ? error : new Error(String(error))))
      this.#worker.on('exit', () => resolve(this.#onExit(cause)))
    })
  }

  /** Rejects with the worker's error, or when the thread ends before it answers. */
  call<Call extends WorkerCall>(call: Call, request: WorkerCalls[Call]['request']): Promise<WorkerCalls[Call]['result']> {
    return new Promise((resolve, reject) => {
      if (this.#hasEnded) return reject(new Error('the worker has ended'))
      const id = ++this.#lastId
      // The answer's type follows from the call's name.
      this.#pending.set(id, { resolve: (result) => resolve(result as WorkerCalls[Call]['result']), reject })
      this.#worker.postMessage({ id, call, request })
    })
  }

  /** Ends the thread whatever it does. */
  async terminate(): Promise<void> {
    await this.#worker.terminate()
  }

  #onAnswer({ id, result, faults }: FromWorker): void {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    if (faults === null) pending?.resolve(result)
    else pending?.reject(fromWire(faults))
  }

  #onExit(cause: Error | null): Error | null {
    this.#hasEnded = true
    for (const pending of this.#pending.values()) pending.reject(cause ?? new Error('the worker has ended'))
    this.#pending.clear()
    return cause
  }
}

/** `--input-type` is about the text of `node -e`; a worker that inherits it refuses its own module. */
function inheritedFlags(): { execArgv?: string[] } {
  const flags = process.execArgv.filter((flag) => !flag.startsWith('--input-type'))
  return flags.length === process.execArgv.length ? {} : { execArgv: flags }
}
