/** Matchers of header and query values, compiled to functions once per route (source/common/http/header_utility.cc). */
import type { HeaderMatcherConfig, QueryMatcherConfig, ValueMatcherConfig } from '../config/types.ts'
import type { HeaderMap } from '../http/header-map.ts'

/** Judges a value; null = missing. */
export type ValueTest = (value: string | null) => boolean

type TextMatch = Extract<ValueMatcherConfig, { ignoreCase: boolean }>

export interface HeaderTest {
  readonly name: string
  readonly test: ValueTest
}

export function compileHeaderMatcher(config: HeaderMatcherConfig): HeaderTest {
  const { name, match, invert, treatMissingAsEmpty } = config
  if (match.kind === 'present')
    return { name, test: (value) => (presence(value, treatMissingAsEmpty) !== invert) === match.present }
  const test = valueTest(match)
  return {
    name,
    test: (value) => {
      if (value === null && !treatMissingAsEmpty) return false
      return test(value ?? '') !== invert
    },
  }
}

export function compileQueryMatcher(config: QueryMatcherConfig): HeaderTest {
  const { name, match } = config
  if (match.kind === 'present') return { name, test: (value) => (value !== null) === match.present }
  const test = valueTest(match)
  return { name, test: (value) => value !== null && test(value) }
}

/** All values of a repeated header count as one, joined with a comma. */
export function headerValue(headers: HeaderMap, name: string): string | null {
  const values = headers.getAll(name)
  return values.length === 0 ? null : values.join(',')
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

function presence(value: string | null, treatMissingAsEmpty: boolean): boolean {
  return value !== null || treatMissingAsEmpty
}

function valueTest(match: Exclude<ValueMatcherConfig, { kind: 'present' }>): (value: string) => boolean {
  if (match.kind === 'range') return (value) => isInRange(value, match.start, match.end)
  const compare = textTest(match.kind)
  if (!match.ignoreCase) return (value) => compare(value, match.value)
  const wanted = match.value.toLowerCase()
  return (value) => compare(value.toLowerCase(), wanted)
}

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
