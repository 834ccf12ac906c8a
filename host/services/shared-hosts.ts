/**
 * What the workers know together of the endpoints of clusters: health flags and counters of each one in shared memory.
 * Whoever changes a flag tells the others. An endpoint keeps its place when it goes: it may come again.
 */
import { randomUUID } from 'node:crypto'
import { BroadcastChannel } from 'node:worker_threads'
import { NameTable } from '../util/name-table.ts'

/** What another thread needs to attach; goes through `workerData`. */
export interface SharedHostsHandle {
  readonly names: SharedArrayBuffer
  readonly cells: SharedArrayBuffer
  readonly channel: string
}

/** Bits of a host's flags. */
export const HostFlag = { FailedActiveHealthCheck: 1, Ejected: 2 } as const

/** Words of a host: flags, then counters for whoever watches it. */
const WORDS = 8
export const COUNTERS = WORDS - 1
const MAX_HOSTS = 65_536
const NAME_BYTES = 16 * 1024 * 1024
/** The first host's words hold the number of hosts. */
const NEXT = 0

interface Message {
  readonly host: number
  /** 0 = its flags have changed; else a number for whoever watches hosts. */
  readonly event: number
}

/** One endpoint as all threads see it. */
export class SharedHost {
  readonly #words: Int32Array
  readonly #at: number
  readonly #send: (message: Message) => void
  readonly #number: number
  /** Told when the flags have changed, here or in another thread, and when another one has sent an event. */
  onFlags: () => void = () => {}
  onEvent: (event: number) => void = () => {}

  constructor(words: Int32Array, number: number, send: (message: Message) => void) {
    this.#words = words
    this.#number = number
    this.#at = number * WORDS
    this.#send = send
  }

  hasFlag(flag: number): boolean {
    return (Atomics.load(this.#words, this.#at) & flag) !== 0
  }

  /** Sets or clears a flag and tells the other threads, if it changes. */
  setFlag(flag: number, isSet: boolean): void {
    const words = this.#words
    const before = isSet ? Atomics.or(words, this.#at, flag) : Atomics.and(words, this.#at, ~flag)
    if (((before & flag) !== 0) === isSet) return
    this.onFlags()
    this.#send({ host: this.#number, event: 0 })
  }

  /** Tells the other threads of an event, a number above 0. */
  sendEvent(event: number): void {
    this.#send({ host: this.#number, event })
  }

  /** Adds one to a counter, 0 to {@link COUNTERS} - 1; the sum (hot). */
  count(counter: number): number {
    return Atomics.add(this.#words, this.#at + 1 + counter, 1) + 1
  }

  /** Sets a counter to 0; says what it was. Costs next to nothing when it is 0 (hot). */
  take(counter: number): number {
    const at = this.#at + 1 + counter
    return this.#words[at] === 0 ? 0 : Atomics.exchange(this.#words, at, 0)
  }
}

export class SharedHosts {
  readonly handle: SharedHostsHandle
  readonly #names: NameTable
  readonly #words: Int32Array
  readonly #hosts = new Map<number, SharedHost>()
  readonly #channel: BroadcastChannel

  constructor(handle: SharedHostsHandle, thread: number) {
    this.handle = handle
    this.#names = new NameTable(handle.names, thread)
    this.#words = new Int32Array(handle.cells)
    this.#channel = new BroadcastChannel(handle.channel)
    this.#channel.unref()
    this.#channel.onmessage = (event) => this.#onMessage(event.data as Message)
  }

  /** An endpoint of a cluster by its address; null when the process has had too many. */
  host(cluster: string, address: string): SharedHost | null {
    const number = this.#names.findOrAdd(`${cluster}\0${address}`, () => this.#reserve())
    if (number === null) return null
    let host = this.#hosts.get(number)
    if (host === undefined) {
      host = new SharedHost(this.#words, number, (message) => this.#channel.postMessage(message))
      this.#hosts.set(number, host)
    }
    return host
  }

  /** Nothing is told or heard any more. */
  stop(): void {
    this.#channel.close()
  }

  /** Frees the lock if `thread`, which has ended, held it. */
  releaseThread(thread: number): void {
    this.#names.breakLockOf(thread)
  }

  #reserve(): number | null {
    if (this.#words[NEXT]! >= MAX_HOSTS) return null
    return ++this.#words[NEXT]!
  }

  #onMessage({ host: number, event }: Message): void {
    const host = this.#hosts.get(number)
    if (host === undefined) return
    if (event === 0) host.onFlags()
    else host.onEvent(event)
  }
}

/** Makes the memory; reserved, used as hosts come. */
export function createSharedHosts(): SharedHosts {
  const handle = {
    names: NameTable.allocate(NAME_BYTES),
    cells: new SharedArrayBuffer(4 * WORDS * (MAX_HOSTS + 1)),
    channel: `sluice-hosts-${randomUUID()}`,
  }
  return new SharedHosts(handle, 0)
}
