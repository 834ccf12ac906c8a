/**
 * Signs of life in shared memory: a worker counts up its cell from its event loop, the main thread watches. A worker
 * that is stuck in code cannot answer messages, but its cell stands still.
 */

/** Milliseconds between two beats. */
const PERIOD = 250

export class Heartbeats {
  readonly buffer: SharedArrayBuffer
  readonly #cells: Int32Array

  /** One cell per worker; `buffer` is that of another thread's object, or absent to make it. */
  constructor(workers: number, buffer: SharedArrayBuffer = new SharedArrayBuffer(workers * 4)) {
    this.buffer = buffer
    this.#cells = new Int32Array(buffer)
  }

  /** Beats from this thread until the returned function is called. */
  beat(worker: number): () => void {
    const timer = setInterval(() => Atomics.add(this.#cells, worker, 1), PERIOD)
    timer.unref()
    return () => clearInterval(timer)
  }

  /** The count of a worker; it wraps. */
  read(worker: number): number {
    return Atomics.load(this.#cells, worker)
  }
}

/** Tells whether a worker still lives: asked again and again with the time. */
export class Pulse {
  readonly #heartbeats: Heartbeats
  readonly #worker: number
  readonly #limit: number
  #last: number
  #since: number

  /** `limit` in milliseconds without a beat. */
  constructor(heartbeats: Heartbeats, worker: number, limit: number, now: number) {
    this.#heartbeats = heartbeats
    this.#worker = worker
    this.#limit = limit
    this.#last = heartbeats.read(worker)
    this.#since = now
  }

  isLost(now: number): boolean {
    const count = this.#heartbeats.read(this.#worker)
    if (count !== this.#last) {
      this.#last = count
      this.#since = now
    }
    return now - this.#since > this.#limit
  }
}
