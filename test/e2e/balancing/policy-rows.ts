/** Rows where the load balancer is an extension. */
import { servers, type Row } from './row.ts'

const TYPES = 'type.googleapis.com/envoy.extensions.load_balancing_policies'
const STRUCT = 'type.googleapis.com/xds.type.v3.TypedStruct'
const ALL = { same: true, servers: [0, 1, 2, 3, 4] } as const
const LOCALITIES = { locality_lb_config: { locality_weighted_lb_config: {} } }

/** A load balancer as an extension: `round_robin.v3.RoundRobin`. */
const policy = (type: string, fields: object = {}): object => ({ '@type': `${TYPES}.${type}`, ...fields })
const list = (...policies: object[]): object => ({
  policies: policies.map((config, index) => ({ typed_extension_config: { name: `policy ${index}`, typed_config: config } })),
})
const cluster = (...policies: object[]): object => ({ load_balancing_policy: list(...policies) })

const ROUND_ROBIN = policy('round_robin.v3.RoundRobin')
const UNKNOWN = { '@type': STRUCT, type_url: 'type.googleapis.com/somebody.Balancer', value: { speed: 3 } }
const weighted = servers(3, (index) => ({ more: { load_balancing_weight: index + 1 } }))
const staged = servers(4, (index) => ({
  more: { metadata: { filter_metadata: { 'envoy.lb': { stage: index < 2 ? 'prod' : 'dev' } } } },
}))
const named = servers(5, (index) => ({ endpoint: { hostname: `host-${index}.test` } }))
const places: Row['places'] = [
  { place: { locality: { zone: 'a' }, load_balancing_weight: 3 }, endpoints: [{ upstream: 0 }] },
  { place: { locality: { zone: 'b' }, load_balancing_weight: 1 }, endpoints: [{ upstream: 1 }, { upstream: 2 }] },
]

function row(name: string, config: object, more: Pick<Row, 'places' | 'requests' | 'expected'> & Partial<Row>): Row {
  return { name: `extension: ${name}`, cluster: config, ...more }
}

export const POLICY_ROWS: readonly Row[] = [
  row('round robin', cluster(ROUND_ROBIN), { places: servers(2), requests: 10, expected: { counts: { 0: 5, 1: 5 } } }),
  row(
    'it counts instead of lb_policy',
    { lb_policy: 'MAGLEV', ...cluster(ROUND_ROBIN) },
    {
      places: servers(2),
      requests: 10,
      expected: { counts: { 0: 5, 1: 5 } },
    },
  ),
  row(
    'the same by name',
    { lb_policy: 'LOAD_BALANCING_POLICY_CONFIG', ...cluster(ROUND_ROBIN) },
    {
      places: weighted,
      requests: 60,
      expected: { counts: { 0: 10, 1: 20, 2: 30 } },
    },
  ),
  row('one that is not known is left out', cluster(UNKNOWN, ROUND_ROBIN, policy('maglev.v3.Maglev')), {
    places: servers(2),
    requests: 10,
    expected: { counts: { 0: 5, 1: 5 } },
  }),
  row(
    'one that is known, as a typed struct',
    cluster({ '@type': STRUCT, type_url: `${TYPES}.maglev.v3.Maglev`, value: { table_size: 5 } }),
    {
      places: servers(5),
      requests: 100,
      expected: ALL,
      stats: { 'maglev_lb.max_entries_per_host': 1 },
    },
  ),
  row('round robin over weighted localities', cluster(policy('round_robin.v3.RoundRobin', LOCALITIES)), {
    places,
    requests: 80,
    expected: { counts: { 0: 60, 1: 10, 2: 10 } },
  }),
  row('weights of localities that do not count', cluster(ROUND_ROBIN), {
    places,
    requests: 30,
    expected: { counts: { 0: 10, 1: 10, 2: 10 } },
  }),
  row('random over weighted localities', cluster(policy('random.v3.Random', LOCALITIES)), {
    places: [places[0]!, { ...places[1]!, endpoints: [{ upstream: 1 }] }],
    requests: 80,
    expected: { counts: { 0: 60, 1: 20 } },
  }),
  row('random', cluster(policy('random.v3.Random')), { places: weighted, requests: 60, expected: { reached: [0, 1, 2] } }),
  row('least request', cluster(policy('least_request.v3.LeastRequest', { choice_count: 5 })), {
    places: servers(3),
    requests: 60,
    expected: { reached: [0, 1, 2] },
  }),
  row('least request of all', cluster(policy('least_request.v3.LeastRequest', { selection_method: 'FULL_SCAN' })), {
    places: servers(3),
    requests: 60,
    expected: { reached: [0, 1, 2] },
  }),
  row('least request with weights', cluster(policy('least_request.v3.LeastRequest')), {
    places: weighted,
    requests: 60,
    expected: { counts: { 0: 10, 1: 20, 2: 30 } },
  }),
  row('ring hash', cluster(policy('ring_hash.v3.RingHash')), { places: servers(5), requests: 300, expected: ALL }),
  row(
    'a small ring by MurmurHash',
    cluster(policy('ring_hash.v3.RingHash', { hash_function: 'MURMUR_HASH_2', minimum_ring_size: 20, maximum_ring_size: 20 })),
    {
      places: servers(5),
      requests: 300,
      expected: { same: true, servers: null },
      stats: { 'ring_hash_lb.size': 20 },
    },
  ),
  row(
    'a ring of host names',
    cluster(policy('ring_hash.v3.RingHash', { consistent_hashing_lb_config: { use_hostname_for_hashing: true } })),
    {
      places: named,
      requests: 300,
      expected: ALL,
    },
  ),
  row('a ring of weighted localities', cluster(policy('ring_hash.v3.RingHash', { locality_weighted_lb_config: {} })), {
    places,
    requests: 300,
    expected: { same: true, servers: [0, 1, 2] },
  }),
  row('Maglev', cluster(policy('maglev.v3.Maglev')), { places: servers(5), requests: 300, expected: ALL }),
  row(
    'Maglev of host names',
    cluster(policy('maglev.v3.Maglev', { consistent_hashing_lb_config: { use_hostname_for_hashing: true } })),
    {
      places: named,
      requests: 300,
      expected: ALL,
    },
  ),
  row(
    'groups by metadata',
    cluster(policy('subset.v3.Subset', { subset_selectors: [{ keys: ['stage'] }], subset_lb_policy: list(ROUND_ROBIN) })),
    {
      places: staged,
      action: (name) => ({ cluster: name, metadata_match: { filter_metadata: { 'envoy.lb': { stage: 'dev' } } } }),
      requests: 12,
      expected: { counts: { 2: 6, 3: 6 } },
      stats: { lb_subsets_selected: 12 },
    },
  ),
  row(
    'groups without one, and Maglev inside',
    cluster(
      policy('subset.v3.Subset', {
        fallback_policy: 'ANY_ENDPOINT',
        subset_selectors: [{ keys: ['stage'] }],
        subset_lb_policy: list(UNKNOWN, policy('maglev.v3.Maglev')),
      }),
    ),
    { places: staged, requests: 100, expected: { same: true, servers: [0, 1, 2, 3] }, stats: { lb_subsets_fallback: 100 } },
  ),
]
