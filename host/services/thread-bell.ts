/** How a thread tells another one that something waits for it: with a number that says what. */
import { BroadcastChannel } from 'node:worker_threads'

export interface ThreadBell {
  /** Tells a thread, never at once; nobody hears it while that thread does not listen. */
  ring(thread: number, id: number): void
  /** This thread is told from now on; harmless when repeated. */
  listen(onRing: (id: number) => void): void
  /** This thread is told of nothing any more and rings no other. */
  stop(): void
}

/** The bell of threads that share a name; keeps no thread alive. */
export class BroadcastBell implements ThreadBell {
  readonly #name: string
  readonly #thread: number
  readonly #channels = new Map<number, BroadcastChannel>()
  /** Opened by the first `listen`. */
  #inbox: BroadcastChannel | null = null

  constructor(name: string, thread: number) {
    this.#name = name
    this.#thread = thread
  }

  ring(thread: number, id: number): void {
    let channel = this.#channels.get(thread)
    if (channel === undefined) this.#channels.set(thread, (channel = this.#open(thread)))
    channel.postMessage(id)
  }

  listen(onRing: (id: number) => void): void {
    if (this.#inbox !== null) return
    this.#inbox = this.#open(this.#thread)
    this.#inbox.onmessage = (event) => onRing(event.data as number)
  }

  stop(): void {
    this.#inbox?.close()
    this.#inbox = null
    for (const channel of this.#channels.values()) channel.close()
    this.#channels.clear()
  }

  #open(thread: number): BroadcastChannel {
    const channel = new BroadcastChannel(this.#name + thread)
    channel.unref()
    return channel
  }
}
