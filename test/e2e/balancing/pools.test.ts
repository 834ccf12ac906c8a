/** The limit of connection pools, in host and Envoy: with `auto_sni` each name has one. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { TestAuthority } from '../../support/authority.ts'
import { fetchEnvoy } from '../../support/envoy-binary.ts'
import { bootstrap, OK, parse, RawClient } from '../host/setup.ts'
import { startEnvoy, startHost, type Proxy } from '../wire/proxies.ts'

const LIMIT = 30_000
const TYPE = 'type.googleapis.com/envoy.extensions'
const REFUSED = '503 no healthy upstream UH no_healthy_upstream'
const { value: program, reason: why } = await fetchOrReason(fetchEnvoy)

interface Row {
  readonly name: string
  readonly cluster: object
  /** Addresses of the server; default one. */
  readonly endpoints?: readonly string[]
  readonly isHigh?: boolean
  /** Envoy ends where a pool goes for another one: the endpoint's record of its pools is freed while it is used. */
  readonly isHostOnly?: true
  /** `get`, `hold` (is not answered until the row ends) or `last` (the server closes), the host, the answer (default `200 ok`). */
  readonly steps: readonly (readonly [how: 'get' | 'hold' | 'last', host: string, answer?: string])[]
  /** Statistics of the cluster after the last step. */
  readonly stats: Readonly<Record<string, number>>
}

const pools = (max_connection_pools: number, priority = 'DEFAULT'): object => ({
  priority,
  max_connection_pools,
  track_remaining: true,
})
const limited = (...thresholds: readonly object[]): object => ({ circuit_breakers: { thresholds } })
const counts = (open: number, left: number, overflow: number, connections: number): Row['stats'] => ({
  'circuit_breakers.default.cx_pool_open': open,
  'circuit_breakers.default.remaining_cx_pools': left,
  upstream_cx_pool_overflow: overflow,
  upstream_cx_none_healthy: 0,
  upstream_cx_total: connections,
  upstream_rq_503: overflow,
})

const ROWS: readonly Row[] = [
  { name: 'no pool', cluster: limited(pools(0)), steps: [['get', 'a.test', REFUSED]], stats: counts(0, 0, 1, 0) },
  {
    name: 'one name uses its pool again',
    cluster: limited(pools(1)),
    steps: [
      ['get', 'a.test'],
      ['get', 'a.test'],
    ],
    stats: counts(1, 0, 0, 1),
  },
  {
    name: 'another name while the pool has a request',
    cluster: limited(pools(1)),
    steps: [
      ['hold', 'a.test'],
      ['get', 'b.test', REFUSED],
      ['get', 'a.test'],
      ['get', 'b.test', REFUSED],
    ],
    stats: counts(1, 0, 2, 2),
  },
  {
    name: 'another name once the connection is gone',
    cluster: limited(pools(1)),
    steps: [
      ['last', 'a.test'],
      ['get', 'b.test'],
    ],
    stats: counts(1, 0, 0, 2),
  },
  {
    name: 'none is left',
    cluster: limited(pools(1)),
    steps: [['last', 'a.test']],
    stats: counts(0, 1, 0, 1),
  },
  {
    name: 'a pool without requests goes for another one',
    cluster: limited(pools(2)),
    isHostOnly: true,
    steps: [
      ['hold', 'a.test'],
      ['get', 'b.test'],
      ['get', 'c.test'],
      ['get', 'b.test'],
    ],
    stats: { ...counts(1, 0, 0, 4), upstream_cx_active: 2 },
  },
  {
    name: 'two endpoints share the limit, and neither closes what the other has',
    cluster: limited(pools(1)),
    endpoints: ['127.0.0.1', '127.0.0.2'],
    steps: [
      ['get', 'a.test'],
      ['get', 'a.test', REFUSED],
      ['get', 'a.test'],
    ],
    stats: counts(1, 0, 1, 1),
  },
  {
    name: 'HIGH has a limit of its own',
    cluster: limited(pools(1), pools(1, 'HIGH')),
    isHigh: true,
    steps: [
      ['hold', 'a.test'],
      ['get', 'b.test', REFUSED],
    ],
    stats: {
      'circuit_breakers.high.cx_pool_open': 1,
      'circuit_breakers.high.remaining_cx_pools': 0,
      'circuit_breakers.default.cx_pool_open': 0,
      'circuit_breakers.default.remaining_cx_pools': 1,
      upstream_cx_pool_overflow: 1,
    },
  },
  {
    name: 'requests without a limit of pools',
    cluster: {},
    steps: [
      ['hold', 'a.test'],
      ['hold', 'b.test'],
      ['hold', 'c.test'],
      ['get', 'd.test'],
    ],
    stats: { 'circuit_breakers.default.cx_pool_open': 0, upstream_cx_pool_overflow: 0, upstream_cx_active: 4 },
  },
]

describe.skipIf(program === null)(`max_connection_pools in host and Envoy${why}`, { timeout: LIMIT }, () => {
  let folder: string
  let server: Server
  let proxies: readonly Proxy[]

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-pools-'))
    server = await startServer(folder)
    const config = configOf((server.address() as AddressInfo).port)
    proxies = await Promise.all([startHost(config), startEnvoy(config)])
  }, LIMIT)

  afterAll(async () => {
    await Promise.all(proxies.map((proxy) => proxy.stop()))
    server.close()
    await rm(folder, { recursive: true })
  })

  test.each(ROWS.map((row, index) => [row.name, row, index] as const))('%s', async (_, row, index) => {
    for (const proxy of row.isHostOnly === true ? proxies.slice(0, 1) : proxies) {
      const held: RawClient[] = []
      const answers: string[] = []
      for (const [how, host] of row.steps) {
        const client = new RawClient(proxy.ports.get('main')!)
        client.send(`GET /${index}/${how} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`)
        if (how !== 'hold') answers.push(summaryOf(await client.untilEnd()))
        else held.push(client)
        if (how === 'hold') await expect.poll(() => busyOf(proxy, index)).toBe(held.length)
      }
      const wanted = row.steps.filter(([how]) => how !== 'hold').map(([, , answer = '200 ok - via_upstream']) => answer)
      expect(answers).toEqual(wanted)
      await expect.poll(() => statsOf(proxy, index, Object.keys(row.stats))).toEqual(row.stats)
      for (const client of held) client.close()
    }
  })
})

function summaryOf(answer: string): string {
  const { status, body, headers } = parse(answer)
  return `${status} ${body} ${headers.get('x-flags')}`
}

async function busyOf(proxy: Proxy, index: number): Promise<number> {
  return (await statsOf(proxy, index, ['upstream_rq_active']))['upstream_rq_active']!
}

async function statsOf(proxy: Proxy, index: number, names: readonly string[]): Promise<Record<string, number>> {
  const prefix = `cluster.row${index}.`
  const lines = (await proxy.admin(`/stats?filter=^cluster\\.row${index}\\.`)).split('\n').map((line) => line.split(': '))
  const values = new Map(lines.map(([name, value]) => [name!, Number(value)]))
  return Object.fromEntries(names.map((name) => [name, values.get(prefix + name) ?? 0]))
}

/** Answers by the last part of the path. */
async function startServer(folder: string): Promise<Server> {
  const { chain, key } = await (await TestAuthority.create(folder)).issue()
  const server = createServer({ cert: chain, key }, (socket: TLSSocket) => {
    socket.on('error', () => socket.destroy())
    socket.on('data', (bytes: Buffer) => {
      const text = bytes.latin1Slice()
      if (text.includes('/get ')) socket.write(OK)
      else if (text.includes('/last ')) socket.end(OK.replace('\r\n', '\r\nconnection: close\r\n'))
    })
  })
  server.listen(0)
  await once(server, 'listening')
  return server
}

function configOf(port: number): object {
  const flags = { header: { key: 'x-flags', value: '%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%' } }
  const routeOf = ({ isHigh = false }: Row, index: number): object => ({
    match: { prefix: `/${index}/` },
    route: { cluster: `row${index}`, ...(isHigh ? { priority: 'HIGH' } : {}) },
    response_headers_to_add: [flags],
  })
  const endpointOf = (host: string): object => ({
    endpoint: { address: { socket_address: { address: host, port_value: port } } },
  })
  const clusterOf = ({ cluster, endpoints = ['127.0.0.1'] }: Row, index: number): object => ({
    name: `row${index}`,
    load_assignment: { cluster_name: `row${index}`, endpoints: [{ lb_endpoints: endpoints.map(endpointOf) }] },
    ...ASKING_FOR_HOST,
    ...cluster,
  })
  return bootstrap({ ports: [], admin: true, routes: ROWS.map(routeOf), otherClusters: ROWS.map(clusterOf) })
}

const ASKING_FOR_HOST = {
  transport_socket: {
    name: 'tls',
    typed_config: { '@type': `${TYPE}.transport_sockets.tls.v3.UpstreamTlsContext`, common_tls_context: {} },
  },
  typed_extension_protocol_options: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': `${TYPE}.upstreams.http.v3.HttpProtocolOptions`,
      explicit_http_config: { http_protocol_options: {} },
      upstream_http_protocol_options: { auto_sni: true },
    },
  },
}
