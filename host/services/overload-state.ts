/**
 * What all threads know of the load: the actions that are on, and how many client connections the process has. The main
 * thread writes the actions; a cell of shared memory each is read per request and per connection.
 */

/** Actions of the overload manager (source/server/overload_manager_impl.cc), by cell. */
export const OverloadAction = { StopAcceptingRequests: 0, DisableHttpKeepalive: 1, RejectIncomingConnections: 2 } as const
export type OverloadAction = (typeof OverloadAction)[keyof typeof OverloadAction]

const MAX_CONNECTIONS = 3
const CONNECTIONS = 4
/** From here on: the connections of each thread, so that those of a thread that has died can be given back. */
const OF_THREADS = 5

export class OverloadState {
  readonly buffer: SharedArrayBuffer
  readonly #cells: Int32Array
  readonly #own: number

  /** `buffer` is that of another thread's object, or absent to make it for `threads`. */
  constructor(threads = 1, thread = 0, buffer = new SharedArrayBuffer(4 * (OF_THREADS + threads))) {
    this.buffer = buffer
    this.#cells = new Int32Array(buffer)
    this.#own = OF_THREADS + thread
  }

  /** True while the action is on (hot). */
  isOn(action: OverloadAction): boolean {
    return this.#cells[action] === 1
  }

  set(action: OverloadAction, isOn: boolean): void {
    Atomics.store(this.#cells, action, isOn ? 1 : 0)
  }

  /** Most client connections of the process; 0 = any number. */
  limitConnections(most: number): void {
    Atomics.store(this.#cells, MAX_CONNECTIONS, most)
  }

  get connections(): number {
    return Atomics.load(this.#cells, CONNECTIONS)
  }

  /** Counts a connection of this thread; false when the process has as many as it may. */
  addConnection(): boolean {
    const most = this.#cells[MAX_CONNECTIONS]!
    const before = Atomics.add(this.#cells, CONNECTIONS, 1)
    Atomics.add(this.#cells, this.#own, 1)
    if (most === 0 || before < most) return true
    this.removeConnection()
    return false
  }

  removeConnection(): void {
    Atomics.sub(this.#cells, CONNECTIONS, 1)
    Atomics.sub(this.#cells, this.#own, 1)
  }

  /** A thread has died: its connections are gone. */
  releaseThread(thread: number): void {
    const left = Atomics.exchange(this.#cells, OF_THREADS + thread, 0)
    Atomics.sub(this.#cells, CONNECTIONS, left)
  }
}
