/** What chooses one of a fixed list of endpoints, all of one priority and one state of health. */
import type { Endpoint } from './endpoint.ts'

export interface Picker {
  /** The next endpoint, or null of an empty list (hot). */
  pick(): Endpoint | null
}
