/** Parts of requests that load balancers by hash go by. */
import { utf8ByteString } from '../../util/bytes.ts'
import { toMilliseconds } from '../duration.ts'
import type { ConfigPath } from '../path.ts'
import type { RouteAction_HashPolicy, RouteAction_HashPolicy_Cookie } from '../gen/envoy/config/route/v3/route_components_pb.ts'
import type { HashPolicyConfig } from '../types.ts'
import type { BuildContext } from './context.ts'
import { buildHeaderName } from './headers.ts'
import { buildReplacement } from './regex.ts'

/** `path` leads to the policy; connection properties without one say nothing. */
export function buildHashPolicy(
  { policySpecifier: { case: kind, value }, terminal: isTerminal }: RouteAction_HashPolicy,
  path: ConfigPath,
  context: BuildContext,
): HashPolicyConfig[] {
  switch (kind) {
    case 'header': {
      const at = [...path, 'header', 'regex_rewrite']
      const rewrite = value.regexRewrite === undefined ? null : buildReplacement(value.regexRewrite, at, context)
      return [{ kind: 'header', name: buildHeaderName(value.headerName), rewrite, isTerminal }]
    }
    case 'cookie':
      return [{ ...buildCookie(value), isTerminal }]
    case 'connectionProperties':
      return value.sourceIp ? [{ kind: 'source_ip', isTerminal }] : []
    case 'queryParameter':
      return [{ kind: 'query', name: utf8ByteString(value.name), isTerminal }]
    case undefined:
      return []
  }
}

function buildCookie({ name, ttl, path, attributes }: RouteAction_HashPolicy_Cookie) {
  const texts = attributes.map((attribute) => `; ${attribute.name}${attribute.value === '' ? '' : `=${attribute.value}`}`)
  return {
    kind: 'cookie',
    name: utf8ByteString(name),
    ttl: ttl === undefined ? null : Math.floor(toMilliseconds(ttl) / 1000),
    path: utf8ByteString(path),
    attributes: utf8ByteString(texts.join('')),
  } as const
}
