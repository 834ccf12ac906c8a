/** Matchers of header and query values, compiled to functions once per route (source/common/http/header_utility.cc). */
import type { HeaderMatcherConfig, QueryMatcherConfig, ValueMatcherConfig } from '../config/types.ts'
import type { HeaderMap } from '../http/header-map.ts'

/** A condition on one header. */
export interface HeaderTest {
  matches(headers: HeaderMap): boolean
}

/** A condition on one query parameter; null = missing. */
export interface QueryTest {
  readonly name: string
  readonly test: (value: string | null) => boolean
}

export function compileHeaderMatcher(config: HeaderMatcherConfig): HeaderTest {
  const { name, match, invert, treatMissingAsEmpty } = config
  if (match.kind === 'present') return new HeaderPresence(name, match.present !== invert, treatMissingAsEmpty)
  return new HeaderValue(name, valueTest(match), invert, treatMissingAsEmpty)
}

class HeaderPresence implements HeaderTest {
  readonly #name: string
  readonly #wanted: boolean
  readonly #isAlwaysThere: boolean

  constructor(name: string, wanted: boolean, isAlwaysThere: boolean) {
    this.#name = name
    this.#wanted = wanted
    this.#isAlwaysThere = isAlwaysThere
  }

  matches(headers: HeaderMap): boolean {
    return (this.#isAlwaysThere || headers.has(this.#name)) === this.#wanted
  }
}

/** One of the values of a repeated header is enough; turned around, none of them may match. */
class HeaderValue implements HeaderTest {
  readonly #name: string
  readonly #test: (value: string) => boolean
  readonly #invert: boolean
  readonly #matchesMissing: boolean

  constructor(name: string, test: (value: string) => boolean, invert: boolean, treatMissingAsEmpty: boolean) {
    this.#name = name
    this.#test = test
    this.#invert = invert
    this.#matchesMissing = treatMissingAsEmpty && test('') !== invert
  }

  matches({ fields }: HeaderMap): boolean {
    let isThere = false
    for (let i = 0; i < fields.length; i += 2) {
      if (fields[i] !== this.#name) continue
      if (this.#test(fields[i + 1]!)) return !this.#invert
      isThere = true
    }
    return isThere ? this.#invert : this.#matchesMissing
  }
}

export function compileQueryMatcher(config: QueryMatcherConfig): QueryTest {
  const { name, match } = config
  if (match.kind === 'present') return { name, test: (value) => (value !== null) === match.present }
  const test = valueTest(match)
  return { name, test: (value) => value !== null && test(value) }
}

/** First value of a parameter in a query (text after `?`), as it is written; null = missing. */
export function queryValue(query: string, name: string): string | null {
  let start = 0
  while (start < query.length) {
    let end = query.indexOf('&', start)
    if (end < 0) end = query.length
    const equals = query.indexOf('=', start)
    const nameEnd = equals < 0 || equals > end ? end : equals
    if (query.slice(start, nameEnd) === name) return nameEnd === end ? '' : query.slice(nameEnd + 1, end)
    start = end + 1
  }
  return null
}

/** For a value that is there. */
export function valueTest(match: Exclude<ValueMatcherConfig, { kind: 'present' }>): (value: string) => boolean {
  if (match.kind === 'range') return (value) => isInRange(value, match.start, match.end)
  if (match.kind === 'regex') return (value) => match.regex.matches(value)
  const compare = textTest(match.kind)
  if (!match.ignoreCase) return (value) => compare(value, match.value)
  const wanted = match.value.toLowerCase()
  return (value) => compare(value.toLowerCase(), wanted)
}

type TextMatch = Extract<ValueMatcherConfig, { ignoreCase: boolean }>

function textTest(kind: TextMatch['kind']): (value: string, wanted: string) => boolean {
  switch (kind) {
    case 'exact':
      return (value, wanted) => value === wanted
    case 'prefix':
      return (value, wanted) => value.startsWith(wanted)
    case 'suffix':
      return (value, wanted) => value.endsWith(wanted)
    case 'contains':
      return (value, wanted) => value.includes(wanted)
  }
}

function isInRange(value: string, start: bigint, end: bigint): boolean {
  if (!/^[-+]?[0-9]{1,19}$/.test(value)) return false
  const number = BigInt(value.startsWith('+') ? value.slice(1) : value)
  return number >= start && number < end
}
