/** Rows where the hash of a request decides. */
import { servers, type Row } from './row.ts'

const RING = { lb_policy: 'RING_HASH' }
const MAGLEV = { lb_policy: 'MAGLEV' }
const BY_HOSTNAME = {
  type: 'STRICT_DNS',
  dns_lookup_family: 'V4_ONLY',
  common_lb_config: { consistent_hashing_lb_config: { use_hostname_for_hashing: true } },
}
const BY_LOCALITY = { common_lb_config: { locality_weighted_lb_config: {} } }
const ALL = { same: true, servers: [0, 1, 2, 3, 4] } as const
/** Where places are few, chance may leave a server without one. */
const SAME = { same: true, servers: null } as const

const weighted = servers(5, (index) => ({ more: { load_balancing_weight: index + 1 } }))
const named = servers(5, (index) => ({ endpoint: { hostname: `host-${index}.test` } }))
const keyed = servers(5, (index) => ({ more: { metadata: { filter_metadata: { 'envoy.lb': { hash_key: `key ${index}` } } } } }))
const UNHEALTHY = { more: { health_status: 'UNHEALTHY' } }

const inZone = (zone: string, weight: number, ...upstreams: number[]): Row['places'][number] => ({
  place: { locality: { zone }, load_balancing_weight: weight },
  endpoints: upstreams.map((upstream) => ({ upstream })),
})
const zones = [inZone('a', 1, 0, 1), inZone('b', 3, 2, 3, 4)]

/** The first priority has two of three healthy and carries 93 %. */
const priorities: Row['places'] = [
  { endpoints: [{ upstream: 0 }, { upstream: 1 }, { upstream: 2, ...UNHEALTHY }] },
  { place: { priority: 1 }, endpoints: [{ upstream: 3 }, { upstream: 4 }] },
]

const PLACES = 300

const TABLES: readonly Row[] = [
  { name: 'ring hash places 1000 keys', cluster: RING, places: servers(5), requests: 1000, expected: ALL },
  { name: 'Maglev places 1000 keys', cluster: MAGLEV, places: servers(5), requests: 1000, expected: ALL },
  {
    name: 'ring hash with MurmurHash',
    cluster: { ...RING, ring_hash_lb_config: { hash_function: 'MURMUR_HASH_2' } },
    places: servers(5),
    requests: PLACES,
    expected: ALL,
  },
  {
    name: 'a ring of few places',
    cluster: { ...RING, ring_hash_lb_config: { minimum_ring_size: 5, maximum_ring_size: 7 } },
    places: servers(5),
    requests: PLACES,
    expected: SAME,
  },
  { name: 'ring hash with weights', cluster: RING, places: weighted, requests: PLACES, expected: ALL },
  {
    name: 'a ring too small for its weights',
    cluster: { ...RING, ring_hash_lb_config: { maximum_ring_size: 11, minimum_ring_size: 3 } },
    places: weighted,
    requests: PLACES,
    expected: SAME,
  },
  { name: 'Maglev with weights', cluster: MAGLEV, places: weighted, requests: PLACES, expected: ALL },
  {
    name: 'Maglev with a small table',
    cluster: { ...MAGLEV, maglev_lb_config: { table_size: 101 } },
    places: weighted,
    requests: PLACES,
    expected: ALL,
  },
  { name: 'ring hash by host names', cluster: { ...RING, ...BY_HOSTNAME }, places: named, requests: PLACES, expected: ALL },
  { name: 'Maglev by host names', cluster: { ...MAGLEV, ...BY_HOSTNAME }, places: named, requests: PLACES, expected: ALL },
  { name: 'ring hash by keys of metadata', cluster: RING, places: keyed, requests: PLACES, expected: ALL },
  { name: 'Maglev by keys of metadata', cluster: MAGLEV, places: keyed, requests: PLACES, expected: ALL },
  {
    name: 'ring hash with weighted localities',
    cluster: { ...RING, ...BY_LOCALITY },
    places: zones,
    requests: PLACES,
    expected: ALL,
  },
  {
    name: 'Maglev with weighted localities',
    cluster: { ...MAGLEV, ...BY_LOCALITY },
    places: zones,
    requests: PLACES,
    expected: ALL,
  },
  {
    name: 'ring hash leaves out what is not healthy',
    cluster: RING,
    places: servers(5, (index) => (index === 2 ? UNHEALTHY : {})),
    requests: PLACES,
    expected: { same: true, servers: [0, 1, 3, 4] },
  },
  {
    name: 'ring hash in panic uses every endpoint',
    cluster: RING,
    places: servers(5, (index) => (index < 3 ? UNHEALTHY : {})),
    requests: PLACES,
    expected: ALL,
  },
  {
    name: 'ring hash over priorities',
    cluster: RING,
    places: priorities,
    requests: PLACES,
    expected: { same: true, servers: [0, 1, 3, 4] },
  },
  {
    name: 'Maglev over priorities',
    cluster: MAGLEV,
    places: priorities,
    requests: PLACES,
    expected: { same: true, servers: [0, 1, 3, 4] },
  },
]

const POLICIES: readonly Row[] = [
  {
    name: 'the hash of a cookie',
    hashPolicy: [{ cookie: { name: 'session' } }],
    request: (index) => ({ headers: { cookie: `other=1; session="s${index}"; more=2` } }),
    cluster: MAGLEV,
    places: servers(5),
    requests: 100,
    expected: ALL,
  },
  {
    name: 'the hash of a query parameter',
    hashPolicy: [{ query_parameter: { name: 'id' } }],
    request: (index) => ({ path: `/?x=1&id=${index}&id=2` }),
    cluster: MAGLEV,
    places: servers(5),
    requests: 100,
    expected: ALL,
  },
  {
    name: 'the hash of the client address and a header',
    hashPolicy: [{ connection_properties: { source_ip: true } }, { header: { header_name: 'x-key' } }],
    cluster: MAGLEV,
    places: servers(5),
    requests: 100,
    expected: ALL,
  },
  {
    name: 'the hash of the values of a header in any order',
    hashPolicy: [{ header: { header_name: 'x-many' } }],
    request: (index) => ({ headers: { 'x-many': [`b${index}`, 'a', `c${index % 7}`] } }),
    cluster: MAGLEV,
    places: servers(5),
    requests: 100,
    expected: ALL,
  },
  {
    name: 'a policy that ends the hash',
    hashPolicy: [
      { header: { header_name: 'x-none' }, terminal: true },
      { header: { header_name: 'x-key' }, terminal: true },
      { query_parameter: { name: 'id' } },
    ],
    request: (index) => ({ path: `/?id=${index}`, headers: { 'x-key': `k${index}` } }),
    cluster: MAGLEV,
    places: servers(5),
    requests: 100,
    expected: ALL,
  },
  {
    name: 'no hash is chance',
    request: () => ({}),
    cluster: RING,
    places: servers(3),
    requests: 60,
    expected: { reached: [0, 1, 2] },
  },
]

export const HASH_ROWS = [...TABLES, ...POLICIES]
