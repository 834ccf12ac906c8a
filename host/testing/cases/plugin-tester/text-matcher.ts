/** String matchers of the plugin tester: the whole text, or a pattern for the whole text. */
import { readFileSync } from 'node:fs'
import { besideTable, type StringMatcher } from './suite.ts'

export interface TextMatcher {
  readonly wanted: string
  /** Whether one of the texts (byte strings) matches, or none does when the matcher is inverted. */
  holds(texts: readonly string[]): boolean
}

/** `table` is where files lie beside; throws Error for a matcher that says nothing, or two things, or no pattern. */
export function textMatcher(matcher: StringMatcher, table: string): TextMatcher {
  const { invert = false, exact, regex, file } = matcher
  const given = [exact, regex, file].filter((one) => one !== undefined)
  if (given.length !== 1) throw new Error(`matcher: seen ${given.length} of exact, regex and file, wanted one`)
  const matches = regex === undefined ? equals(exact ?? readBytes(table, file!)) : fits(regex)
  const what = regex !== undefined ? `/${regex}/` : file === undefined ? JSON.stringify(exact) : `the content of ${file}`
  return { wanted: invert ? `no ${what}` : what, holds: (texts) => texts.some(matches) !== invert }
}

/** The bytes of a file of the table. */
export function readBytes(table: string, file: string): string {
  return readFileSync(besideTable(table, file)).latin1Slice()
}

function equals(wanted: string): (text: string) => boolean {
  return (text) => text === wanted
}

/** RE2's full match: `.` is no line feed; leading flags, as `(?i)`, are for the whole pattern. */
function fits(regex: string): (text: string) => boolean {
  const pattern = compile(regex.replace(/^\(\?([ims]+)\)([^]*)$/, '(?$1:$2)'), regex)
  return (text) => pattern.test(Buffer.from(text, 'latin1').toString('utf8'))
}

function compile(source: string, written: string): RegExp {
  try {
    return new RegExp(`^(?:${source})$`, 'u')
  } catch {
    throw new Error(`matcher: seen ${JSON.stringify(written)}, wanted a regular expression`)
  }
}
