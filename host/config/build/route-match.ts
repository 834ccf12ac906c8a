/** Conditions of a route. */
import { utf8ByteString } from '../../util/bytes.ts'
import type { HeaderMatcher, QueryParameterMatcher, RouteMatch } from '../gen/envoy/config/route/v3/route_components_pb.ts'
import type { StringMatcher } from '../gen/envoy/type/matcher/v3/string_pb.ts'
import type { HeaderMatcherConfig, QueryMatcherConfig, RouteMatchConfig, ValueMatcherConfig } from '../types.ts'
import { buildHeaderName } from './headers.ts'

const PRESENT = { kind: 'present', present: true } as const

export function buildRouteMatch(match: RouteMatch | undefined): RouteMatchConfig {
  return {
    path: buildPath(match?.pathSpecifier ?? { case: undefined }),
    caseSensitive: match?.caseSensitive ?? true,
    headers: (match?.headers ?? []).map(buildHeaderMatcher),
    queryParameters: (match?.queryParameters ?? []).map(buildQueryMatcher),
  }
}

function buildPath(specifier: RouteMatch['pathSpecifier']): RouteMatchConfig['path'] {
  const value = utf8ByteString(specifier.value ?? '')
  if (specifier.case === 'path') return { kind: 'exact', value }
  return { kind: specifier.case === 'pathSeparatedPrefix' ? 'separated_prefix' : 'prefix', value }
}

function buildHeaderMatcher(matcher: HeaderMatcher): HeaderMatcherConfig {
  return {
    name: buildHeaderName(matcher.name),
    match: buildHeaderValue(matcher.headerMatchSpecifier),
    invert: matcher.invertMatch,
    treatMissingAsEmpty: matcher.treatMissingHeaderAsEmpty,
  }
}

function buildHeaderValue(specifier: HeaderMatcher['headerMatchSpecifier']): ValueMatcherConfig {
  if (specifier.case === 'rangeMatch') return { kind: 'range', start: specifier.value.start, end: specifier.value.end }
  if (specifier.case === 'presentMatch') return { kind: 'present', present: specifier.value }
  return specifier.case === 'stringMatch' ? buildText(specifier.value) : PRESENT
}

function buildQueryMatcher(matcher: QueryParameterMatcher): QueryMatcherConfig {
  const specifier = matcher.queryParameterMatchSpecifier
  const name = utf8ByteString(matcher.name)
  if (specifier.case === 'stringMatch') return { name, match: buildText(specifier.value) }
  return { name, match: specifier.case === 'presentMatch' ? { kind: 'present', present: specifier.value } : PRESENT }
}

type TextMatcherConfig = Extract<ValueMatcherConfig, { ignoreCase: boolean }>

function buildText(matcher: StringMatcher): TextMatcherConfig {
  const { case: kind, value } = matcher.matchPattern
  return { kind: kind ?? 'exact', value: utf8ByteString(value ?? ''), ignoreCase: matcher.ignoreCase }
}
