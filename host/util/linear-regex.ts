/**
 * Regular expressions in RE2's syntax whose matching takes time linear in the text (hot where a route has one): what
 * clients send can never make one run away, as JavaScript's own can. As in Envoy they see bytes: each is one character.
 */
import { RE2JS } from 're2js'
import { utf8ByteString } from './bytes.ts'

export class LinearRegex {
  readonly #regex: RE2JS

  /** Throws with a message for people when the pattern, a text of people, is not one of RE2's. */
  constructor(pattern: string) {
    this.#regex = RE2JS.compile(utf8ByteString(pattern))
  }

  get groupCount(): number {
    return this.#regex.groupCount()
  }

  /** True when the whole byte string matches. */
  matches(text: string): boolean {
    return this.#regex.testExact(text)
  }

  /** What the named groups of the whole text matched; null when it does not match. */
  groups(text: string): ReadonlyMap<string, string> | null {
    const matcher = this.#regex.matcher(text)
    if (!matcher.matches()) return null
    return new Map(Object.keys(this.#regex.namedGroups()).map((name) => [name, matcher.group(name) ?? '']))
  }

  /** The text with every match replaced; as in RE2, nothing is found right behind a match but another character. */
  replaceAll(text: string, substitution: Substitution): string {
    const matcher = this.#regex.matcher(text)
    let replaced = ''
    let end = 0
    let hasMatched = false
    while (matcher.find()) {
      if (hasMatched && matcher.end() === matcher.start() && matcher.start() === end) continue
      replaced += text.slice(end, matcher.start()) + substitution.expand(matcher)
      end = matcher.end()
      hasMatched = true
    }
    return hasMatched ? replaced + text.slice(end) : text
  }
}

/** What stands in the place of a match: text in which `\1` to `\9` are groups, `\0` is the whole match, `\\` a backslash. */
export class Substitution {
  static readonly NOTHING = new Substitution('')
  /** Text and numbers of groups in turn. */
  readonly #parts: readonly (string | number)[]
  /** The highest group that is named. */
  readonly lastGroup: number

  /** Null when a backslash stands before anything else. */
  static parse(text: string): Substitution | null {
    return /^(?:[^\\]|\\[\d\\])*$/s.test(text) ? new Substitution(text) : null
  }

  private constructor(text: string) {
    const pieces = utf8ByteString(text).match(/\\.|[^\\]+/gs) ?? []
    this.#parts = pieces.map((piece) => (piece[0] !== '\\' ? piece : piece === '\\\\' ? '\\' : Number(piece[1])))
    this.lastGroup = Math.max(0, ...this.#parts.map((part) => (typeof part === 'number' ? part : 0)))
  }

  /** For the match that the matcher has found. */
  expand(match: { group(index: number): string | null }): string {
    let text = ''
    for (const part of this.#parts) text += typeof part === 'number' ? (match.group(part) ?? '') : part
    return text
  }
}
