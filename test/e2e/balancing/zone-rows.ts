/** Rows of zone-aware routing. */
import type { EndpointRow, Place, Row } from './row.ts'

interface ZoneSuite {
  readonly name: string
  /** Proxies like these. */
  readonly home: readonly Place[]
  readonly rows: readonly Row[]
}

const TYPE = 'type.googleapis.com/envoy.extensions.load_balancing_policies'
const UNHEALTHY = { health_status: 'UNHEALTHY' }
const DEGRADED = { health_status: 'DEGRADED' }

function inZone(zone: string, upstreams: readonly number[], more: EndpointRow['more'] = {}): Place {
  return { place: { locality: { zone } }, endpoints: upstreams.map((upstream) => ({ upstream, more })) }
}

const zones = (more: object = {}): object => ({ common_lb_config: { zone_aware_lb_config: { min_cluster_size: 2, ...more } } })
const extension = (name: string, type: string, more: object = {}): object => {
  const locality_lb_config = { zone_aware_lb_config: { min_cluster_size: 2, ...more } }
  const typed_config = { '@type': `${TYPE}.${name}.v3.${type}`, locality_lb_config }
  return { load_balancing_policy: { policies: [{ typed_extension_config: { name, typed_config } }] } }
}

const MOSTLY_HERE = [inZone('a', [0, 1, 2]), inZone('b', [3])]
const MOSTLY_THERE = [inZone('a', [0]), inZone('b', [1, 2, 3])]
const EVEN = { counts: { 0: 10, 1: 10, 2: 10, 3: 10 } }
const HERE = { counts: { 0: 13, 1: 13, 2: 13 } }
const NOT_ROUTED = { lb_zone_routing_all_directly: 0, lb_zone_routing_sampled: 0, lb_zone_routing_cross_zone: 0 }

const ENOUGH: readonly Row[] = [
  {
    name: 'all requests stay where the zone has its part',
    cluster: zones(),
    places: MOSTLY_HERE,
    requests: 39,
    expected: HERE,
    stats: { ...NOT_ROUTED, lb_zone_routing_all_directly: 39 },
  },
  {
    name: 'by chance',
    cluster: { lb_policy: 'RANDOM', ...zones() },
    places: MOSTLY_HERE,
    requests: 60,
    expected: { reached: [0, 1, 2] },
    stats: { ...NOT_ROUTED, lb_zone_routing_all_directly: 60 },
  },
  {
    name: 'to the one with the fewest requests',
    cluster: { lb_policy: 'LEAST_REQUEST', ...zones() },
    places: MOSTLY_HERE,
    requests: 60,
    expected: { reached: [0, 1, 2] },
    stats: { ...NOT_ROUTED, lb_zone_routing_all_directly: 60 },
  },
  {
    name: 'extension: round robin',
    cluster: extension('round_robin', 'RoundRobin'),
    places: MOSTLY_HERE,
    requests: 39,
    expected: HERE,
  },
  {
    name: 'extension: least request',
    cluster: extension('least_request', 'LeastRequest'),
    places: MOSTLY_HERE,
    requests: 60,
    expected: { reached: [0, 1, 2] },
  },
  {
    name: 'extension: random',
    cluster: extension('random', 'Random'),
    places: MOSTLY_HERE,
    requests: 60,
    expected: { reached: [0, 1, 2] },
  },
  {
    name: 'extension: all requests stay whatever the zone has',
    cluster: extension('round_robin', 'RoundRobin', { force_locality_direct_routing: true }),
    places: MOSTLY_THERE,
    requests: 20,
    expected: { counts: { 0: 20 } },
    stats: { ...NOT_ROUTED, lb_zone_routing_all_directly: 20 },
  },
  {
    name: 'a part goes to the other zone',
    cluster: zones(),
    places: MOSTLY_THERE,
    requests: 60,
    expected: { reached: [0, 1, 2, 3] },
    stats: { lb_zone_routing_all_directly: 0 },
    counted: ['lb_zone_routing_sampled', 'lb_zone_routing_cross_zone'],
  },
  {
    name: 'all requests go to other zones with room',
    cluster: zones(),
    places: [inZone('c', [0, 1, 2]), inZone('b', [3])],
    requests: 39,
    expected: HERE,
    stats: { ...NOT_ROUTED, lb_zone_routing_cross_zone: 39 },
  },
  {
    name: 'nothing has room',
    cluster: zones({ min_cluster_size: 0 }),
    places: [inZone('a', [0], DEGRADED), inZone('b', [1], DEGRADED), inZone('b', [2], UNHEALTHY)],
    requests: 60,
    expected: { reached: [0, 1] },
    stats: { lb_zone_routing_cross_zone: 60, lb_zone_no_capacity_left: 60 },
  },
  {
    name: 'fewer endpoints than six',
    cluster: {},
    places: MOSTLY_HERE,
    requests: 40,
    expected: EVEN,
    stats: NOT_ROUTED,
    counted: ['lb_zone_cluster_too_small'],
  },
  {
    name: 'for no request',
    cluster: zones({ routing_enabled: { value: 0 } }),
    places: MOSTLY_HERE,
    requests: 40,
    expected: EVEN,
    stats: { ...NOT_ROUTED, lb_zone_cluster_too_small: 0 },
  },
  {
    name: 'for some requests',
    cluster: zones({ routing_enabled: { value: 50 } }),
    places: MOSTLY_HERE,
    requests: 60,
    expected: { reached: [0, 1, 2, 3] },
    counted: ['lb_zone_routing_all_directly'],
  },
  { name: 'one zone', cluster: zones(), places: [inZone('a', [0, 1, 2, 3])], requests: 40, expected: EVEN, stats: NOT_ROUTED },
  {
    name: 'too few are healthy',
    cluster: zones(),
    places: [inZone('a', [0, 1, 2], UNHEALTHY), inZone('b', [3])],
    requests: 40,
    expected: EVEN,
    stats: { ...NOT_ROUTED, lb_healthy_panic: 40 },
  },
  {
    name: 'too few are healthy, and that fails',
    cluster: zones({ fail_traffic_on_panic: true }),
    places: [inZone('a', [0, 1, 2], UNHEALTHY), inZone('b', [3])],
    requests: 4,
    expected: { status: 503 },
    stats: { lb_healthy_panic: 4, upstream_cx_none_healthy: 4 },
  },
  {
    name: 'weights of localities come first',
    cluster: { common_lb_config: { locality_weighted_lb_config: {} } },
    places: MOSTLY_HERE.map(({ place, endpoints }) => ({ place: { ...place, load_balancing_weight: 1 }, endpoints })),
    requests: 30,
    expected: { counts: { 0: 5, 1: 5, 2: 5, 3: 15 } },
    stats: NOT_ROUTED,
  },
  {
    name: 'a hash knows no zones',
    cluster: { lb_policy: 'RING_HASH', ...zones() },
    places: MOSTLY_HERE,
    requests: 60,
    expected: { same: true, servers: [0, 1, 2, 3] },
    stats: NOT_ROUTED,
  },
]

/** What becomes of requests when nothing can be said of zones. */
const plain = (stats: Row['stats'], counted: readonly string[]): Row => ({
  name: 'zones mean nothing',
  cluster: zones(),
  places: MOSTLY_HERE,
  requests: 40,
  expected: EVEN,
  stats: { ...NOT_ROUTED, ...stats },
  counted,
})

export const ZONE_SUITES: readonly ZoneSuite[] = [
  { name: 'proxies in two zones', home: [inZone('a', [0]), inZone('b', [1])], rows: ENOUGH },
  {
    name: 'most proxies are unhealthy',
    home: [inZone('a', [0]), inZone('b', [1, 2], UNHEALTHY)],
    rows: [
      plain({ lb_local_cluster_not_ok: 40 }, []),
      {
        name: 'and that fails',
        cluster: zones({ fail_traffic_on_panic: true }),
        places: MOSTLY_HERE,
        requests: 4,
        expected: { status: 503 },
        stats: { lb_local_cluster_not_ok: 4, lb_healthy_panic: 0 },
      },
    ],
  },
  {
    name: 'no proxy is in this zone',
    home: [inZone('b', [0]), inZone('c', [1])],
    rows: [plain({}, ['lb_local_cluster_not_ok'])],
  },
  { name: 'proxies in one zone', home: [inZone('a', [0])], rows: [plain({ lb_local_cluster_not_ok: 0 }, [])] },
]
