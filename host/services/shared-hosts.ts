/**
 * What the workers know together of the endpoints of clusters: health flags and counters of each one in shared memory.
 * Whoever changes a flag tells the others. An endpoint that no thread has any more is forgotten.
 */
import { randomUUID } from 'node:crypto'
import { BroadcastChannel } from 'node:worker_threads'
import { HostPlaces, MAX_PLACES, type HostPlacesHandle } from './host-places.ts'

/** What another thread needs to attach; goes through `workerData`. */
export interface SharedHostsHandle {
  readonly places: HostPlacesHandle
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

/** Words of a host: flags, counters for whoever watches it, who has checked it, how often its place was taken. */
export const COUNTERS = 7
const CHECKED_BY = 1 + COUNTERS
const USE = CHECKED_BY + 1
const WORDS = 16

interface Message {
  readonly host: number
  /** Of the place: what was sent of a host that had it before is nobody's. */
  readonly use: number
  /** 0 = its flags have changed; else a number for whoever watches hosts. */
  readonly event: number
}

/** One endpoint as all threads see it, for one user in this thread. */
export class SharedHost {
  readonly number: number
  #words: Int32Array
  #at: number
  /** Null = released. */
  #hosts: SharedHosts | null
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

  /** Who has said what the flags of health checks say: a number of its choice, 0 = nobody. */
  get checkedBy(): number {
    return this.#words[this.#at + CHECKED_BY]!
  }

  set checkedBy(number: number) {
    this.#words[this.#at + CHECKED_BY] = number
  }

  /** Counts who had its place. */
  get use(): number {
    return this.#words[this.#at + USE]!
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
      if (Atomics.compareExchange(this.#words, this.#at, before, after) === before) return this.#hosts?.tell(this, 0)
    }
  }

  /** Tells everybody of an event, a number above 0; of several users in a thread the last one. */
  sendEvent(event: number): void {
    this.#hosts?.tell(this, event)
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

  /** For {@link SharedHosts}: its place may become another one's. Streams that still have it go by what is known now. */
  detach(): void {
    this.#words = this.#words.slice(this.#at, this.#at + WORDS)
    this.#at = 0
    this.#hosts = null
  }
}

export class SharedHosts {
  readonly handle: SharedHostsHandle
  readonly #places: HostPlaces
  readonly #words: Int32Array
  /** By number; the last user comes last. */
  readonly #hosts = new Map<number, SharedHost[]>()
  readonly #channel: BroadcastChannel

  constructor(handle: SharedHostsHandle, thread: number) {
    this.handle = handle
    this.#places = new HostPlaces(handle.places, thread)
    this.#words = new Int32Array(handle.cells)
    this.#channel = new BroadcastChannel(handle.channel)
    this.#channel.unref()
    this.#channel.onmessage = (event) => this.#onMessage(event.data as Message)
  }

  /** An endpoint of a cluster by its address, until `release`; null when the process has too many. */
  host(cluster: string, address: string): SharedHost | null {
    const number = this.#places.use(`${cluster}\0${address}`, (place) => this.#clear(place))
    if (number === null) return null
    const host = new SharedHost(this.#words, number, this)
    this.#hosts.set(number, [...(this.#hosts.get(number) ?? []), host])
    return host
  }

  /** The user tells and hears no more, and keeps what it knows; once is enough. */
  release(host: SharedHost): void {
    const users = this.#hosts.get(host.number) ?? []
    if (!users.includes(host)) return
    host.detach()
    const left = users.filter((one) => one !== host)
    if (left.length > 0) return void this.#hosts.set(host.number, left)
    this.#hosts.delete(host.number)
    this.#places.leave(host.number)
  }

  /** For {@link SharedHost}: tells all threads of changed flags (0) or an event. */
  tell({ number, use }: SharedHost, event: number): void {
    const message: Message = { host: number, use, event }
    this.#onMessage(message)
    this.#channel.postMessage(message)
  }

  /** Nothing is told or heard any more. */
  stop(): void {
    this.#channel.close()
  }

  /** The thread has ended; what it knew is kept for the one that follows. Only in the main thread. */
  releaseThread(thread: number): void {
    this.#places.removeThread(thread)
  }

  /** The thread that follows has what it needs. Only in the main thread. */
  replaceThread(thread: number): void {
    this.#places.replaceThread(thread)
  }

  #clear(place: number): void {
    const at = place * WORDS
    this.#words.fill(0, at, at + USE)
    Atomics.add(this.#words, at + USE, 1)
  }

  #onMessage({ host: number, use, event }: Message): void {
    const hosts = this.#hosts.get(number)?.filter((host) => host.use === use) ?? []
    if (event !== 0) hosts.at(-1)?.onEvent(event)
    else for (const host of hosts) host.onFlags()
  }
}

/** Makes the memory for threads numbered from 0; reserved, used as hosts come. */
export function createSharedHosts(threads: number): SharedHosts {
  const handle = {
    places: HostPlaces.allocate(threads),
    cells: new SharedArrayBuffer(4 * WORDS * (MAX_PLACES + 1)),
    channel: `sluice-hosts-${randomUUID()}`,
  }
  return new SharedHosts(handle, 0)
}
