/** Threads for vitest's watch mode: that of the next run has loaded the harness before anything changes. Each serves one run. */
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { PoolOptions, PoolRunnerInitializer, PoolWorker, WorkerRequest } from 'vitest/node'
import type { PreparedThreadData } from './prepared-thread.ts'

const NAME = 'prepared threads'
const PROGRAM = new URL(`prepared-thread${import.meta.filename.slice(-3)}`, import.meta.url)

/** A pool as vitest's option `pool` takes it; the URL is that of the harness. */
export function preparedThreads(harness: string): PoolRunnerInitializer {
  const prepared = new Set<PreparedThread>()
  return { name: NAME, createPoolWorker: (options) => new Thread(options, prepared, harness) }
}

type Listener = Parameters<PoolWorker['on']>[1]

/** A thread that waits, and the options that it was started with. */
interface PreparedThread {
  readonly thread: Worker
  readonly options: PoolOptions
}

class Thread implements PoolWorker {
  readonly name = NAME
  readonly #options: PoolOptions
  readonly #prepared: Set<PreparedThread>
  readonly #harness: string
  #thread!: Worker

  constructor(options: PoolOptions, prepared: Set<PreparedThread>, harness: string) {
    this.#options = options
    this.#prepared = prepared
    this.#harness = harness
  }

  /** vitest calls the others after this. */
  start(): Promise<void> {
    this.#thread = this.#takePrepared() ?? this.#startThread()
    this.#thread.ref()
    return Promise.resolve()
  }

  /** As many wait as have run. */
  async stop(): Promise<void> {
    await this.#thread.terminate()
    this.#prepare()
  }

  on(event: string, listener: Listener): void {
    this.#thread.on(event, listener)
  }

  off(event: string, listener: Listener): void {
    this.#thread.off(event, listener)
  }

  send(message: WorkerRequest): void {
    this.#thread.postMessage(message)
  }

  deserialize(data: unknown): unknown {
    return data
  }

  /** Null = there is none for the project as it is configured now. */
  #takePrepared(): Worker | null {
    for (const one of this.#prepared) {
      this.#prepared.delete(one)
      if (one.options.project === this.#options.project) return one.thread
      void one.thread.terminate()
    }
    return null
  }

  #prepare(): void {
    const thread = this.#startThread()
    const one = { thread, options: this.#options }
    this.#prepared.add(one)
    thread.unref()
    thread.once('exit', () => this.#prepared.delete(one))
    // Whatever stops it from loading stops that of the next run, too, which vitest tells.
    thread.on('error', () => {})
  }

  #startThread(): Worker {
    const { env, execArgv, distPath } = this.#options
    const workerData: PreparedThreadData = { runtime: join(distPath, 'worker.js'), harness: this.#harness }
    return new Worker(PROGRAM, { env, execArgv, workerData })
  }
}
