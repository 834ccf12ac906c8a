import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type {
  CertificateGroup,
  AdminProviders,
  ClusterStatus,
  ConfigDump,
  DrainOptions,
  HostStatus,
  ServerState,
} from '../../../host/admin/providers.ts'
import { AdminServer } from '../../../host/admin/server.ts'
import { SluiceError } from '../../../host/errors.ts'
import { createLoggers, type Loggers } from '../../../host/services/logger.ts'
import { createStatsStore, type StatsStore } from '../../../host/stats/store.ts'
import { TagExtractor } from '../../../host/stats/tags.ts'

const HOST: HostStatus = {
  address: { host: '127.0.0.1', port: 9 },
  hostname: '',
  healthFlags: [],
  weight: 1,
  priority: 0,
  locality: { region: '', zone: '', subZone: '' },
  cxActive: 0,
  cxConnectFail: 1,
  cxTotal: 2,
  rqActive: 0,
  rqError: 3,
  rqPendingActive: 4,
  rqSuccess: 0,
  rqTimeout: 0,
  rqTotal: 5,
}
const CLUSTERS: ClusterStatus[] = [
  {
    name: 'up.one',
    statName: 'alt',
    isAddedByApi: false,
    thresholds: { maxConnections: 1024, maxPendingRequests: 7, maxRequests: 8, maxRetries: 3 },
    highThresholds: null,
    hosts: [
      HOST,
      { ...HOST, address: { host: '::1', port: 80 }, hostname: 'six', healthFlags: ['/failed_active_hc'], priority: 1 },
    ],
  },
  {
    name: 'empty',
    statName: 'empty',
    isAddedByApi: true,
    thresholds: { maxConnections: 1, maxPendingRequests: 1, maxRequests: 1, maxRetries: 1 },
    highThresholds: { maxConnections: 2, maxPendingRequests: 3, maxRequests: 4, maxRetries: 5 },
    hosts: [],
  },
]
const TIME = Date.UTC(2026, 0, 2, 3, 4, 5, 6)
const STAMP = '2026-01-02T03:04:05.006Z'
const resource = (name: string, version = '') => ({ name, json: { name }, updatedAt: TIME, version })
const DUMP: ConfigDump = {
  bootstrap: { name: '', json: { node: { id: 'n' } }, updatedAt: TIME },
  staticClusters: [resource('up')],
  staticListeners: [],
  dynamicListeners: [
    { name: 'good', active: resource('good', 'v1'), error: null },
    { name: 'bad', active: null, error: { ...resource('bad'), details: 'Unable to create Wasm plugin x' } },
  ],
  staticRoutes: [],
}

interface Answer {
  status: number
  type: string | null
  body: string
}

let admin: AdminServer
let origin: string
let stats: StatsStore
let loggers: Loggers
let logged: string[]
let state: ServerState
let calls: unknown[]
let isTapped: boolean

beforeEach(async () => {
  state = 'LIVE'
  calls = []
  isTapped = false
  logged = []
  stats = createStatsStore({ writers: 1 })
  loggers = createLoggers({ level: 'info' }, ({ component, message }) => void logged.push(`${component}: ${message}`))
  const providers: AdminProviders = {
    stats,
    tags: new TagExtractor({ tags: [], useDefaultTags: true }),
    loggers,
    server: {
      state: () => state,
      uptimeSeconds: () => 42,
      version: '1.2.3',
      commandLineOptions: { concurrency: 2 },
      node: { id: 'n1' },
      setHealthy: (isHealthy) => {
        state = isHealthy ? 'LIVE' : 'DRAINING'
      },
      drainListeners: async (options: DrainOptions) => void calls.push(options),
      reopenLogs: () => void calls.push('reopen'),
      quit: () => void calls.push('quit'),
      handOver: () => void calls.push('hand over'),
    },
    listeners: {
      statuses: () => [
        { name: 'l1', address: { host: '127.0.0.1', port: 10000 } },
        { name: 'l6', address: { host: '::1', port: 10001 } },
      ],
    },
    clusters: { statuses: async () => CLUSTERS },
    config: { dump: async () => DUMP },
    certificates: { statuses: () => CERTIFICATES },
    tap: {
      open: async (request) => {
        calls.push(request)
        return isTapped ? null : { lines: (signal) => traces(signal) }
      },
    },
  }
  admin = new AdminServer(providers, loggers.get('admin'))
  const { host, port } = await admin.start({ host: '127.0.0.1', port: 0 })
  origin = `http://${host}:${port}`
})

afterEach(() => admin.stop())

/** Two streams, then none until nobody reads on. */
async function* traces(signal: AbortSignal): AsyncGenerator<string> {
  yield '{"a":1}\n'
  yield '{"a":2}\n'
  if (!signal.aborted) await once(signal, 'abort')
  calls.push('over')
}

async function ask(path: string, method = 'GET'): Promise<Answer> {
  const response = await fetch(origin + path, { method })
  return { status: response.status, type: response.headers.get('content-type'), body: await response.text() }
}

const post = (path: string) => ask(path, 'POST')
const TEXT = 'text/plain; charset=UTF-8'

/** Levels in the answer of /logging. */
const levelsOf = (body: string, ...components: string[]) =>
  components.map((name) => new RegExp(`^  ${name}: (\\w+)$`, 'm').exec(body)?.[1])
const admin3 = (name: string) => `type.googleapis.com/envoy.admin.v3.${name}`
const listener = (name: string) => ({ '@type': 'type.googleapis.com/envoy.config.listener.v3.Listener', name })

describe('AdminServer', () => {
  test('answers an unknown path with the list of endpoints, as /help does', async () => {
    const help = await ask('/help')
    expect(help).toMatchObject({
      status: 200,
      type: TEXT,
      body: expect.stringMatching(/^admin commands are:\n {2}\/: Admin home page\n/),
    })
    expect(help.body).toContain('  /logging (POST): query/change logging levels\n      paths: ')
    expect(await ask('/stats/nope')).toEqual({ status: 404, type: TEXT, body: `invalid path. ${help.body}` })
  })

  test('every endpoint that the help names answers, and those that change something only to POST', async () => {
    const help = (await ask('/help')).body.matchAll(/^ {2}(\S+)( \(POST\))?: /gm)
    const statuses: Record<string, number[]> = {}
    // Else it waits for streams.
    isTapped = true
    for (const [, path = ''] of help) statuses[path] = [(await ask(path)).status, (await post(path)).status]
    const [both, onlyPost] = [
      [200, 200],
      [405, 200],
    ]
    expect(statuses).toEqual({
      '/': both,
      '/certs': both,
      '/clusters': both,
      '/config_dump': both,
      '/contention': both,
      '/drain_listeners': onlyPost,
      '/hand_over': onlyPost,
      '/healthcheck/fail': onlyPost,
      '/healthcheck/ok': onlyPost,
      '/help': both,
      '/hot_restart_version': both,
      '/init_dump': both,
      '/listeners': both,
      '/logging': onlyPost,
      '/memory': both,
      '/quitquitquit': onlyPost,
      '/ready': both,
      '/reopen_logs': onlyPost,
      '/reset_counters': onlyPost,
      '/runtime': both,
      '/runtime_modify': [405, 503],
      '/server_info': both,
      '/stats': both,
      '/stats/prometheus': both,
      '/tap': [400, 400],
    })
    expect(await ask('/logging')).toEqual({ status: 405, type: TEXT, body: 'Method GET not allowed, POST required.' })
  })

  test('sends headers that keep caches and sniffers away, and HEAD without a body', async () => {
    const response = await fetch(`${origin}/ready`, { method: 'HEAD' })
    expect(response.headers.get('cache-control')).toBe('no-cache, max-age=0')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(await response.text()).toBe('')
  })

  test('the home page links to what can be read and has buttons for the rest', async () => {
    const { type, body } = await ask('/')
    expect(type).toBe('text/html; charset=UTF-8')
    expect(body).toContain('<a href="stats/prometheus">/stats/prometheus</a>')
    expect(body).toContain('<form action="reset_counters" method="post">')
  })

  test('a provider that fails gives 500 and a log line', async () => {
    CLUSTERS.push(null as never)
    const answer = await ask('/clusters')
    CLUSTERS.pop()
    expect(answer).toMatchObject({ status: 500, body: expect.stringContaining('TypeError') })
    expect(logged).toEqual([expect.stringMatching(/^admin: GET \/clusters failed: TypeError/)])
  })

  test('a port in use is an error with the address; stop is harmless then', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const second = new AdminServer(null as never, loggers.get('admin'))
    const error = await second.start({ host: '127.0.0.1', port }).catch((fault: unknown) => fault)
    expect(error).toBeInstanceOf(SluiceError)
    expect(String(error)).toBe(
      `127.0.0.1:${port}: Cannot bind the admin address: seen EADDRINUSE, wanted a free address of this machine [SLUICE_LISTEN_ADDRESS]`,
    )
    await second.stop()
    other.close()
  })

  test('stop closes idle connections, and twice is harmless', async () => {
    await ask('/ready')
    await admin.stop()
    await admin.stop()
    await expect(ask('/ready')).rejects.toThrow('fetch failed')
  })
})

describe('state of the server', () => {
  test('/ready follows the health check', async () => {
    expect(await ask('/ready')).toEqual({ status: 200, type: TEXT, body: 'LIVE\n' })
    expect(await post('/healthcheck/fail')).toEqual({ status: 200, type: TEXT, body: 'OK\n' })
    expect(await ask('/ready')).toEqual({ status: 503, type: TEXT, body: 'DRAINING\n' })
    await post('/healthcheck/ok')
    expect(await ask('/ready')).toMatchObject({ status: 200, body: 'LIVE\n' })
  })

  test('/server_info', async () => {
    expect(JSON.parse((await ask('/server_info')).body)).toEqual({
      version: '1.2.3',
      state: 'LIVE',
      uptime_current_epoch: '42s',
      uptime_all_epochs: '42s',
      hot_restart_version: 'sluice.1',
      command_line_options: { concurrency: 2 },
      node: { id: 'n1' },
    })
  })

  test.each([
    ['/drain_listeners', { isGraceful: false, isInboundOnly: false }],
    ['/drain_listeners?graceful', { isGraceful: true, isInboundOnly: false }],
    ['/drain_listeners?inboundonly&graceful', { isGraceful: true, isInboundOnly: true }],
    ['/reopen_logs', 'reopen'],
    ['/quitquitquit', 'quit'],
  ])('POST %s calls the provider', async (path, call) => {
    expect(await post(path)).toEqual({ status: 200, type: TEXT, body: 'OK\n' })
    await expect.poll(() => calls).toEqual([call])
  })
})

describe('/stats', () => {
  beforeEach(() => {
    stats.counter('http.in.downstream_rq_2xx').add(3)
    stats.gauge('wasmcustom.g')
  })

  test.each([
    ['', 200, TEXT, 'http.in.downstream_rq_2xx: 3\nstats.overflow: 0\nwasmcustom.g: 0\n'],
    ['?usedonly', 200, TEXT, 'http.in.downstream_rq_2xx: 3\n'],
    ['?filter=^wasm.%2b\\.g$', 200, TEXT, 'wasmcustom.g: 0\n'],
    ['?filter=^wasm.+\\.g$', 200, TEXT, 'wasmcustom.g: 0\n'],
    ['?filter=&usedonly=1', 200, TEXT, 'http.in.downstream_rq_2xx: 3\n'],
    ['?filter=((', 400, TEXT, expect.stringMatching(/^Invalid re2 regex: Invalid/)],
    ['?filter=^wasm&invert_filter&usedonly', 200, TEXT, 'http.in.downstream_rq_2xx: 3\n'],
    ['?type=Gauges', 200, TEXT, 'wasmcustom.g: 0\n'],
    ['?type=TextReadouts', 200, TEXT, ''],
    ['?type=toString', 400, TEXT, 'invalid &type= param'],
    ['?histogram_buckets=x', 400, TEXT, 'usage: /stats?histogram_buckets=(cumulative|disjoint|detailed|summary)\n\n'],
    ['?format=json&usedonly', 200, 'application/json', '{"stats":[{"name":"http.in.downstream_rq_2xx","value":3}]}'],
    ['?format=toString', 400, TEXT, 'usage: /stats?format=(json|prometheus|text)\n\n'],
  ])('%s', async (query, status, type, body) => {
    expect(await ask(`/stats${query}`)).toEqual({ status, type, body })
  })

  test.each(['/stats/prometheus?usedonly', '/stats?format=prometheus&usedonly'])('%s is the Prometheus page', async (path) => {
    expect(await ask(path)).toEqual({
      status: 200,
      type: 'text/plain; version=0.0.4',
      body:
        '# HELP envoy_http_downstream_rq_xx http.downstream_rq_xx\n# TYPE envoy_http_downstream_rq_xx counter\n' +
        'envoy_http_downstream_rq_xx{envoy_response_code_class="2",envoy_http_conn_manager_prefix="in"} 3\n',
    })
  })

  test('/reset_counters sets counters to zero', async () => {
    await post('/reset_counters')
    expect((await ask('/stats?filter=2xx')).body).toBe('http.in.downstream_rq_2xx: 0\n')
  })
})

describe('/logging', () => {
  test.each([
    ['', 'info', 'info'],
    ['?level=debug', 'debug', 'debug'],
    ['?wasm=trace', 'trace', 'info'],
    ['?paths=wasm:off,http:error', 'off', 'error'],
  ])('POST %s', async (query, wasm, http) => {
    const { status, body } = await post(`/logging${query}`)
    expect(status).toBe(200)
    expect(body).toMatch(/^active loggers:\n {2}admin: /)
    expect(levelsOf(body, 'wasm', 'http')).toEqual([wasm, http])
  })

  test.each([
    ['?level=nope', 'unknown logger level'],
    ['?nope=debug', 'unknown logger name'],
    ['?paths=wasm:off,nope:off', 'unknown logger name'],
    ['?paths=wasm', 'unknown logger level'],
    ['?wasm=debug&http=debug', 'invalid number of parameters'],
  ])('POST %s changes nothing and says why', async (query, fault) => {
    const { status, body } = await post(`/logging${query}`)
    expect(status).toBe(400)
    expect(body.startsWith(`error: ${fault}\n\nusage: /logging?<name>=<level> (change single level)\n`)).toBe(true)
    expect(new Set(levelsOf(body, 'wasm', 'http'))).toEqual(new Set(['info']))
  })
})

const CERTIFICATES: readonly CertificateGroup[] = [
  {
    authorities: [],
    own: [
      {
        path: '<inline>',
        certificate: {
          subject: 'CN=a',
          issuer: 'CN=b',
          serial: '1000',
          dnsNames: ['a.test'],
          uriNames: ['spiffe://a'],
          emails: ['x@y.z'],
          addresses: ['1.2.3.4'],
          sha256: '',
          sha1: '',
          pem: '',
          chainPem: '',
          validFrom: Date.UTC(2020, 0, 1),
          validTo: Date.UTC(2020, 0, 2, 3),
        },
      },
    ],
  },
]

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

describe('/tap', () => {
  const all = { conditions: [], count: 1, bodyLimit: 1024, isUnmasked: false }

  test('prints streams as they end, until its time is over', async () => {
    const answer = await ask('/tap?timeout=1')
    expect(answer).toEqual({ status: 200, type: 'application/x-ndjson', body: '{"a":1}\n{"a":2}\n' })
    expect(calls).toEqual([all, 'over'])
  })

  test('ends when the client leaves', async () => {
    const leaving = new AbortController()
    const response = await fetch(`${origin}/tap`, { signal: leaving.signal })
    await response.body!.getReader().read()
    leaving.abort()
    await expect.poll(() => calls).toEqual([all, 'over'])
  })

  test('says what it is asked for', async () => {
    const query =
      'match=path:/a%3Fb&match=method:POST&match=header:X-User=al=ice&match=header:X-Id&match=status:5xx&match=status:404'
    await ask(`/tap?${query}&match=listener:main&count=3&body=10&timeout=1&unmasked`)
    expect(calls[0]).toEqual({
      conditions: [
        { kind: 'path', value: '/a?b' },
        { kind: 'method', value: 'POST' },
        { kind: 'header', name: 'x-user', value: 'al=ice' },
        { kind: 'header', name: 'x-id', value: null },
        { kind: 'status', from: 500, to: 599 },
        { kind: 'status', from: 404, to: 404 },
        { kind: 'listener', value: 'main' },
      ],
      count: 3,
      bodyLimit: 10,
      isUnmasked: true,
    })
  })

  test.each(['match=path', 'match=path:', 'match=status:6xx', 'match=status:20', 'match=nope:1', 'match='])(
    'refuses %s',
    async (query) => {
      const { status, body } = await ask(`/tap?${query}`)
      expect([status, body]).toEqual([400, expect.stringContaining('wanted path:PREFIX')])
      expect(calls).toEqual([])
    },
  )

  test.each(['count=0', 'count=1001', 'timeout=x', 'body=-1', 'body='])('refuses %s', async (query) => {
    const { status, body } = await ask(`/tap?${query}`)
    expect([status, body]).toEqual([400, expect.stringMatching(/^bad \w+ '.*': wanted a number from 1 to \d+\n$/)])
  })

  test('is one at a time, in the words of Envoy', async () => {
    isTapped = true
    const { status, body } = await ask('/tap')
    expect([status, body]).toEqual([400, 'An attached /tap admin stream already exists. Detach it.'])
  })
})
