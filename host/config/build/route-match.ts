/** Conditions of a route. */
import { compileUriTemplate } from '../../route/uri-template.ts'
import { utf8ByteString } from '../../util/bytes.ts'
import { LinearRegex } from '../../util/linear-regex.ts'
import { unpackAs } from '../any.ts'
import { show } from '../fault.ts'
import type { ConfigPath } from '../path.ts'
import type { RuntimeFractionalPercent } from '../gen/envoy/config/core/v3/base_pb.ts'
import type { TypedExtensionConfig } from '../gen/envoy/config/core/v3/extension_pb.ts'
import type { RouteMatch } from '../gen/envoy/config/route/v3/route_components_pb.ts'
import { UriTemplateMatchConfigSchema } from '../gen/envoy/extensions/path/match/uri_template/v3/uri_template_match_pb.ts'
import type { CertificateMatchConfig, PathMatchConfig, RouteMatchConfig } from '../types.ts'
import type { BuildContext } from './context.ts'
import { buildHeaderMatchers, buildQueryMatcher } from './matchers.ts'
import { buildRegex } from './regex.ts'

/** In the order of the enum. */
const DENOMINATORS = [100, 10_000, 1_000_000]

/** `path` leads to the message. */
export function buildRouteMatch(match: RouteMatch | undefined, path: ConfigPath, context: BuildContext): RouteMatchConfig {
  const { headers = [], queryParameters = [] } = match ?? {}
  return {
    path: buildPath(match?.pathSpecifier ?? { case: undefined }, path, context),
    caseSensitive: match?.caseSensitive ?? true,
    headers: buildHeaderMatchers(headers, [...path, 'headers'], context),
    queryParameters: queryParameters.map((query, i) => buildQueryMatcher(query, [...path, 'query_parameters', i], context)),
    grpcOnly: match?.grpc !== undefined,
    fraction: buildFraction(match?.runtimeFraction),
    certificate: buildCertificate(match?.tlsContext),
  }
}

function buildPath(specifier: RouteMatch['pathSpecifier'], path: ConfigPath, context: BuildContext): PathMatchConfig {
  switch (specifier.case) {
    case 'safeRegex':
      return { kind: 'regex', regex: buildRegex(specifier.value, [...path, 'safe_regex'], context) }
    case 'pathMatchPolicy':
      return { kind: 'template', regex: buildTemplate(specifier.value, [...path, 'path_match_policy', 'typed_config'], context) }
    case 'connectMatcher':
      return { kind: 'connect' }
    case 'path':
      return { kind: 'exact', value: utf8ByteString(specifier.value) }
    case 'pathSeparatedPrefix':
      return { kind: 'separated_prefix', value: utf8ByteString(specifier.value) }
    default:
      return { kind: 'prefix', value: utf8ByteString(specifier.value ?? '') }
  }
}

function buildCertificate(options: RouteMatch['tlsContext']): CertificateMatchConfig | null {
  if (options === undefined) return null
  return { presented: options.presented ?? null, validated: options.validated ?? null }
}

function buildTemplate(policy: TypedExtensionConfig, path: ConfigPath, context: BuildContext): LinearRegex {
  const template = unpackAs(policy.typedConfig, UriTemplateMatchConfigSchema)?.pathTemplate || '/'
  const compiled = compileUriTemplate(template)
  if (typeof compiled !== 'string') return compiled
  const at = [...path, 'path_template']
  context.faults.push({
    code: 'SLUICE_CONFIG_INVALID',
    message: 'Not a path template',
    path: at,
    seen: show(template),
    wanted: compiled,
  })
  return new LinearRegex('')
}

export function buildFraction(fraction: RuntimeFractionalPercent | undefined): number {
  const share = fraction?.defaultValue
  return share === undefined ? 1 : Math.min(1, share.numerator / DENOMINATORS[share.denominator]!)
}
