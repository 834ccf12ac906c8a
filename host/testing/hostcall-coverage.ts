/**
 * Which hostcalls filters have made, and with which statuses they ended: what no test has seen fail is not known to be
 * borne. Collects from any number of test hosts.
 *
 *     const hostcalls = new HostcallCoverage()
 *     const host = createTestHost({ filters: […], hostcalls })
 *     hostcalls.counts() // { proxy_log: { Ok: 3 }, proxy_get_header_map_value: { Ok: 1, NotFound: 2 } }
 */
import { Status } from '../abi/enums.ts'
import type { VmObserver } from '../plugin/observer.ts'

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(Status).map(([name, status]) => [status, name]))

export class HostcallCoverage implements VmObserver {
  readonly #counts = new Map<string, Map<string, number>>()

  /** How often each hostcall ended with each status; functions of WASI with their errno as a number. */
  counts(): Record<string, Record<string, number>> {
    const sorted = [...this.#counts].toSorted(([a], [b]) => (a < b ? -1 : 1))
    return Object.fromEntries(sorted.map(([name, statuses]) => [name, Object.fromEntries(statuses)]))
  }

  /** Hostcalls that have only succeeded so far. */
  neverFailed(): string[] {
    return Object.entries(this.counts())
      .filter(([, statuses]) => Object.keys(statuses).every((status) => status === 'Ok'))
      .map(([name]) => name)
  }

  /** A line per hostcall: `proxy_log  Ok 3`. */
  summary(): string {
    const rows = Object.entries(this.counts())
    const width = Math.max(0, ...rows.map(([name]) => name.length))
    const textOf = (statuses: Record<string, number>): string =>
      Object.entries(statuses)
        .map(([status, count]) => `${status} ${count}`)
        .join(', ')
    return rows.map(([name, statuses]) => `${name.padEnd(width)}  ${textOf(statuses)}\n`).join('')
  }

  // The host's side.

  hostcall(name: string, _args: unknown, status: number): void {
    const shown = name.startsWith('proxy_') ? (NAMES.get(status) ?? String(status)) : status === 0 ? 'Ok' : String(status)
    let statuses = this.#counts.get(name)
    if (statuses === undefined) this.#counts.set(name, (statuses = new Map()))
    statuses.set(shown, (statuses.get(shown) ?? 0) + 1)
  }

  enter(): void {}

  leave(): void {}

  trap(): void {}
}
