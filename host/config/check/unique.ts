/** Names that may stand only once. */
import { show } from '../fault.ts'
import type { Fault } from '../fault.ts'
import type { ConfigPath } from '../path.ts'

/** Adds a fault for each repeated name of a list; empty names are not compared. `tail` leads from an item to its name. */
export function checkUnique(what: string, names: readonly string[], list: ConfigPath, tail: ConfigPath, faults: Fault[]): void {
  const first = new Map<string, number>()
  for (const [index, name] of names.entries()) {
    if (name === '') continue
    const earlier = first.get(name)
    if (earlier === undefined) {
      first.set(name, index)
      continue
    }
    const message = `Duplicate ${what}`
    const wanted = `one that differs from item ${earlier}`
    faults.push({ code: 'SLUICE_CONFIG_DUPLICATE', message, path: [...list, index, ...tail], seen: show(name), wanted })
  }
}
