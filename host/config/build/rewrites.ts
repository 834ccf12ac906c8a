/** New hosts and paths. */
import { compileText } from '../../route/format/text.ts'
import { parseUriRewrite } from '../../route/uri-template.ts'
import { utf8ByteString } from '../../util/bytes.ts'
import { unpackAs } from '../any.ts'
import { show } from '../fault.ts'
import type { ConfigPath } from '../path.ts'
import type { RedirectAction, Route, RouteAction } from '../gen/envoy/config/route/v3/route_components_pb.ts'
import { UriTemplateMatchConfigSchema } from '../gen/envoy/extensions/path/match/uri_template/v3/uri_template_match_pb.ts'
import { UriTemplateRewriteConfigSchema } from '../gen/envoy/extensions/path/rewrite/uri_template/v3/uri_template_rewrite_pb.ts'
import type { HostRewriteConfig, PathRewriteConfig, UriRewritePart } from '../types.ts'
import type { BuildContext } from './context.ts'
import { buildHeaderName } from './headers.ts'
import { buildReplacement } from './regex.ts'

/** `path` leads to the action. */
export function buildPathRewrite(
  action: RouteAction,
  route: Route,
  path: ConfigPath,
  context: BuildContext,
): PathRewriteConfig | null {
  if (action.prefixRewrite !== '') return { kind: 'prefix', value: utf8ByteString(action.prefixRewrite) }
  if (action.regexRewrite !== undefined) {
    return { kind: 'regex', ...buildReplacement(action.regexRewrite, [...path, 'regex_rewrite'], context) }
  }
  if (action.pathRewritePolicy !== undefined) {
    const message = unpackAs(action.pathRewritePolicy.typedConfig, UriTemplateRewriteConfigSchema)
    return buildTemplate(message?.pathTemplateRewrite ?? '/', route, [...path, 'path_rewrite_policy'], context)
  }
  if (action.pathRewrite === '') return null
  context.checkFormat(() => compileText(action.pathRewrite, ''), [...path, 'path_rewrite'])
  return { kind: 'format', format: utf8ByteString(action.pathRewrite) }
}

export function buildHostRewrite(
  specifier: RouteAction['hostRewriteSpecifier'],
  path: ConfigPath,
  context: BuildContext,
): HostRewriteConfig | null {
  switch (specifier.case) {
    case 'hostRewriteLiteral':
      return specifier.value === '' ? null : { kind: 'literal', value: utf8ByteString(specifier.value) }
    case 'hostRewriteHeader':
      return specifier.value === '' ? null : { kind: 'header', name: buildHeaderName(specifier.value) }
    case 'hostRewritePathRegex':
      return { kind: 'path_regex', ...buildReplacement(specifier.value, [...path, 'host_rewrite_path_regex'], context) }
    case 'autoHostRewrite':
      return specifier.value ? { kind: 'endpoint' } : null
    case 'hostRewrite':
      context.checkFormat(() => compileText(specifier.value, ''), [...path, 'host_rewrite'])
      return specifier.value === '' ? null : { kind: 'format', format: utf8ByteString(specifier.value) }
    case undefined:
      return null
  }
}

export function buildRedirectPath(
  specifier: RedirectAction['pathRewriteSpecifier'],
  path: ConfigPath,
  context: BuildContext,
): PathRewriteConfig | null {
  if (specifier.case === 'regexRewrite') {
    return { kind: 'regex', ...buildReplacement(specifier.value, [...path, 'regex_rewrite'], context) }
  }
  const value = utf8ByteString(specifier.value ?? '')
  return value === '' ? null : { kind: specifier.case === 'prefixRewrite' ? 'prefix' : 'whole', value }
}

/** The variables are those of the template that the route matches. */
function buildTemplate(rewrite: string, { match }: Route, path: ConfigPath, context: BuildContext): PathRewriteConfig {
  const parts = parseUriRewrite(rewrite)
  const wanted = typeof parts === 'string' ? parts : strangerOf(parts, templateOf(match))
  if (wanted === null && typeof parts !== 'string') return { kind: 'template', parts }
  const at = [...path, 'typed_config', 'path_template_rewrite']
  context.faults.push({
    code: 'SLUICE_CONFIG_INVALID',
    message: 'Cannot rewrite paths like this',
    path: at,
    seen: show(rewrite),
    ...(wanted === null ? {} : { wanted }),
  })
  return { kind: 'template', parts: [] }
}

/** What is wanted where a variable is none of the template's; null = all are. */
function strangerOf(parts: readonly UriRewritePart[], template: string | null): string | null {
  if (template === null) return 'a route with path_match_policy'
  const known = new Set(template.match(/(?<=\{)\w+/g))
  const isKnown = parts.every((part) => 'text' in part || known.has(part.variable))
  return isKnown ? null : `variables of ${template}`
}

function templateOf(match: Route['match']): string | null {
  const specifier = match?.pathSpecifier
  if (specifier?.case !== 'pathMatchPolicy') return null
  return unpackAs(specifier.value.typedConfig, UriTemplateMatchConfigSchema)?.pathTemplate ?? null
}
