/** What a process holds, as Linux tells it. */
import { readdirSync, readFileSync } from 'node:fs'

export function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))![1]) * 1024
}

export function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

/**
 * Bytes of the linear memories of guests. V8 reserves gigabytes behind each, so that addresses out of bounds fault: what
 * lies writable before them is the memory.
 */
export function guestBytes(pid: number): number {
  const maps = readFileSync(`/proc/${pid}/maps`, 'latin1').matchAll(/^([0-9a-f]+)-([0-9a-f]+) (...)/gm)
  let sum = 0
  let before = { end: -1, size: 0, rights: '' }
  for (const [, from, to, rights] of maps) {
    const range = { start: Number.parseInt(from!, 16), end: Number.parseInt(to!, 16) }
    const size = range.end - range.start
    if (rights === '---' && size > 2 ** 31 && before.rights === 'rw-' && before.end === range.start) sum += before.size
    before = { end: range.end, size, rights: rights! }
  }
  return sum
}
