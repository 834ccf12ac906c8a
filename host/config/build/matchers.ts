/** Conditions on the values of headers and query parameters. */
import { utf8ByteString } from '../../util/bytes.ts'
import type { ConfigPath } from '../path.ts'
import type { HeaderMatcher, QueryParameterMatcher } from '../gen/envoy/config/route/v3/route_components_pb.ts'
import type { StringMatcher } from '../gen/envoy/type/matcher/v3/string_pb.ts'
import type { HeaderMatcherConfig, QueryMatcherConfig, ValueMatcherConfig } from '../types.ts'
import type { BuildContext } from './context.ts'
import { buildHeaderName } from './headers.ts'
import { buildRegex } from './regex.ts'

type TextMatcherConfig = Exclude<ValueMatcherConfig, { kind: 'range' } | { kind: 'present' }>

const PRESENT = { kind: 'present', present: true } as const

/** Conditions of a list at `path`. */
export function buildHeaderMatchers(
  matchers: readonly HeaderMatcher[],
  path: ConfigPath,
  context: BuildContext,
): HeaderMatcherConfig[] {
  return matchers.map((matcher, index) => ({
    name: buildHeaderName(matcher.name),
    match: buildHeaderValue(matcher.headerMatchSpecifier, [...path, index], context),
    invert: matcher.invertMatch,
    treatMissingAsEmpty: matcher.treatMissingHeaderAsEmpty,
  }))
}

export function buildQueryMatcher(matcher: QueryParameterMatcher, path: ConfigPath, context: BuildContext): QueryMatcherConfig {
  const specifier = matcher.queryParameterMatchSpecifier
  const name = utf8ByteString(matcher.name)
  if (specifier.case === 'stringMatch') return { name, match: buildText(specifier.value, [...path, 'string_match'], context) }
  return { name, match: specifier.case === 'presentMatch' ? { kind: 'present', present: specifier.value } : PRESENT }
}

function buildHeaderValue(
  specifier: HeaderMatcher['headerMatchSpecifier'],
  path: ConfigPath,
  context: BuildContext,
): ValueMatcherConfig {
  switch (specifier.case) {
    case 'rangeMatch':
      return { kind: 'range', start: specifier.value.start, end: specifier.value.end }
    case 'presentMatch':
      return { kind: 'present', present: specifier.value }
    case 'stringMatch':
      return buildText(specifier.value, [...path, 'string_match'], context)
    case 'exactMatch':
      return specifier.value === '' ? PRESENT : plainText('exact', specifier.value)
    case 'prefixMatch':
      return plainText('prefix', specifier.value)
    case 'suffixMatch':
      return plainText('suffix', specifier.value)
    case 'containsMatch':
      return plainText('contains', specifier.value)
    case 'safeRegexMatch':
      return { kind: 'regex', regex: buildRegex(specifier.value, [...path, 'safe_regex_match'], context) }
    case undefined:
      return PRESENT
  }
}

/** Any text, not only one of a request. */
export function buildText(
  { matchPattern, ignoreCase }: StringMatcher,
  path: ConfigPath,
  context: BuildContext,
): TextMatcherConfig {
  if (matchPattern.case === 'safeRegex')
    return { kind: 'regex', regex: buildRegex(matchPattern.value, [...path, 'safe_regex'], context) }
  return { ...plainText(matchPattern.case ?? 'exact', matchPattern.value ?? ''), ignoreCase }
}

type Plain = Extract<ValueMatcherConfig, { ignoreCase: boolean }>

function plainText(kind: Plain['kind'], value: string): Plain {
  return { kind, value: utf8ByteString(value), ignoreCase: false }
}
