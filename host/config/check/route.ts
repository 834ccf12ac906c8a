/** Rules of a route table. */
import type { Any } from '@bufbuild/protobuf/wkt'
import { unpackAs } from '../any.ts'
import { show } from '../fault.ts'
import type { Fault } from '../fault.ts'
import type { ConfigPath } from '../path.ts'
import { suggest } from '../suggest.ts'
import type { HeaderValueOption } from '../gen/envoy/config/core/v3/base_pb.ts'
import { AllowListedRoutesConfigSchema } from '../gen/envoy/extensions/internal_redirect/allow_listed_routes/v3/allow_listed_routes_config_pb.ts'
import { PreviousRoutesConfigSchema } from '../gen/envoy/extensions/internal_redirect/previous_routes/v3/previous_routes_config_pb.ts'
import { SafeCrossSchemeConfigSchema } from '../gen/envoy/extensions/internal_redirect/safe_cross_scheme/v3/safe_cross_scheme_config_pb.ts'
import type { RouteConfiguration } from '../gen/envoy/config/route/v3/route_pb.ts'
import { FilterConfigSchema } from '../gen/envoy/config/route/v3/route_components_pb.ts'
import type {
  InternalRedirectPolicy,
  Route,
  RouteAction,
  RouteAction_RequestMirrorPolicy,
  VirtualHost,
  WeightedCluster,
} from '../gen/envoy/config/route/v3/route_components_pb.ts'
import { judgeAdditions, judgeNames, judgeRemovals } from './header-changes.ts'
import { judgeRetry } from './retry.ts'
import { checkUnique } from './unique.ts'

/** Adds what is wrong with a route table; `clusters` null = any cluster may be named. */
export function judgeRoutes(
  table: RouteConfiguration,
  path: ConfigPath,
  clusters: ReadonlySet<string> | null,
  faults: Fault[],
): void {
  const known = table.validateClusters === false ? null : clusters
  const hosts = [...path, 'virtual_hosts']
  judgeMutations(table, path, faults)
  judgeMirrors(table.requestMirrorPolicies, path, known, faults)
  judgeSwitches(table.typedPerFilterConfig, path, faults)
  checkUnique(
    'virtual host',
    table.virtualHosts.map((host) => host.name),
    hosts,
    ['name'],
    faults,
  )
  judgeDomains(table.virtualHosts, hosts, faults)
  for (const [index, host] of table.virtualHosts.entries()) judgeHost(host, [...hosts, index], known, faults)
}

/** A domain belongs to one virtual host; letters compare without case. */
function judgeDomains(hosts: readonly VirtualHost[], path: ConfigPath, faults: Fault[]): void {
  const owners = new Map<string, string>()
  for (const [i, host] of hosts.entries()) {
    for (const [k, domain] of host.domains.entries()) {
      const owner = owners.get(domain.toLowerCase())
      owners.set(domain.toLowerCase(), host.name)
      if (owner === undefined) continue
      const at = [...path, i, 'domains', k]
      const wanted = `a domain that virtual host ${show(owner)} does not have`
      faults.push({ code: 'SLUICE_CONFIG_DUPLICATE', message: 'Duplicate domain', path: at, seen: show(domain), wanted })
    }
  }
}

function judgeHost(host: VirtualHost, path: ConfigPath, clusters: ReadonlySet<string> | null, faults: Fault[]): void {
  judgeMutations(host, path, faults)
  judgeMirrors(host.requestMirrorPolicies, path, clusters, faults)
  judgeSwitches(host.typedPerFilterConfig, path, faults)
  judgeRetry(host.retryPolicy, [...path, 'retry_policy'], faults)
  for (const [index, route] of host.routes.entries()) {
    const at = [...path, 'routes', index]
    judgeMutations(route, at, faults)
    judgeSwitches(route.typedPerFilterConfig, at, faults)
    judgePrefixRewrite(route, at, faults)
    if (route.action.case === 'route') judgeRetry(route.action.value.retryPolicy, [...at, 'route', 'retry_policy'], faults)
    if (route.action.case === 'route') judgeAction(route.action.value, [...at, 'route'], clusters, faults)
  }
}

function judgeAction(action: RouteAction, path: ConfigPath, clusters: ReadonlySet<string> | null, faults: Fault[]): void {
  const choice = action.clusterSpecifier
  if (choice.case === 'cluster') judgeCluster(choice.value, [...path, 'cluster'], clusters, faults)
  if (choice.case === 'weightedClusters') judgeWeights(choice.value, [...path, 'weighted_clusters'], clusters, faults)
  judgeMirrors(action.requestMirrorPolicies, path, clusters, faults)
  judgeRedirects(action.internalRedirectPolicy, [...path, 'internal_redirect_policy'], faults)
  judgeRewrites(action, path, faults)
  const upgrades = action.upgradeConfigs.map((upgrade) => upgrade.upgradeType.toLowerCase())
  checkUnique('upgrade type', upgrades, [...path, 'upgrade_configs'], ['upgrade_type'], faults)
}

/** As in Envoy, what neither runs nor leaves out a filter has no meaning. */
function judgeSwitches(filters: Readonly<Record<string, Any>>, path: ConfigPath, faults: Fault[]): void {
  for (const [name, any] of Object.entries(filters)) {
    const filter = unpackAs(any, FilterConfigSchema)
    if (filter === null || filter.disabled || filter.config !== undefined) continue
    const at = [...path, 'typed_per_filter_config', { key: name }]
    faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'Says nothing of the filter', path: at, wanted: 'disabled or config' })
  }
}

/** As in Envoy: a template has no prefix that could be replaced. */
function judgePrefixRewrite({ match, action }: Route, path: ConfigPath, faults: Fault[]): void {
  if (match?.pathSpecifier.case !== 'pathMatchPolicy') return
  const isForward = action.case === 'route' && action.value.prefixRewrite !== ''
  const isRedirect = action.case === 'redirect' && action.value.pathRewriteSpecifier.case === 'prefixRewrite'
  if (!isForward && !isRedirect) return
  const at = [...path, isForward ? 'route' : 'redirect', 'prefix_rewrite']
  const message = 'Prefix of a path that a template matches'
  faults.push({ code: 'SLUICE_CONFIG_INVALID', message, path: at, wanted: 'path_rewrite_policy' })
}

/** A path is rewritten in one way only. */
function judgeRewrites(action: RouteAction, path: ConfigPath, faults: Fault[]): void {
  const { prefixRewrite, regexRewrite, pathRewritePolicy, pathRewrite } = action
  const ways = [prefixRewrite !== '', regexRewrite !== undefined, pathRewritePolicy !== undefined, pathRewrite !== '']
  if (ways.filter(Boolean).length < 2) return
  const wanted = 'one of prefix_rewrite, regex_rewrite, path_rewrite_policy, path_rewrite'
  faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'Several ways to rewrite the path', path, wanted })
}

function judgeCluster(name: string, path: ConfigPath, clusters: ReadonlySet<string> | null, faults: Fault[]): void {
  if (clusters === null || name === '' || clusters.has(name)) return
  const near = suggest(name, clusters)
  const wanted = near ?? 'the name of a cluster in static_resources.clusters'
  faults.push({ code: 'SLUICE_CONFIG_REFERENCE', message: 'Unknown cluster', path, seen: show(name), wanted })
}

function judgeWeights(weighted: WeightedCluster, path: ConfigPath, clusters: ReadonlySet<string> | null, faults: Fault[]): void {
  let total = 0
  for (const [index, cluster] of weighted.clusters.entries()) {
    total += cluster.weight ?? 0
    const at = [...path, 'clusters', index]
    if ((cluster.name === '') === (cluster.clusterHeader === '')) faults.push(notOne(at, 'name'))
    judgeCluster(cluster.name, [...at, 'name'], clusters, faults)
    judgeMutations(cluster, at, faults)
  }
  if (total > 0 && total <= 0xffff_ffff) return
  const wanted = 'a sum from 1 to 4294967295'
  faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'Sum of weights out of range', path, seen: String(total), wanted })
}

const PREDICATES = [AllowListedRoutesConfigSchema, PreviousRoutesConfigSchema, SafeCrossSchemeConfigSchema]

function judgeRedirects(policy: InternalRedirectPolicy | undefined, path: ConfigPath, faults: Fault[]): void {
  if (policy === undefined) return
  judgeNames(policy.responseHeadersToCopy, [...path, 'response_headers_to_copy'], [], faults)
  for (const [index, { typedConfig }] of policy.predicates.entries()) {
    if (PREDICATES.some((schema) => unpackAs(typedConfig, schema) !== null)) continue
    const wanted = `one of ${PREDICATES.map(({ typeName }) => typeName).join(', ')}`
    const at = [...path, 'predicates', index, 'typed_config']
    faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'No condition on redirects', path: at, wanted })
  }
}

function judgeMirrors(
  policies: readonly RouteAction_RequestMirrorPolicy[],
  path: ConfigPath,
  clusters: ReadonlySet<string> | null,
  faults: Fault[],
): void {
  for (const [index, { cluster, clusterHeader }] of policies.entries()) {
    const at = [...path, 'request_mirror_policies', index]
    if ((cluster === '') === (clusterHeader === '')) faults.push(notOne(at, 'cluster'))
    judgeCluster(cluster, [...at, 'cluster'], clusters, faults)
  }
}

function notOne(path: ConfigPath, field: string): Fault {
  const wanted = `one of ${field}, cluster_header`
  return { code: 'SLUICE_CONFIG_INVALID', message: 'Not exactly one way to name the cluster', path, wanted }
}

/** The header lists that tables, virtual hosts and routes share. */
interface Mutations {
  readonly requestHeadersToAdd: readonly HeaderValueOption[]
  readonly requestHeadersToRemove: readonly string[]
  readonly responseHeadersToAdd: readonly HeaderValueOption[]
  readonly responseHeadersToRemove: readonly string[]
}

function judgeMutations(lists: Mutations, path: ConfigPath, faults: Fault[]): void {
  judgeAdditions(lists.requestHeadersToAdd, [...path, 'request_headers_to_add'], faults)
  judgeAdditions(lists.responseHeadersToAdd, [...path, 'response_headers_to_add'], faults)
  judgeRemovals(lists.requestHeadersToRemove, [...path, 'request_headers_to_remove'], faults)
  judgeRemovals(lists.responseHeadersToRemove, [...path, 'response_headers_to_remove'], faults)
}
