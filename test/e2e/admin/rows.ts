/** What the admin interfaces of host and Envoy are asked after the same requests, and how their answers compare. */

/**
 * `same`: bodies, but for ports, times and addresses. `keys`: JSON with the same members everywhere. `names`: the same names
 * before the colon of each line, and the same figures where numbers are left out.
 */
export type Comparison = 'same' | 'keys' | 'names'

export interface AdminRow {
  readonly path: string
  readonly method?: 'POST'
  readonly compare: Comparison
  /** Why the answers differ, and what only Envoy has: members or lines that are left out before the comparison. */
  readonly difference?: { readonly reason: string; readonly without: RegExp }
}

const row = (path: string, compare: Comparison = 'same', more: Partial<AdminRow> = {}): AdminRow => ({ path, compare, ...more })
const post = (path: string): AdminRow => row(path, 'same', { method: 'POST' })

const RQ = '^cluster\\.up\\.upstream_rq_(2xx|total|timeout|time)$'
const COUNTED = '^cluster\\.up\\.(upstream_rq_(2xx|total|timeout|completed|active)|upstream_cx_total|membership_total)$'

export const ADMIN_ROWS: readonly AdminRow[] = [
  row('/ready'),
  row('/listeners'),
  row('/listeners?format=json'),
  row('/clusters'),
  row('/clusters?format=json'),
  row('/clusters?filter=^nope'),
  row('/clusters?filter=up'),
  row(`/stats?filter=${COUNTED}`),
  row(`/stats?usedonly&filter=${COUNTED}`),
  row(`/stats?filter=${COUNTED}&type=Counters`),
  row(`/stats?filter=${COUNTED}&type=Gauges`),
  row(`/stats?filter=${COUNTED}&type=Histograms`),
  row(`/stats?filter=${COUNTED}&format=json`),
  row('/stats?filter=.&invert_filter'),
  row('/stats?type=TextReadouts'),
  row('/stats?type=nope'),
  row(`/stats?filter=${RQ}`, 'names'),
  row(`/stats?filter=${RQ}&histogram_buckets=cumulative`, 'names'),
  row(`/stats?filter=${RQ}&histogram_buckets=disjoint`, 'names'),
  row(`/stats?filter=${RQ}&histogram_buckets=summary`, 'names'),
  row(`/stats?filter=${RQ}&format=json`, 'keys'),
  row(`/stats?filter=${RQ}&format=json&histogram_buckets=cumulative`, 'keys'),
  row(`/stats?filter=${RQ}&format=json&histogram_buckets=disjoint`, 'keys'),
  row(`/stats/prometheus?filter=${COUNTED}`, 'same', {
    difference: { reason: 'only the host has help lines', without: /^# HELP .*$/ },
  }),
  row(`/stats/prometheus?filter=${RQ}&histogram_buckets=summary`, 'names', {
    difference: { reason: 'only the host has help lines', without: /^# HELP .*$/ },
  }),
  row('/config_dump?resource=static_clusters&mask=cluster.name'),
  row('/config_dump?resource=static_listeners&mask=listener.name,listener.address'),
  row('/config_dump?resource=static_clusters&name_regex=^nope'),
  row('/config_dump?resource=static_clusters', 'keys'),
  row('/config_dump?resource=static_listeners', 'keys'),
  row('/config_dump?resource=static_route_configs', 'keys', {
    difference: { reason: 'Envoy names the validation of its clusters', without: /^validate_clusters$/ },
  }),
  row('/config_dump?resource=nope'),
  row('/config_dump?resource=bootstrap'),
  row('/config_dump?mask=nope'),
  row('/config_dump?mask=bootstrap.static_resources', 'keys'),
  row('/config_dump?mask=static_clusters', 'keys'),
  row('/memory', 'keys'),
  row('/runtime', 'keys'),
  row('/contention'),
  row('/init_dump'),
  row('/drain_listeners'),
  row('/healthcheck/fail'),
  row('/logging'),
  row('/quitquitquit'),
  row('/reset_counters'),
  post('/runtime_modify?a=b'),
  post('/reopen_logs'),
  post('/healthcheck/fail'),
  row('/ready'),
  post('/healthcheck/ok'),
  post('/reset_counters'),
  row(`/stats?filter=${COUNTED}`),
]
