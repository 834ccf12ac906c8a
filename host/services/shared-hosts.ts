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
export const HostFlag = {
  /** Health checks find it well; not set = unhealthy, or not yet checked. */
  CheckPassed: 1,
  /** Outlier detection has taken it out. */
  Ejected: 2,
  /** A health check has an outcome. */
  Checked: 4,
  /** Health checks find it well, but to be used last. */
  CheckDegraded: 8,
  /** The last of the failed health checks had no answer in time. */
  CheckTimedOut: 16,
  /** It has asked to be left out, and no health check was passed since. */
  LeftOut: 32,
} as const

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

/** One endpoint as all threads see it, for one user in this thread. */
export class SharedHost {
  readonly number: number
  readonly #words: Int32Array
  readonly #at: number
  readonly #hosts: SharedHosts
  /** Told when the flags have changed, here or in another thread, and when somebody has sent an event. */
  onFlags: () => void = () => {}
  onEvent: (event: number) => void = () => {}

  constructor(words: Int32Array, number: number, hosts: SharedHosts) {
    this.#words = words
    this.number = number
    this.#at = number * WORDS
    this.#hosts = hosts
  }

  /** {@link HostFlag} bits. */
  get flags(): number {
    return Atomics.load(this.#words, this.#at)
  }

  hasFlag(flag: number): boolean {
    return (this.flags & flag) !== 0
  }

  /** Clears flags, sets others, and tells everybody, if that changes any. */
  change(set: number, clear: number): void {
    for (;;) {
      const before = this.flags
      const after = (before & ~clear) | set
      if (before === after) return
      if (Atomics.compareExchange(this.#words, this.#at, before, after) === before) return this.#hosts.tell(this.number, 0)
    }
  }

  /** Tells everybody of an event, a number above 0; of several users in a thread the last one. */
  sendEvent(event: number): void {
    this.#hosts.tell(this.number, event)
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
  /** By number; the last user comes last. */
  readonly #hosts = new Map<number, SharedHost[]>()
  readonly #channel: BroadcastChannel

  constructor(handle: SharedHostsHandle, thread: number) {
    this.handle = handle
    this.#names = new NameTable(handle.names, thread)
    this.#words = new Int32Array(handle.cells)
    this.#channel = new BroadcastChannel(handle.channel)
    this.#channel.unref()
    this.#channel.onmessage = (event) => this.#onMessage(event.data as Message)
  }

  /** An endpoint of a cluster by its address, until `release`; null when the process has had too many. */
  host(cluster: string, address: string): SharedHost | null {
    const number = this.#names.findOrAdd(`${cluster}\0${address}`, () => this.#reserve())
    if (number === null) return null
    const host = new SharedHost(this.#words, number, this)
    this.#hosts.set(number, [...(this.#hosts.get(number) ?? []), host])
    return host
  }

  /** The user hears no more. */
  release(host: SharedHost): void {
    const left = (this.#hosts.get(host.number) ?? []).filter((one) => one !== host)
    if (left.length > 0) this.#hosts.set(host.number, left)
    else this.#hosts.delete(host.number)
  }

  /** For {@link SharedHost}: tells all threads of changed flags (0) or an event. */
  tell(host: number, event: number): void {
    this.#onMessage({ host, event })
    this.#channel.postMessage({ host, event })
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
    const hosts = this.#hosts.get(number) ?? []
    if (event !== 0) hosts.at(-1)?.onEvent(event)
    else for (const host of hosts) host.onFlags()
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
