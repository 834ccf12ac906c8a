/** What a check found: the same for matchers of vitest and for assert functions. */
export interface Finding {
  readonly ok: boolean
  /** What is checked: `status`, `header x-user`. */
  readonly subject: string
  readonly wanted: string
  readonly seen: string
}

/** A text that must be equal, or a pattern. */
export type TextPattern = string | RegExp

/** The lines that a failed check shows. */
export function describeFinding({ subject, wanted, seen }: Finding, isNegated: boolean): string {
  return `${subject}: wanted ${isNegated ? 'anything but ' : ''}${wanted}, seen ${seen}`
}

export function matches(wanted: TextPattern, seen: string): boolean {
  return typeof wanted === 'string' ? wanted === seen : wanted.test(seen)
}

export function showPattern(wanted: TextPattern): string {
  return typeof wanted === 'string' ? showText(wanted) : String(wanted)
}

/** Longer texts are cut. */
const MAX_SHOWN = 1000

export function showText(text: string): string {
  return text.length <= MAX_SHOWN ? JSON.stringify(text) : `${JSON.stringify(text.slice(0, MAX_SHOWN))}... (${text.length} bytes)`
}
