/** Rows where turns or chance decide. */
import { servers, type Row } from './row.ts'

const UNHEALTHY = { more: { health_status: 'UNHEALTHY' } }
const DEGRADED = { more: { health_status: 'DEGRADED' } }
const weighted = servers(3, (index) => ({ more: { load_balancing_weight: index + 1 } }))
const zone = (name: string, weight: number, more: object = {}): object => ({
  locality: { zone: name },
  load_balancing_weight: weight,
  ...more,
})

export const SPREAD_ROWS: readonly Row[] = [
  { name: 'round robin', cluster: {}, places: servers(5), requests: 20, expected: { counts: { 0: 4, 1: 4, 2: 4, 3: 4, 4: 4 } } },
  {
    name: 'round robin with weights',
    cluster: {},
    places: weighted,
    requests: 60,
    expected: { counts: { 0: 10, 1: 20, 2: 30 } },
  },
  {
    name: 'least request',
    cluster: { lb_policy: 'LEAST_REQUEST', least_request_lb_config: { choice_count: 3 } },
    places: servers(3),
    requests: 60,
    expected: { reached: [0, 1, 2] },
  },
  {
    name: 'least request with weights',
    cluster: { lb_policy: 'LEAST_REQUEST' },
    places: weighted,
    requests: 60,
    expected: { counts: { 0: 10, 1: 20, 2: 30 } },
  },
  { name: 'random', cluster: { lb_policy: 'RANDOM' }, places: weighted, requests: 60, expected: { reached: [0, 1, 2] } },
  {
    name: 'unhealthy and draining endpoints get nothing',
    cluster: {},
    places: servers(5, (index) => (index === 1 ? UNHEALTHY : index === 3 ? { more: { health_status: 'DRAINING' } } : {})),
    requests: 12,
    expected: { counts: { 0: 4, 2: 4, 4: 4 } },
  },
  {
    name: 'in panic every endpoint is used',
    cluster: {},
    places: servers(5, (index) => (index < 3 ? UNHEALTHY : {})),
    requests: 20,
    expected: { counts: { 0: 4, 1: 4, 2: 4, 3: 4, 4: 4 } },
  },
  {
    name: 'a panic threshold of its own',
    cluster: { common_lb_config: { healthy_panic_threshold: { value: 40 } } },
    places: servers(5, (index) => (index < 3 ? UNHEALTHY : {})),
    requests: 20,
    expected: { counts: { 3: 10, 4: 10 } },
  },
  {
    name: 'without panic nobody is left',
    cluster: { common_lb_config: { healthy_panic_threshold: { value: 0 } } },
    places: servers(2, () => UNHEALTHY),
    requests: 3,
    expected: { status: 503 },
  },
  {
    name: 'the second priority takes over',
    cluster: {},
    places: [
      {
        endpoints: [
          { upstream: 0, ...UNHEALTHY },
          { upstream: 1, ...UNHEALTHY },
        ],
      },
      { place: { priority: 1 }, endpoints: [{ upstream: 2 }, { upstream: 3 }] },
    ],
    requests: 10,
    expected: { counts: { 2: 5, 3: 5 } },
  },
  {
    name: 'an overprovisioning factor keeps the first priority',
    cluster: {},
    assignment: { policy: { overprovisioning_factor: 200 } },
    places: [
      { endpoints: [{ upstream: 0 }, { upstream: 1, ...UNHEALTHY }] },
      { place: { priority: 1 }, endpoints: [{ upstream: 2 }] },
    ],
    requests: 10,
    expected: { counts: { 0: 10 } },
  },
  {
    name: 'degraded endpoints wait for the failure of healthy ones',
    cluster: {},
    places: servers(4, (index) => (index === 3 ? DEGRADED : {})),
    requests: 12,
    expected: { counts: { 0: 4, 1: 4, 2: 4 } },
  },
  {
    name: 'degraded endpoints take what healthy ones cannot',
    cluster: {},
    places: servers(3, (index) => (index === 0 ? UNHEALTHY : DEGRADED)),
    requests: 10,
    expected: { counts: { 1: 5, 2: 5 } },
  },
  {
    name: 'localities by weight',
    cluster: { common_lb_config: { locality_weighted_lb_config: {} } },
    places: [
      { place: zone('a', 3), endpoints: [{ upstream: 0 }] },
      { place: zone('b', 1), endpoints: [{ upstream: 1 }, { upstream: 2 }] },
    ],
    requests: 80,
    expected: { counts: { 0: 60, 1: 10, 2: 10 } },
  },
  {
    name: 'a locality that is half down has less weight',
    cluster: { common_lb_config: { locality_weighted_lb_config: {} } },
    assignment: { policy: { overprovisioning_factor: 100 } },
    places: [
      { place: zone('a', 1), endpoints: [{ upstream: 0 }, { upstream: 1, ...UNHEALTHY }] },
      { place: zone('b', 1), endpoints: [{ upstream: 2 }] },
      { place: zone('c', 1), endpoints: [{ upstream: 3 }] },
    ],
    requests: 50,
    expected: { reached: [0, 2, 3] },
  },
  {
    name: 'localities without weights are one',
    cluster: {},
    places: [
      { place: { locality: { zone: 'a' } }, endpoints: [{ upstream: 0 }] },
      { place: { locality: { zone: 'b' } }, endpoints: [{ upstream: 1 }, { upstream: 2 }] },
    ],
    requests: 30,
    expected: { counts: { 0: 10, 1: 10, 2: 10 } },
  },
]
