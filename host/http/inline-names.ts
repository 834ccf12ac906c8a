/** Joins the lines of inline names while a head is turned into a map (hot). */
import type { HeaderMap } from './header-map.ts'

/** Head in which an inline name was last met, by the name's number; shared, because a head is read in one go. */
const metIn = new Float64Array(4096)
let head = 0

/** A new head begins. */
export function beginHead(): void {
  head++
}

/** Adds an inline field: a line of its own the first time, joined with `,` afterwards. */
export function addInline(map: HeaderMap, id: number, name: string, value: string, origin: number): void {
  if (metIn[id] === head) return map.add(name, value)
  metIn[id] = head
  map.pushLine(name, value, origin)
}
