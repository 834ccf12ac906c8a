/** Rows where the metadata of endpoints decides. */
import type { EndpointRow, Place, Row } from './row.ts'

const metadata = (values: object): object => ({ filter_metadata: { 'envoy.lb': values } })
const endpoint = (upstream: number, values: object, more: object = {}): EndpointRow => ({
  upstream,
  more: { metadata: metadata(values), ...more },
})
const matching = (values: object) => (cluster: string) => ({ cluster, metadata_match: metadata(values) })
const subsets = (more: object): object => ({ lb_subset_config: { subset_selectors: [{ keys: ['stage'] }], ...more } })

/** Servers 0 and 1 are of v1, 2 and 3 of v2, 4 has no version. */
const PLACES: readonly Place[] = [
  {
    endpoints: [
      endpoint(0, { version: 'v1', stage: 'prod' }),
      endpoint(1, { version: 'v1', stage: 'dev' }),
      endpoint(2, { version: 'v2', stage: 'prod' }),
      endpoint(3, { version: 'v2', stage: 'dev' }),
      endpoint(4, { stage: 'prod', ports: [1, 2] }),
    ],
  },
]
const BY_VERSION = { subset_selectors: [{ keys: ['version'] }] }
const BY_BOTH = { subset_selectors: [{ keys: ['version', 'stage'] }, { keys: ['stage'] }] }
const zone = (name: string, weight: number): object => ({ locality: { zone: name }, load_balancing_weight: weight })
const ZONES: readonly Place[] = [
  { place: zone('a', 8), endpoints: [endpoint(0, { stage: 'prod' }), endpoint(1, { stage: 'dev' })] },
  { place: zone('b', 1), endpoints: [endpoint(2, { stage: 'prod' })] },
  { place: zone('c', 1), endpoints: [endpoint(3, { stage: 'dev' })] },
]
const BY_LOCALITY = { common_lb_config: { locality_weighted_lb_config: {} } }
const NONE = { status: 503 } as const

function row(name: string, config: object, values: object | null, expected: Row['expected'], more: Partial<Row> = {}): Row {
  const action = values === null ? {} : { action: matching(values) }
  return { name: `subsets: ${name}`, cluster: subsets(config), places: PLACES, requests: 12, expected, ...action, ...more }
}

export const SUBSET_ROWS: readonly Row[] = [
  row(
    'a route chooses one',
    BY_VERSION,
    { version: 'v2' },
    { counts: { 2: 6, 3: 6 } },
    {
      stats: { lb_subsets_selected: 12, lb_subsets_fallback: 0, lb_subsets_removed: 0 },
    },
  ),
  row('of two keys in any order', BY_BOTH, { stage: 'dev', version: 'v1' }, { counts: { 1: 12 } }),
  row('of some of the keys that there are', BY_BOTH, { stage: 'dev' }, { counts: { 1: 6, 3: 6 } }),
  row('keys of which there is no selector', BY_BOTH, { version: 'v1' }, NONE),
  row('a value that no endpoint has', BY_VERSION, { version: 'v9' }, NONE, {
    stats: { lb_subsets_selected: 0, lb_subsets_fallback: 0 },
  }),
  row('a value of another kind', BY_VERSION, { version: 1 }, NONE),
  row('a route that says nothing', BY_VERSION, null, NONE),
  row('a route without keys', BY_VERSION, {}, NONE),
  row(
    'fallback to any endpoint',
    { ...BY_VERSION, fallback_policy: 'ANY_ENDPOINT' },
    { version: 'v9' },
    {
      reached: [0, 1, 2, 3, 4],
    },
    { stats: { lb_subsets_fallback: 12, lb_subsets_selected: 0 } },
  ),
  row(
    'fallback to the default',
    {
      ...BY_VERSION,
      fallback_policy: 'DEFAULT_SUBSET',
      default_subset: { version: 'v1', stage: 'dev' },
    },
    null,
    { counts: { 1: 12 } },
    { stats: { lb_subsets_fallback: 12 } },
  ),
  row(
    'fallback to a default without endpoint',
    {
      ...BY_VERSION,
      fallback_policy: 'DEFAULT_SUBSET',
      default_subset: { version: 'v7' },
    },
    null,
    NONE,
    { stats: { lb_subsets_fallback: 0 } },
  ),
  row(
    'panic when the default has no endpoint',
    {
      ...BY_VERSION,
      fallback_policy: 'DEFAULT_SUBSET',
      default_subset: { version: 'v7' },
      panic_mode_any: true,
    },
    null,
    { reached: [0, 1, 2, 3, 4] },
    { stats: { lb_subsets_fallback: 0, lb_subsets_fallback_panic: 12 } },
  ),
  row(
    'a selector falls back to nothing',
    {
      fallback_policy: 'ANY_ENDPOINT',
      subset_selectors: [{ keys: ['version'], fallback_policy: 'NO_FALLBACK' }],
    },
    { version: 'v9' },
    NONE,
  ),
  row(
    'a selector falls back to any endpoint',
    {
      subset_selectors: [{ keys: ['version'], fallback_policy: 'ANY_ENDPOINT' }],
    },
    { version: 'v9' },
    { reached: [0, 1, 2, 3, 4] },
    { stats: { lb_subsets_fallback: 0 } },
  ),
  row(
    'a selector falls back to the default',
    {
      default_subset: { stage: 'dev' },
      subset_selectors: [{ keys: ['version'], fallback_policy: 'DEFAULT_SUBSET' }],
    },
    { version: 'v9' },
    { counts: { 1: 6, 3: 6 } },
    { stats: { lb_subsets_fallback: 0 } },
  ),
  row(
    'a selector falls back to some of its keys',
    {
      subset_selectors: [
        { keys: ['stage', 'version'], fallback_policy: 'KEYS_SUBSET', fallback_keys_subset: ['stage'] },
        { keys: ['stage'] },
      ],
    },
    { version: 'v9', stage: 'dev' },
    { counts: { 1: 6, 3: 6 } },
    { stats: { lb_subsets_fallback: 0, lb_subsets_selected: 12 } },
  ),
  row(
    'one endpoint is all',
    { subset_selectors: [{ keys: ['stage'], single_host_per_subset: true }] },
    { stage: 'dev' },
    {
      counts: { 1: 12 },
    },
    { stats: { lb_subsets_single_host_per_subset_duplicate: 3 } },
  ),
  row('a list is one value', { subset_selectors: [{ keys: ['ports'] }] }, { ports: [1, 2] }, { counts: { 4: 12 } }),
  row(
    'a list is each of its values',
    { subset_selectors: [{ keys: ['ports'] }], list_as_any: true },
    { ports: 2 },
    {
      counts: { 4: 12 },
    },
  ),
  row(
    'a list of the default is each of its values, too',
    { ...BY_VERSION, list_as_any: true, fallback_policy: 'DEFAULT_SUBSET', default_subset: { ports: 2 } },
    null,
    { counts: { 4: 12 } },
  ),
  row(
    'alternatives one after the other',
    { ...BY_VERSION, metadata_fallback_policy: 'FALLBACK_LIST' },
    {
      fallback_list: [{ version: 'v9' }, { version: 'v2' }, { version: 'v1' }],
    },
    { counts: { 2: 6, 3: 6 } },
    { stats: { lb_subsets_selected: 12 } },
  ),
  row(
    'alternatives beside what is wanted',
    { ...BY_BOTH, metadata_fallback_policy: 'FALLBACK_LIST' },
    {
      stage: 'dev',
      fallback_list: [{ version: 'v9' }, { version: 'v1' }],
    },
    { counts: { 1: 12 } },
  ),
  row(
    'no alternative',
    { ...BY_BOTH, metadata_fallback_policy: 'FALLBACK_LIST' },
    { stage: 'dev', fallback_list: [] },
    {
      counts: { 1: 6, 3: 6 },
    },
  ),
  row('alternatives that the cluster does not try', BY_VERSION, { fallback_list: [{ version: 'v2' }] }, NONE),
  row(
    'weighted clusters add to what the route says',
    BY_BOTH,
    null,
    { counts: { 1: 6, 3: 6 } },
    {
      action: (name) => ({
        metadata_match: metadata({ version: 'v1', stage: 'prod' }),
        weighted_clusters: {
          header_name: 'x-number',
          clusters: [
            { name, weight: 1, metadata_match: metadata({ stage: 'dev' }) },
            { name, weight: 1, metadata_match: metadata({ stage: 'dev', version: 'v2' }) },
          ],
        },
      }),
      request: (index) => ({ headers: { 'x-number': String(index) } }),
    },
  ),
  row('no selector is no subset', { subset_selectors: [] }, { version: 'v1' }, { reached: [0, 1, 2, 3, 4] }),
  row(
    'localities without weight',
    {},
    { stage: 'prod' },
    { counts: { 0: 6, 2: 6 } },
    {
      places: ZONES,
      cluster: { ...subsets({}), ...BY_LOCALITY },
    },
  ),
  row(
    'localities with their weight',
    {},
    { stage: 'prod' },
    { counts: { 0: 32, 2: 4 } },
    {
      places: ZONES,
      requests: 36,
      cluster: { ...subsets({ locality_weight_aware: true }), ...BY_LOCALITY },
    },
  ),
  row(
    'localities with a part of their weight',
    {},
    { stage: 'prod' },
    { counts: { 0: 32, 2: 8 } },
    {
      places: ZONES,
      requests: 40,
      cluster: { ...subsets({ locality_weight_aware: true, scale_locality_weight: true }), ...BY_LOCALITY },
    },
  ),
  row(
    'ring hash inside of one',
    {},
    { stage: 'prod' },
    { same: true, servers: [0, 2, 4] },
    {
      requests: 100,
      cluster: { ...subsets({}), lb_policy: 'RING_HASH' },
    },
  ),
  row(
    'Maglev inside of one',
    {},
    { stage: 'prod' },
    { same: true, servers: [0, 2, 4] },
    {
      requests: 100,
      cluster: { ...subsets({}), lb_policy: 'MAGLEV' },
    },
  ),
  row(
    'panic inside of one',
    {},
    { stage: 'prod' },
    { counts: { 0: 6, 2: 6 } },
    {
      places: [
        {
          endpoints: [
            endpoint(0, { stage: 'prod' }, { health_status: 'UNHEALTHY' }),
            endpoint(1, { stage: 'dev' }),
            endpoint(2, { stage: 'prod' }, { health_status: 'UNHEALTHY' }),
          ],
        },
      ],
      stats: { lb_healthy_panic: 12 },
    },
  ),
  row(
    'the second priority inside of one',
    {},
    { stage: 'prod' },
    { counts: { 2: 12 } },
    {
      places: [
        { endpoints: [endpoint(0, { stage: 'prod' }, { health_status: 'UNHEALTHY' }), endpoint(1, { stage: 'dev' })] },
        { place: { priority: 1 }, endpoints: [endpoint(2, { stage: 'prod' }), endpoint(3, { stage: 'dev' })] },
      ],
    },
  ),
]
