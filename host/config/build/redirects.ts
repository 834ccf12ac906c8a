/** Which redirects of upstreams the proxy follows itself, with Envoy's defaults. */
import { utf8ByteString } from '../../util/bytes.ts'
import { unpackAs } from '../any.ts'
import type { TypedExtensionConfig } from '../gen/envoy/config/core/v3/extension_pb.ts'
import type { InternalRedirectPolicy } from '../gen/envoy/config/route/v3/route_components_pb.ts'
import { AllowListedRoutesConfigSchema } from '../gen/envoy/extensions/internal_redirect/allow_listed_routes/v3/allow_listed_routes_config_pb.ts'
import { PreviousRoutesConfigSchema } from '../gen/envoy/extensions/internal_redirect/previous_routes/v3/previous_routes_config_pb.ts'
import type { RedirectPolicyConfig, RedirectPredicate } from '../types.ts'
import { buildHeaderName } from './headers.ts'

const DEFAULT_STATUS = 302
/** Other statuses that are named have no effect. */
const STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** Null = none. */
export function buildRedirects(policy: InternalRedirectPolicy | undefined): RedirectPolicyConfig | null {
  if (policy === undefined) return null
  const { maxInternalRedirects, redirectResponseCodes, predicates, allowCrossSchemeRedirect, responseHeadersToCopy } = policy
  const named = redirectResponseCodes.filter((status) => STATUSES.has(status))
  return {
    max: maxInternalRedirects ?? 1,
    statusCodes: new Set(redirectResponseCodes.length === 0 ? [DEFAULT_STATUS] : named),
    predicates: predicates.map(buildPredicate),
    crossesSchemes: allowCrossSchemeRedirect,
    copiedHeaders: responseHeadersToCopy.map(buildHeaderName),
  }
}

function buildPredicate({ typedConfig }: TypedExtensionConfig): RedirectPredicate {
  const allowed = unpackAs(typedConfig, AllowListedRoutesConfigSchema)
  if (allowed !== null) return { kind: 'allow_listed_routes', names: new Set(allowed.allowedRouteNames.map(utf8ByteString)) }
  const previous = unpackAs(typedConfig, PreviousRoutesConfigSchema)
  return { kind: previous === null ? 'safe_cross_scheme' : 'previous_routes' }
}
