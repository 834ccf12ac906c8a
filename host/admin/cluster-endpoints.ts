/** `/clusters` and `/listeners`. */
import type { SocketAddress } from '../config/types.ts'
import { jsonResponse, regexParameter, textResponse, type AdminEndpoint } from './endpoint.ts'
import type { ClusterStatus, HostStatus, ListenerStatus, Thresholds } from './providers.ts'

const FORMAT = { format: 'File format to use; One of (text, json)' }

/** Of a cluster without limits for requests of the priority HIGH. */
const DEFAULT_HIGH: Thresholds = {
  maxConnections: 1024,
  maxPendingRequests: 1024,
  maxRequests: 1024,
  maxRetries: 3,
}

export const CLUSTERS_ENDPOINT: AdminEndpoint = {
  path: '/clusters',
  isPost: false,
  help: 'upstream cluster status',
  parameters: { ...FORMAT, filter: 'Regular expression for filtering clusters by name' },
  handle: async (query, { clusters }) => {
    const filter = regexParameter(query, 'filter')
    if (typeof filter === 'string') return textResponse(`${filter}\n`, 400)
    const statuses = (await clusters.statuses()).filter(({ name }) => filter === null || filter.test(name))
    if (query.get('format') === 'json') return jsonResponse({ cluster_statuses: statuses.map(clusterJson) })
    return textResponse(statuses.map(clusterText).join(''))
  },
}

export const LISTENERS_ENDPOINT: AdminEndpoint = {
  path: '/listeners',
  isPost: false,
  help: 'print listener info',
  parameters: FORMAT,
  handle: async (query, { listeners }) => {
    const statuses = await listeners.statuses()
    if (query.get('format') === 'json') return jsonResponse({ listener_statuses: statuses.map(listenerJson) })
    return textResponse(statuses.map(({ name, address }) => `${name}::${addressText(address)}\n`).join(''))
  },
}

function clusterText(cluster: ClusterStatus): string {
  const lines = [
    `observability_name::${cluster.statName}`,
    ...thresholdLines('default_priority', cluster.thresholds),
    ...thresholdLines('high_priority', cluster.highThresholds ?? DEFAULT_HIGH),
    `added_via_api::${cluster.isAddedByApi}`,
    ...cluster.hosts.flatMap(hostLines),
  ]
  return lines.map((line) => `${cluster.name}::${line}\n`).join('')
}

function thresholdLines(priority: string, thresholds: Thresholds): string[] {
  const { maxConnections, maxPendingRequests, maxRequests, maxRetries } = thresholds
  return [
    `${priority}::max_connections::${maxConnections}`,
    `${priority}::max_pending_requests::${maxPendingRequests}`,
    `${priority}::max_requests::${maxRequests}`,
    `${priority}::max_retries::${maxRetries}`,
  ]
}

/** Canary and success rates are what Envoy prints where none is configured. */
function hostLines(host: HostStatus): string[] {
  const values: [string, string | number][] = [
    ['cx_active', host.cxActive],
    ['cx_connect_fail', host.cxConnectFail],
    ['cx_total', host.cxTotal],
    ['rq_active', host.rqActive],
    ['rq_error', host.rqError],
    ['rq_pending_active', host.rqPendingActive],
    ['rq_success', host.rqSuccess],
    ['rq_timeout', host.rqTimeout],
    ['rq_total', host.rqTotal],
    ['hostname', host.hostname],
    ['health_flags', host.healthFlags.length === 0 ? 'healthy' : host.healthFlags.join('')],
    ['weight', host.weight],
    ['region', host.locality.region],
    ['zone', host.locality.zone],
    ['sub_zone', host.locality.subZone],
    ['canary', 'false'],
    ['priority', host.priority],
    ['success_rate', -1],
    ['local_origin_success_rate', -1],
  ]
  return values.map(([name, value]) => `${addressText(host.address)}::${name}::${value}`)
}

/** `envoy.admin.v3.ClusterStatus`. Members with their default are left out, as in proto-JSON. */
function clusterJson(cluster: ClusterStatus): unknown {
  const thresholds = [
    thresholdJson(cluster.thresholds),
    { priority: 'HIGH', ...thresholdJson(cluster.highThresholds ?? DEFAULT_HIGH) },
  ]
  return {
    name: cluster.name,
    ...(cluster.isAddedByApi ? { added_via_api: true } : {}),
    ...(cluster.hosts.length > 0 ? { host_statuses: cluster.hosts.map(hostJson) } : {}),
    circuit_breakers: { thresholds },
    observability_name: cluster.statName,
  }
}

function thresholdJson(thresholds: Thresholds): object {
  const { maxConnections, maxPendingRequests, maxRequests, maxRetries } = thresholds
  return {
    max_connections: maxConnections,
    max_pending_requests: maxPendingRequests,
    max_requests: maxRequests,
    max_retries: maxRetries,
  }
}

function hostJson(host: HostStatus): unknown {
  return {
    address: addressJson(host.address),
    stats: [
      statJson('cx_connect_fail', host.cxConnectFail),
      statJson('cx_total', host.cxTotal),
      statJson('rq_error', host.rqError),
      statJson('rq_success', host.rqSuccess),
      statJson('rq_timeout', host.rqTimeout),
      statJson('rq_total', host.rqTotal),
      { type: 'GAUGE', ...statJson('cx_active', host.cxActive) },
      { type: 'GAUGE', ...statJson('rq_active', host.rqActive) },
      { type: 'GAUGE', ...statJson('rq_pending_active', host.rqPendingActive) },
    ],
    health_status: healthJson(host.healthFlags),
    weight: host.weight,
    ...(host.hostname === '' ? {} : { hostname: host.hostname }),
    ...(host.priority === 0 ? {} : { priority: host.priority }),
    locality: localityJson(host.locality),
  }
}

function localityJson({ region, zone, subZone }: HostStatus['locality']): object {
  const members = Object.entries({ region, zone, sub_zone: subZone })
  return Object.fromEntries(members.filter(([, value]) => value !== ''))
}

/** 64-bit numbers are strings in proto-JSON. */
function statJson(name: string, value: number): object {
  return value === 0 ? { name } : { value: String(value), name }
}

/** Flags of `/clusters` as `envoy.admin.v3.HostHealthStatus` names them. */
const HEALTH_FIELDS: Readonly<Record<string, string>> = {
  '/failed_active_hc': 'failed_active_health_check',
  '/failed_outlier_check': 'failed_outlier_check',
  '/degraded_active_hc': 'failed_active_degraded_check',
  '/pending_dynamic_removal': 'pending_dynamic_removal',
  '/pending_active_hc': 'pending_active_hc',
  '/excluded_via_immediate_hc_fail': 'excluded_via_immediate_hc_fail',
  '/active_hc_timeout': 'active_hc_timeout',
}

function healthJson(flags: readonly string[]): object {
  const set = flags.flatMap((flag) => (HEALTH_FIELDS[flag] === undefined ? [] : [[HEALTH_FIELDS[flag], true] as const]))
  return { ...Object.fromEntries(set), eds_health_status: configuredHealth(flags) }
}

function configuredHealth(flags: readonly string[]): string {
  if (flags.includes('/eds_status_draining')) return 'DRAINING'
  if (flags.includes('/failed_eds_health')) return 'UNHEALTHY'
  return flags.includes('/degraded_eds_health') ? 'DEGRADED' : 'HEALTHY'
}

function listenerJson({ name, address }: ListenerStatus): unknown {
  return { name, local_address: addressJson(address) }
}

function addressJson({ host, port }: SocketAddress): unknown {
  return { socket_address: { address: host, port_value: port } }
}

/** `host:port`, an IPv6 host in brackets. */
export function addressText({ host, port }: SocketAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
