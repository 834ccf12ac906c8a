/** What happens to the requests of a route. */
import { utf8ByteString } from '../../util/bytes.ts'
import { toMilliseconds } from '../duration.ts'
import type { ConfigPath } from '../path.ts'
import { RedirectAction_RedirectResponseCode as RedirectCode } from '../gen/envoy/config/route/v3/route_components_pb.ts'
import type {
  DirectResponseAction,
  RedirectAction,
  Route,
  RouteAction as RouteActionMessage,
} from '../gen/envoy/config/route/v3/route_components_pb.ts'
import type { ClusterChoice, RouteAction } from '../types.ts'
import type { BuildContext } from './context.ts'
import { buildHeaderName } from './headers.ts'

/** Envoy's defaults and limits. */
const DEFAULT_TIMEOUT = 15_000
const MAX_DIRECT_BODY = 4096

const REDIRECT_STATUS: Readonly<Record<number, number>> = {
  [RedirectCode.MOVED_PERMANENTLY]: 301,
  [RedirectCode.FOUND]: 302,
  [RedirectCode.SEE_OTHER]: 303,
  [RedirectCode.TEMPORARY_REDIRECT]: 307,
  [RedirectCode.PERMANENT_REDIRECT]: 308,
}

export function buildRouteAction(action: Route['action'], path: ConfigPath, context: BuildContext): RouteAction {
  if (action.case === 'redirect') return buildRedirect(action.value)
  if (action.case === 'route') return buildForward(action.value)
  return buildDirectResponse(action.value, [...path, 'direct_response'], context)
}

function buildForward(action: RouteActionMessage): RouteAction {
  const host = action.hostRewriteSpecifier.value
  return {
    kind: 'cluster',
    cluster: buildChoice(action.clusterSpecifier),
    timeout: action.timeout === undefined ? DEFAULT_TIMEOUT : toMilliseconds(action.timeout),
    idleTimeout: action.idleTimeout === undefined ? null : toMilliseconds(action.idleTimeout),
    prefixRewrite: action.prefixRewrite === '' ? null : utf8ByteString(action.prefixRewrite),
    hostRewrite: host === undefined ? null : utf8ByteString(host),
    upgrades: new Map(action.upgradeConfigs.map((upgrade) => [buildHeaderName(upgrade.upgradeType), upgrade.enabled ?? true])),
  }
}

function buildChoice(specifier: RouteActionMessage['clusterSpecifier']): ClusterChoice {
  if (specifier.case === 'clusterHeader') return { kind: 'header', header: buildHeaderName(specifier.value) }
  if (specifier.case !== 'weightedClusters') return { kind: 'name', name: utf8ByteString(specifier.value ?? '') }
  const clusters = specifier.value.clusters.map(({ name, weight = 0 }) => ({ name: utf8ByteString(name), weight }))
  return { kind: 'weighted', clusters, total: clusters.reduce((sum, cluster) => sum + cluster.weight, 0) }
}

function buildRedirect(action: RedirectAction): RouteAction {
  const scheme = action.schemeRewriteSpecifier
  const isHttps = scheme.case === 'httpsRedirect' && scheme.value
  return {
    kind: 'redirect',
    status: REDIRECT_STATUS[action.responseCode] ?? 301,
    scheme: scheme.case === 'schemeRedirect' ? utf8ByteString(scheme.value) : isHttps ? 'https' : '',
    host: utf8ByteString(action.hostRedirect),
    port: action.portRedirect,
    path: utf8ByteString(action.pathRewriteSpecifier.value ?? ''),
    stripQuery: action.stripQuery,
  }
}

function buildDirectResponse(action: DirectResponseAction | undefined, path: ConfigPath, context: BuildContext): RouteAction {
  const body = context.bytes(action?.body, [...path, 'body'])
  if (body.length > MAX_DIRECT_BODY) {
    const wanted = `at most ${MAX_DIRECT_BODY} bytes`
    context.faults.push({
      code: 'SLUICE_CONFIG_INVALID',
      message: 'Body is too large',
      path: [...path, 'body'],
      seen: `${body.length} bytes`,
      wanted,
    })
  }
  return { kind: 'direct_response', status: action?.status ?? 200, body }
}
