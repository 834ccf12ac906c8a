/**
 * Places in shared memory for endpoints, found by name in all threads. A place is a name's as long as a thread uses it,
 * and then anybody's. Every change of the links is one store that a reader may see before or after it: a thread that dies
 * on the way loses a free place at most, until {@link HostPlaces.removeThread} makes all links anew.
 */
import { hash } from 'node:crypto'
import { SpinLock } from '../util/spin-lock.ts'

/** What another thread needs to attach. */
export interface HostPlacesHandle {
  readonly threads: number
  readonly links: SharedArrayBuffer
  readonly uses: SharedArrayBuffer
}

export const MAX_PLACES = 65_536

/** Words of the header: lock, highest place that was ever used, first free place. */
const LOCK = 0
const TOP = 1
const FREE = 2
/** First words of lists of places by their names. */
const LISTS = 3
const LIST_COUNT = 65_536
const PLACES = LISTS + LIST_COUNT
/** Words of a place: the next one of its list, and what stands for its name. */
const LINK = 0
const KEY = 1
const KEY_WORDS = 4
const WORDS = KEY + KEY_WORDS

export class HostPlaces {
  readonly handle: HostPlacesHandle
  readonly #thread: number
  readonly #links: Int32Array
  /** For each thread, and again for each one that has ended, a byte per place: 1 = uses it. */
  readonly #uses: Uint8Array
  readonly #lock: SpinLock

  constructor(handle: HostPlacesHandle, thread: number) {
    this.handle = handle
    this.#thread = thread
    this.#links = new Int32Array(handle.links)
    this.#uses = new Uint8Array(handle.uses)
    this.#lock = new SpinLock(this.#links, LOCK, thread)
  }

  /** Memory for threads numbered from 0. */
  static allocate(threads: number): HostPlacesHandle {
    const links = new SharedArrayBuffer(4 * (PLACES + (MAX_PLACES + 1) * WORDS))
    return { threads, links, uses: new SharedArrayBuffer(2 * threads * (MAX_PLACES + 1)) }
  }

  /**
   * The name's place, from 1, which this thread uses from now on; null when all are used. `onNew` is called with a place
   * that nobody has used, before anybody can find it.
   */
  use(name: string, onNew: (place: number) => void): number | null {
    const key = keyOf(name)
    return this.#locked(() => {
      const place = this.#find(key) ?? this.#add(key, onNew)
      if (place !== null) this.#uses[useOf(this.#thread, place)] = 1
      return place
    })
  }

  /** This thread does not use the place any more. */
  leave(place: number): void {
    this.#locked(() => {
      this.#uses[useOf(this.#thread, place)] = 0
      if (!this.#isUsed(place)) this.#remove(place)
    })
  }

  /** A thread has ended, wherever it was: its places are kept for the one that follows, until `replaceThread`. */
  removeThread(thread: number): void {
    this.#lock.breakFor(thread)
    this.#locked(() => {
      for (let place = 1; place <= this.#links[TOP]!; place++) {
        const at = useOf(thread, place)
        if (this.#uses[at] === 1) this.#uses[this.#keptFor(thread, place)] = 1
        this.#uses[at] = 0
      }
      this.#relink()
    })
  }

  /** Another thread of the number uses what it needs: the rest of what was kept is free. */
  replaceThread(thread: number): void {
    this.#locked(() => {
      for (let place = 1; place <= this.#links[TOP]!; place++) this.#uses[this.#keptFor(thread, place)] = 0
      this.#relink()
    })
  }

  #locked<T>(run: () => T): T {
    this.#lock.acquire()
    try {
      return run()
    } finally {
      this.#lock.release()
    }
  }

  #find(key: Int32Array): number | null {
    let place = this.#links[listOf(key)]!
    while (place !== 0 && !this.#hasKey(place, key)) place = this.#links[wordOf(place) + LINK]!
    return place === 0 ? null : place
  }

  #hasKey(place: number, key: Int32Array): boolean {
    const at = wordOf(place) + KEY
    return key.every((word, index) => this.#links[at + index] === word)
  }

  #add(key: Int32Array, onNew: (place: number) => void): number | null {
    const place = this.#takeFree()
    if (place === null) return null
    onNew(place)
    this.#links.set(key, wordOf(place) + KEY)
    this.#push(listOf(key), place)
    return place
  }

  #takeFree(): number | null {
    const links = this.#links
    const free = links[FREE]!
    if (free !== 0) {
      links[FREE] = links[wordOf(free) + LINK]!
      return free
    }
    return links[TOP] === MAX_PLACES ? null : ++links[TOP]!
  }

  #remove(place: number): void {
    const key = this.#links.slice(wordOf(place) + KEY, wordOf(place) + WORDS)
    let at = listOf(key)
    while (this.#links[at] !== place) at = wordOf(this.#links[at]!) + LINK
    this.#links[at] = this.#links[wordOf(place) + LINK]!
    this.#push(FREE, place)
  }

  /** Puts a place at the head of the list whose first word is at `list`. */
  #push(list: number, place: number): void {
    this.#links[wordOf(place) + LINK] = this.#links[list]!
    this.#links[list] = place
  }

  /** Makes all lists anew from who uses what. */
  #relink(): void {
    this.#links.fill(0, FREE, PLACES)
    for (let place = this.#links[TOP]!; place > 0; place--) {
      const at = wordOf(place) + KEY
      this.#push(this.#isUsed(place) ? listOf(this.#links.subarray(at, at + KEY_WORDS)) : FREE, place)
    }
  }

  #isUsed(place: number): boolean {
    for (let row = 0; row < 2 * this.handle.threads; row++) if (this.#uses[useOf(row, place)] === 1) return true
    return false
  }

  #keptFor(thread: number, place: number): number {
    return useOf(this.handle.threads + thread, place)
  }
}

/** Stands for a name; two names never have the same in practice. */
function keyOf(name: string): Int32Array {
  const digest = hash('sha256', name, 'buffer')
  return Int32Array.from({ length: KEY_WORDS }, (_, index) => digest.readInt32LE(index * 4))
}

function listOf(key: Int32Array): number {
  return LISTS + ((key[0]! >>> 0) % LIST_COUNT)
}

function wordOf(place: number): number {
  return PLACES + place * WORDS
}

function useOf(row: number, place: number): number {
  return row * (MAX_PLACES + 1) + place
}
