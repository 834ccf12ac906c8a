/** What happens to the requests of a route. */
import { forwardTo } from '../../route/plain-route.ts'
import { utf8ByteString } from '../../util/bytes.ts'
import { toMilliseconds } from '../duration.ts'
import type { ConfigPath } from '../path.ts'
import { RoutingPriority, type Metadata } from '../gen/envoy/config/core/v3/base_pb.ts'
import {
  RedirectAction_RedirectResponseCode as RedirectCode,
  RouteAction_ClusterNotFoundResponseCode as NotFoundCode,
} from '../gen/envoy/config/route/v3/route_components_pb.ts'
import type {
  DirectResponseAction,
  RedirectAction,
  Route,
  RouteAction as RouteActionMessage,
  RouteAction_MaxStreamDuration,
  WeightedCluster_ClusterWeight,
} from '../gen/envoy/config/route/v3/route_components_pb.ts'
import type { ClusterTarget, DurationConfig, RouteAction, WeightedClusterConfig, WeightedClusters } from '../types.ts'
import type { BuildContext } from './context.ts'
import { buildBodyFormat } from './format.ts'
import { buildHashPolicy } from './hash-policy.ts'
import { buildHeaderName, buildMutations } from './headers.ts'
import { buildMirrors } from './mirrors.ts'
import { buildMetadataMatch } from './metadata-match.ts'
import { buildRedirects } from './redirects.ts'
import { buildRetry } from './retry.ts'
import { buildHostRewrite, buildPathRewrite, buildRedirectPath } from './rewrites.ts'

/** Envoy's default. */
const DEFAULT_TIMEOUT = 15_000

const NOT_FOUND_STATUS: Readonly<Record<number, number>> = {
  [NotFoundCode.NOT_FOUND]: 404,
  [NotFoundCode.INTERNAL_SERVER_ERROR]: 500,
}

const REDIRECT_STATUS: Readonly<Record<number, number>> = {
  [RedirectCode.MOVED_PERMANENTLY]: 301,
  [RedirectCode.FOUND]: 302,
  [RedirectCode.SEE_OTHER]: 303,
  [RedirectCode.TEMPORARY_REDIRECT]: 307,
  [RedirectCode.PERMANENT_REDIRECT]: 308,
}

/** `path` leads to the route; `maxBody` is the limit of direct responses in bytes. */
export function buildRouteAction(route: Route, path: ConfigPath, maxBody: number, context: BuildContext): RouteAction {
  const { action } = route
  if (action.case === 'redirect') return buildRedirect(action.value, [...path, 'redirect'], context)
  if (action.case === 'route') return buildForward(action.value, route, [...path, 'route'], context)
  if (action.case === 'nonForwardingAction') return forwardTo('', DEFAULT_TIMEOUT)
  return buildDirectResponse(action.value, [...path, 'direct_response'], maxBody, context)
}

function buildForward(action: RouteActionMessage, route: Route, path: ConfigPath, context: BuildContext): RouteAction {
  return {
    kind: 'cluster',
    cluster: buildChoice(action, [...path, 'weighted_clusters'], context),
    metadataMatch: buildMetadataMatch(action.metadataMatch),
    timeout: buildTimeout(action),
    idleTimeout: action.idleTimeout === undefined ? null : toMilliseconds(action.idleTimeout),
    pathRewrite: buildPathRewrite(action, route, path, context),
    hostRewrite: buildHostRewrite(action.hostRewriteSpecifier, path, context),
    appendsForwardedHost: action.appendXForwardedHost,
    retry: action.retryPolicy === undefined ? null : buildRetry(action.retryPolicy, [...path, 'retry_policy'], context),
    hedges: action.hedgePolicy === undefined ? null : action.hedgePolicy.hedgeOnPerTryTimeout,
    isHighPriority: action.priority === RoutingPriority.HIGH,
    mirrors: buildMirrors(action.requestMirrorPolicies),
    redirects: buildRedirects(action.internalRedirectPolicy),
    notFoundStatus: NOT_FOUND_STATUS[action.clusterNotFoundResponseCode] ?? 503,
    duration: action.maxStreamDuration === undefined ? null : buildDuration(action.maxStreamDuration),
    hashPolicies: action.hashPolicy.flatMap((policy, i) => buildHashPolicy(policy, [...path, 'hash_policy', i], context)),
    upgrades: new Map(action.upgradeConfigs.map((upgrade) => [buildHeaderName(upgrade.upgradeType), upgrade.enabled ?? true])),
  }
}

/** As in Envoy, a route that limits the life of its streams has no other timeout. */
function buildTimeout({ maxStreamDuration, timeout }: RouteActionMessage): number {
  if (maxStreamDuration !== undefined) return 0
  return timeout === undefined ? DEFAULT_TIMEOUT : toMilliseconds(timeout)
}

function buildDuration(duration: RouteAction_MaxStreamDuration): DurationConfig {
  const { maxStreamDuration: max, grpcTimeoutHeaderMax: grpcMax, grpcTimeoutHeaderOffset: offset } = duration
  return {
    max: max === undefined ? null : toMilliseconds(max),
    grpcMax: grpcMax === undefined ? null : toMilliseconds(grpcMax),
    grpcOffset: offset === undefined ? 0 : toMilliseconds(offset),
  }
}

function buildChoice(
  { clusterSpecifier: specifier, metadataMatch }: RouteActionMessage,
  path: ConfigPath,
  context: BuildContext,
): ClusterTarget | WeightedClusters {
  if (specifier.case === 'clusterHeader') return { kind: 'header', header: buildHeaderName(specifier.value) }
  if (specifier.case !== 'weightedClusters') return { kind: 'name', name: utf8ByteString(specifier.value ?? '') }
  const { clusters, randomValueSpecifier } = specifier.value
  return {
    kind: 'weighted',
    clusters: clusters.map((cluster, index) => buildWeighted(cluster, metadataMatch, [...path, 'clusters', index], context)),
    total: clusters.reduce((sum, { weight = 0 }) => sum + weight, 0),
    valueHeader: randomValueSpecifier.value === undefined ? null : buildHeaderName(randomValueSpecifier.value),
  }
}

function buildWeighted(
  cluster: WeightedCluster_ClusterWeight,
  outerMatch: Metadata | undefined,
  path: ConfigPath,
  context: BuildContext,
): WeightedClusterConfig {
  const { name, clusterHeader, weight = 0, hostRewriteSpecifier } = cluster
  return {
    cluster:
      name === '' ? { kind: 'header', header: buildHeaderName(clusterHeader) } : { kind: 'name', name: utf8ByteString(name) },
    weight,
    headers: buildMutations(cluster, path, context),
    metadataMatch: buildMetadataMatch(cluster.metadataMatch, outerMatch),
    hostRewrite: hostRewriteSpecifier.value === undefined ? null : utf8ByteString(hostRewriteSpecifier.value),
  }
}

function buildRedirect(action: RedirectAction, path: ConfigPath, context: BuildContext): RouteAction {
  const scheme = action.schemeRewriteSpecifier
  const isHttps = scheme.case === 'httpsRedirect' && scheme.value
  return {
    kind: 'redirect',
    status: REDIRECT_STATUS[action.responseCode] ?? 301,
    scheme: scheme.case === 'schemeRedirect' ? utf8ByteString(scheme.value) : isHttps ? 'https' : '',
    host: utf8ByteString(action.hostRedirect),
    port: action.portRedirect,
    keepsPort: false,
    path: buildRedirectPath(action.pathRewriteSpecifier, path, context),
    stripQuery: action.stripQuery,
  }
}

function buildDirectResponse(
  action: DirectResponseAction | undefined,
  path: ConfigPath,
  maxBody: number,
  context: BuildContext,
): RouteAction {
  const body = context.bytes(action?.body, [...path, 'body'])
  if (body.length > maxBody) {
    const wanted = `at most ${maxBody} bytes`
    context.faults.push({
      code: 'SLUICE_CONFIG_INVALID',
      message: 'Body is too large',
      path: [...path, 'body'],
      seen: `${body.length} bytes`,
      wanted,
    })
  }
  const format = buildBodyFormat(action?.bodyFormat, [...path, 'body_format'], context)
  return { kind: 'direct_response', status: action?.status ?? 200, body, format }
}
