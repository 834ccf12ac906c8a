/** Route tables. */
import type { Any } from '@bufbuild/protobuf/wkt'
import { utf8ByteString } from '../../util/bytes.ts'
import { unpackAs } from '../any.ts'
import type { ConfigPath } from '../path.ts'
import type { RouteConfiguration } from '../gen/envoy/config/route/v3/route_pb.ts'
import {
  FilterConfigSchema,
  VirtualHost_TlsRequirementType as TlsRequirement,
} from '../gen/envoy/config/route/v3/route_components_pb.ts'
import type { Route, VirtualHost } from '../gen/envoy/config/route/v3/route_components_pb.ts'
import type { FilterSwitches, RouteConfig, RouteTableConfig, VirtualHostConfig } from '../types.ts'
import type { BuildContext } from './context.ts'
import { buildHeaderName, buildMutations } from './headers.ts'
import { buildMetadata } from './metadata.ts'
import { buildMirrors } from './mirrors.ts'
import { buildRetry } from './retry.ts'
import { buildRouteAction } from './route-action.ts'
import { buildRouteMatch } from './route-match.ts'

/** Bytes of the body of a direct response. */
const DEFAULT_MAX_BODY = 4096

const TLS_REQUIREMENTS: Readonly<Record<number, VirtualHostConfig['requireTls']>> = {
  [TlsRequirement.EXTERNAL_ONLY]: 'EXTERNAL_ONLY',
  [TlsRequirement.ALL]: 'ALL',
}

export function buildRouteTable(table: RouteConfiguration, path: ConfigPath, context: BuildContext): RouteTableConfig {
  const maxBody = table.maxDirectResponseBodySizeBytes ?? DEFAULT_MAX_BODY
  return {
    name: utf8ByteString(table.name),
    ignoresPort: table.ignorePortInHostMatching,
    ignoresPathParameters: table.ignorePathParametersInPathMatching,
    hostHeader: buildHeaderName(table.vhostHeader),
    mostSpecificWins: table.mostSpecificHeaderMutationsWins,
    mirrors: buildMirrors(table.requestMirrorPolicies),
    filters: buildSwitches(table.typedPerFilterConfig),
    virtualHosts: table.virtualHosts.map((host, index) => buildHost(host, [...path, 'virtual_hosts', index], maxBody, context)),
    headers: buildMutations(table, path, context),
  }
}

function buildHost(host: VirtualHost, path: ConfigPath, maxBody: number, context: BuildContext): VirtualHostConfig {
  return {
    name: utf8ByteString(host.name),
    domains: host.domains.map((domain) => utf8ByteString(domain.toLowerCase())),
    routes: host.routes.map((route, index) => buildRoute(route, [...path, 'routes', index], maxBody, context)),
    headers: buildMutations(host, path, context),
    metadata: buildMetadata(host.metadata),
    retry: host.retryPolicy === undefined ? null : buildRetry(host.retryPolicy, [...path, 'retry_policy'], context),
    hedges: host.hedgePolicy?.hedgeOnPerTryTimeout ?? false,
    mirrors: buildMirrors(host.requestMirrorPolicies),
    keepLimit: buildKeepLimit(host),
    requireTls: TLS_REQUIREMENTS[host.requireTls] ?? 'NONE',
    filters: buildSwitches(host.typedPerFilterConfig),
    countsInRequest: host.includeRequestAttemptCount,
    countsInResponse: host.includeAttemptCountInResponse,
    tellsTimeoutRetry: host.includeIsTimeoutRetryHeader,
  }
}

function buildRoute(route: Route, path: ConfigPath, maxBody: number, context: BuildContext): RouteConfig {
  return {
    name: utf8ByteString(route.name),
    match: buildRouteMatch(route.match, [...path, 'match'], context),
    action: buildRouteAction(route, path, maxBody, context),
    keepLimit: buildKeepLimit(route),
    headers: buildMutations(route, path, context),
    metadata: buildMetadata(route.metadata),
    filters: buildSwitches(route.typedPerFilterConfig),
  }
}

/** The newer field counts where both are set. */
function buildKeepLimit({ perRequestBufferLimitBytes, requestBodyBufferLimit }: Route | VirtualHost): number | null {
  return requestBodyBufferLimit === undefined ? (perRequestBufferLimitBytes ?? null) : Number(requestBodyBufferLimit)
}

function buildSwitches(configs: Readonly<Record<string, Any>>): FilterSwitches {
  const entries = Object.entries(configs).flatMap(([name, any]) => {
    const config = unpackAs(any, FilterConfigSchema)
    return config === null ? [] : ([[utf8ByteString(name), !config.disabled]] as const)
  })
  return new Map(entries)
}
