/** One tap over several workers: what each of them finds comes in one sequence. */
import { once } from 'node:events'
import type { TapRequest } from '../tap/tap-session.ts'
import type { WorkerThread } from './worker-thread.ts'

/** What a worker answers; `trace` null = it has no more. */
interface Answer {
  readonly thread: WorkerThread
  readonly trace: string | null
}

export class ThreadsTap {
  readonly #threads: readonly WorkerThread[]
  readonly #request: TapRequest

  private constructor(threads: readonly WorkerThread[], request: TapRequest) {
    this.#threads = threads
    this.#request = request
  }

  /** Resolves when all of the workers follow their streams; `traces` has to be called then. */
  static async open(threads: readonly WorkerThread[], request: TapRequest): Promise<ThreadsTap> {
    await Promise.all(threads.map((thread) => thread.call('openTap', request).catch(() => null)))
    return new ThreadsTap(threads, request)
  }

  /** Streams as they end, as lines of JSON; ends with their number, with the signal, and when no worker is left. */
  async *traces(signal: AbortSignal): AsyncGenerator<string, void> {
    const ended = signal.aborted ? Promise.resolve(null) : once(signal, 'abort').then(() => null)
    const waiting = new Map(this.#threads.map((thread) => [thread, next(thread)]))
    try {
      for (let found = 0; found < this.#request.count && waiting.size > 0;) {
        const answer = await Promise.race([ended, ...waiting.values()])
        if (answer === null) return
        const { thread, trace } = answer
        if (trace === null) waiting.delete(thread)
        else waiting.set(thread, next(thread))
        if (trace === null) continue
        found++
        yield trace
      }
    } finally {
      await Promise.all(this.#threads.map((thread) => thread.call('closeTap', null).catch(() => null)))
    }
  }
}

async function next(thread: WorkerThread): Promise<Answer> {
  const trace = await thread.call('nextTrace', null).catch(() => null)
  return { thread, trace }
}
