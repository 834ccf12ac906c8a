/** What the admin interface tells of listeners, clusters, certificates and the configuration. */
import { describe, expect, test } from 'vitest'
import { STAMP, TEXT, admin3, ask, listener } from './server-fixture.ts'

test('/certs shows names and times, and no day left of what has expired', async () => {
  const names = [{ dns: 'a.test' }, { uri: 'spiffe://a' }, { ip_address: '1.2.3.4' }]
  const times = { days_until_expiration: '0', valid_from: '2020-01-01T00:00:00Z', expiration_time: '2020-01-02T03:00:00Z' }
  const shown = { path: '<inline>', serial_number: '1000', subject_alt_names: names, ...times }
  expect(JSON.parse((await ask('/certs')).body)).toEqual({ certificates: [{ ca_cert: [], cert_chain: [shown] }] })
})

describe('/listeners and /clusters', () => {
  test.each([
    ['/listeners', 'l1::127.0.0.1:10000\nl6::[::1]:10001\n'],
    ['/clusters?filter=(', expect.stringContaining('Invalid regular expression')],
    [
      '/clusters?filter=^e',
      'empty::observability_name::empty\nempty::default_priority::max_connections::1\nempty::default_priority::max_pending_requests::1\n' +
        'empty::default_priority::max_requests::1\nempty::default_priority::max_retries::1\nempty::high_priority::max_connections::2\n' +
        'empty::high_priority::max_pending_requests::3\nempty::high_priority::max_requests::4\n' +
        'empty::high_priority::max_retries::5\nempty::added_via_api::true\n',
    ],
  ])('%s', async (path, body) => {
    expect((await ask(path)).body).toEqual(body)
  })

  test('/clusters has a line per figure of each host', async () => {
    const lines = (await ask('/clusters')).body.split('\n')
    expect(lines.filter((line) => line.startsWith('up.one::127.0.0.1:9::'))).toEqual(
      [
        'cx_active::0',
        'cx_connect_fail::1',
        'cx_total::2',
        'rq_active::0',
        'rq_error::3',
        'rq_pending_active::4',
        'rq_success::0',
        'rq_timeout::0',
        'rq_total::5',
        'hostname::',
        'health_flags::healthy',
        'weight::1',
        'region::',
        'zone::',
        'sub_zone::',
        'canary::false',
        'priority::0',
        'success_rate::-1',
        'local_origin_success_rate::-1',
      ].map((line) => `up.one::127.0.0.1:9::${line}`),
    )
    expect(lines).toContain('up.one::[::1]:80::health_flags::/failed_active_hc')
    expect(lines).toContain('up.one::[::1]:80::hostname::six')
  })

  test('the JSON forms are those of the admin messages', async () => {
    expect(JSON.parse((await ask('/listeners?format=json')).body)).toEqual({
      listener_statuses: [
        { name: 'l1', local_address: { socket_address: { address: '127.0.0.1', port_value: 10000 } } },
        { name: 'l6', local_address: { socket_address: { address: '::1', port_value: 10001 } } },
      ],
    })
    const [first, second] = JSON.parse((await ask('/clusters?format=json')).body).cluster_statuses
    expect(first).toMatchObject({
      name: 'up.one',
      observability_name: 'alt',
      circuit_breakers: {
        thresholds: [
          { max_connections: 1024, max_pending_requests: 7, max_requests: 8, max_retries: 3 },
          { priority: 'HIGH', max_connections: 1024, max_pending_requests: 1024, max_requests: 1024, max_retries: 3 },
        ],
      },
    })
    expect(second.circuit_breakers.thresholds[1]).toMatchObject({ priority: 'HIGH', max_connections: 2, max_retries: 5 })
    expect(first.host_statuses[0]).toEqual({
      address: { socket_address: { address: '127.0.0.1', port_value: 9 } },
      stats: [
        { value: '1', name: 'cx_connect_fail' },
        { value: '2', name: 'cx_total' },
        { value: '3', name: 'rq_error' },
        { name: 'rq_success' },
        { name: 'rq_timeout' },
        { value: '5', name: 'rq_total' },
        { type: 'GAUGE', name: 'cx_active' },
        { type: 'GAUGE', name: 'rq_active' },
        { type: 'GAUGE', value: '4', name: 'rq_pending_active' },
      ],
      health_status: { eds_health_status: 'HEALTHY' },
      weight: 1,
      locality: {},
    })
    expect(first.host_statuses[1]).toMatchObject({
      hostname: 'six',
      priority: 1,
      health_status: { failed_active_health_check: true },
    })
    expect(second).toEqual({
      name: 'empty',
      added_via_api: true,
      circuit_breakers: expect.anything(),
      observability_name: 'empty',
    })
  })
})

describe('/config_dump', () => {
  const bad = {
    name: 'bad',
    error_state: { failed_configuration: listener('bad'), last_update_attempt: STAMP, details: 'Unable to create Wasm plugin x' },
  }

  test('has the bootstrap, clusters, listeners with their errors, and routes', async () => {
    expect(JSON.parse((await ask('/config_dump')).body)).toEqual({
      configs: [
        { '@type': admin3('BootstrapConfigDump'), bootstrap: { node: { id: 'n' } }, last_updated: STAMP },
        {
          '@type': admin3('ClustersConfigDump'),
          static_clusters: [
            { cluster: { '@type': 'type.googleapis.com/envoy.config.cluster.v3.Cluster', name: 'up' }, last_updated: STAMP },
          ],
        },
        {
          '@type': admin3('ListenersConfigDump'),
          dynamic_listeners: [
            { name: 'good', active_state: { version_info: 'v1', listener: listener('good'), last_updated: STAMP } },
            bad,
          ],
        },
        { '@type': admin3('RoutesConfigDump') },
        { '@type': admin3('SecretsConfigDump') },
      ],
    })
  })

  test.each([
    ['?resource=dynamic_listeners&name_regex=^b', [{ '@type': admin3('ListenersConfigDump.DynamicListener'), ...bad }]],
    ['?mask=bootstrap', [{ '@type': admin3('BootstrapConfigDump'), bootstrap: { node: { id: 'n' } } }]],
    [
      '?mask=bootstrap.node.id,last_updated',
      [{ '@type': admin3('BootstrapConfigDump'), bootstrap: { node: { id: 'n' } }, last_updated: STAMP }],
    ],
    ['?mask=bootstrap.admin', [{ '@type': admin3('BootstrapConfigDump'), bootstrap: {} }]],
    [
      '?resource=static_clusters&mask=cluster.name',
      [
        {
          '@type': admin3('ClustersConfigDump.StaticCluster'),
          cluster: { '@type': 'type.googleapis.com/envoy.config.cluster.v3.Cluster', name: 'up' },
        },
      ],
    ],
  ])('%s selects', async (query, configs) => {
    expect(JSON.parse((await ask(`/config_dump${query}`)).body)).toEqual({ configs })
  })

  test('is an empty message when nothing is there', async () => {
    expect(JSON.parse((await ask('/config_dump?resource=static_listeners')).body)).toEqual({})
  })

  test.each([
    ['?resource=nope', 404, 'nope not found in config dump'],
    ['?resource=bootstrap', 400, 'bootstrap is not a repeated field. Use ?mask=bootstrap to get only this field'],
    ['?mask=nope', 400, 'FieldMask nope could not be successfully applied to any configs.'],
    ['?mask=static_clusters.cluster', 400, 'FieldMask static_clusters.cluster could not be successfully applied to any configs.'],
    ['?resource=static_clusters&mask=nope', 400, 'FieldMask nope could not be successfully used.'],
    ['?name_regex=((', 400, expect.stringMatching(/^Error while parsing name_regex: /)],
  ])('%s is refused', async (query, status, body) => {
    expect(await ask(`/config_dump${query}`)).toEqual({ status, type: TEXT, body })
  })
})
