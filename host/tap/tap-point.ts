import type { TapSession } from './tap-session.ts'

/** Where the parts of a thread look whether somebody taps: one comparison when nobody does. */
export class TapPoint {
  /** Null = nobody. */
  session: TapSession | null = null
}

/** For parts that are never tapped. */
export const NO_TAP: TapPoint = Object.freeze(new TapPoint())
