/** Clusters of host names in host and Envoy, which ask the same DNS server. */
import { once } from 'node:events'
import { request } from 'node:http'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { DnsServer } from '../../support/dns-server.ts'
import { fetchEnvoy } from '../../support/envoy-binary.ts'
import { bootstrap } from '../host/setup.ts'
import { startEnvoy, startHost, type Proxy } from '../wire/proxies.ts'

const LIMIT = 30_000
const FAST = '0.1s'
const SLOW = '60s'
const SERVFAIL = 2
const CARES = 'type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig'
const DNS_CLUSTER = 'type.googleapis.com/envoy.extensions.clusters.dns.v3.DnsCluster'
const { value: program, reason: why } = await fetchOrReason(fetchEnvoy)

describe.skipIf(program === null)(`clusters of host names in host and Envoy${why}`, { timeout: LIMIT }, () => {
  let dns: DnsServer
  let upstreams: readonly Server[]
  let port: number
  let proxies: readonly Proxy[] = []

  beforeAll(async () => {
    dns = await DnsServer.start()
    upstreams = await startUpstreams()
    port = (upstreams[0]!.address() as AddressInfo).port
  })

  afterEach(async () => {
    await Promise.all(proxies.map((proxy) => proxy.stop()))
    proxies = []
    dns.answers.clear()
    dns.queries.length = 0
  })

  afterAll(async () => {
    for (const upstream of upstreams) upstream.close()
    await dns.stop()
  })

  /** Both proxies before a cluster of the name `up.test`. */
  async function start(fields: object, workers = 1): Promise<void> {
    const name = (address: string): object => ({ endpoint: { address: { socket_address: { address, port_value: port } } } })
    const cluster = {
      dns_refresh_rate: FAST,
      typed_dns_resolver_config: resolver(),
      dns_lookup_family: 'V4_ONLY',
      load_assignment: { cluster_name: 'up', endpoints: [{ lb_endpoints: [name('up.test')] }] },
      ...fields,
    }
    const config = bootstrap({ ports: [], cluster, admin: true })
    proxies = await Promise.all([startHost(config, workers), startEnvoy(config, workers)])
  }

  function resolver(): object {
    const resolvers = [{ socket_address: { address: '127.0.0.1', port_value: dns.port } }]
    return { name: 'cares', typed_config: { '@type': CARES, resolvers } }
  }

  /** What both proxies come to. */
  async function both<T>(look: (proxy: Proxy) => Promise<T>, wanted: T): Promise<void> {
    const lookAll = (): Promise<T[]> => Promise.all(proxies.map((proxy) => look(proxy)))
    await expect.poll(lookAll, { timeout: 10_000, interval: 50 }).toEqual([wanted, wanted])
  }

  async function reached(proxy: Proxy, requests = 6): Promise<string[]> {
    const found = new Set<string>()
    for (let i = 0; i < requests; i++) found.add(await ask(proxy.ports.get('main')!))
    return [...found].toSorted()
  }

  const stat =
    (name: string) =>
    async (proxy: Proxy): Promise<number> => {
      const text = await proxy.admin(`/stats?filter=^cluster\\.up\\.${name}$`)
      return Number(text.split(': ')[1])
    }

  test('STRICT_DNS takes all addresses and follows them', async () => {
    dns.answers.set('up.test', { A: ['127.0.0.1', '127.0.0.2'] })
    await start({ type: 'STRICT_DNS' })
    await both(reached, ['127.0.0.1', '127.0.0.2'])
    dns.answers.set('up.test', { A: ['127.0.0.2', '127.0.0.3'] })
    await both(stat('membership_change'), 2)
    await both(reached, ['127.0.0.2', '127.0.0.3'])
    await both(stat('update_failure'), 0)
  })

  test.each([
    ['a failure changes nothing', SERVFAIL, 1, ['127.0.0.1']],
    ['a name that is gone leaves no endpoint', undefined, 0, ['503']],
    ['a name without addresses leaves no endpoint', {}, 0, ['503']],
  ] as const)('STRICT_DNS: %s', async (_, answer, members, places) => {
    dns.answers.set('up.test', { A: ['127.0.0.1'] })
    await start({ type: 'STRICT_DNS' })
    await both(reached, ['127.0.0.1'])
    if (answer === undefined) dns.answers.delete('up.test')
    else dns.answers.set('up.test', answer)
    const counter = answer === SERVFAIL ? 'update_failure' : 'membership_change'
    await both(async (proxy) => (await stat(counter)(proxy)) > (answer === SERVFAIL ? 0 : 1), true)
    await both(stat('membership_total'), members)
    await both(reached, [...places])
  })

  test.each([SERVFAIL, undefined])('LOGICAL_DNS keeps its address when the answer is %s', async (answer) => {
    dns.answers.set('up.test', { A: ['127.0.0.1'] })
    await start({ type: 'LOGICAL_DNS' })
    await both(reached, ['127.0.0.1'])
    dns.queries.length = 0
    if (answer === undefined) dns.answers.delete('up.test')
    else dns.answers.set('up.test', answer)
    await expect.poll(() => dns.queries.length, { timeout: 5000 }).toBeGreaterThan(6)
    await both(reached, ['127.0.0.1'])
    await both(stat('membership_total'), 1)
  })

  test.each(['STRICT_DNS', 'LOGICAL_DNS'])('all workers have the endpoints of one look-up: %s', async (type) => {
    dns.answers.set('up.test', [{ A: ['127.0.0.1'] }, { A: ['127.0.0.2'] }, { A: ['127.0.0.3'] }])
    const health_checks = [{ timeout: '1s', interval: '1s', unhealthy_threshold: 1, healthy_threshold: 1, tcp_health_check: {} }]
    await start({ type, dns_refresh_rate: SLOW, health_checks, common_lb_config: { healthy_panic_threshold: {} } }, 3)
    for (const proxy of proxies) {
      const places = await reached(proxy, 30)
      expect(places).toEqual([expect.stringMatching(/^127\.0\.0\.[123]$/)])
    }
    await both(stat('update_attempt'), 1)
    expect(dns.queries.length).toBe(2)
  })

  test('LOGICAL_DNS takes the first address', async () => {
    dns.answers.set('up.test', { A: ['127.0.0.1', '127.0.0.2'] })
    await start({ type: 'LOGICAL_DNS' })
    await both(reached, ['127.0.0.1'])
    dns.answers.set('up.test', { A: ['127.0.0.3', '127.0.0.2'] })
    await both(reached, ['127.0.0.3'])
    await both(stat('membership_change'), 2)
    await both(async (proxy) => (await stat('update_no_rebuild')(proxy)) > 1, true)
  })

  test.each([
    ['V4_ONLY', { A: ['127.0.0.1'], AAAA: ['::1'] }, ['127.0.0.1']],
    ['V6_ONLY', { A: ['127.0.0.1'], AAAA: ['::1'] }, ['::1']],
    ['AUTO', { A: ['127.0.0.1'], AAAA: ['::1'] }, ['::1']],
    ['AUTO', { A: ['127.0.0.1'] }, ['127.0.0.1']],
    ['V4_PREFERRED', { A: ['127.0.0.1'], AAAA: ['::1'] }, ['127.0.0.1']],
    ['V4_PREFERRED', { AAAA: ['::1'] }, ['::1']],
    ['ALL', { A: ['127.0.0.1'], AAAA: ['::1'] }, ['127.0.0.1', '::1']],
  ] as const)('%s of %o takes %o', async (dns_lookup_family, answer, wanted) => {
    dns.answers.set('up.test', answer)
    await start({ type: 'STRICT_DNS', dns_lookup_family })
    await both(reached, [...wanted])
  })

  test('an address is its own, whatever servers say', async () => {
    const endpoint = { address: { socket_address: { address: '127.0.0.2', port_value: port } } }
    await start({ type: 'STRICT_DNS', load_assignment: { cluster_name: 'up', endpoints: [{ lb_endpoints: [{ endpoint }] }] } })
    await both(reached, ['127.0.0.2'])
    expect(dns.queries).toEqual([])
  })

  test('an answer counts for as long as its server says', async () => {
    dns.answers.set('up.test', { A: ['127.0.0.1'], ttl: 1 })
    await start({ type: 'STRICT_DNS', dns_refresh_rate: SLOW, respect_dns_ttl: true, dns_jitter: '0.05s' })
    dns.answers.set('up.test', { A: ['127.0.0.2'], ttl: 60 })
    await both(reached, ['127.0.0.2'])
    expect(dns.queries.length).toBeLessThan(8)
  })

  test('after a failure a name is looked up in times of its own', async () => {
    dns.answers.set('up.test', SERVFAIL)
    const dns_failure_refresh_rate = { base_interval: '0.2s', max_interval: '0.4s' }
    await start({ type: 'STRICT_DNS', dns_refresh_rate: SLOW, dns_failure_refresh_rate })
    await both(async (proxy) => (await stat('update_failure')(proxy)) > 2, true)
    dns.answers.set('up.test', { A: ['127.0.0.2'] })
    await both(reached, ['127.0.0.2'])
    await both(stat('update_success'), 1)
  })

  test.each([
    [false, ['127.0.0.1', '127.0.0.2']],
    [true, ['127.0.0.1']],
  ])('as an extension, all_addresses_in_single_endpoint %s', async (isSingle, wanted) => {
    dns.answers.set('up.test', { A: ['127.0.0.1', '127.0.0.2'], AAAA: ['::1'] })
    const typed_config = {
      '@type': DNS_CLUSTER,
      dns_refresh_rate: FAST,
      dns_lookup_family: 'V4_PREFERRED',
      all_addresses_in_single_endpoint: isSingle,
      typed_dns_resolver_config: resolver(),
    }
    const none = { dns_refresh_rate: undefined, dns_lookup_family: undefined, typed_dns_resolver_config: undefined }
    await start({ cluster_type: { name: 'envoy.clusters.dns', typed_config }, ...none })
    await both(reached, wanted)
  })
})

/** The same port at several addresses; each answers with its address. */
async function startUpstreams(): Promise<Server[]> {
  const first = await startUpstream('127.0.0.1', 0)
  const { port } = first.address() as AddressInfo
  return [first, ...(await Promise.all(['127.0.0.2', '127.0.0.3', '::1'].map((host) => startUpstream(host, port))))]
}

async function startUpstream(host: string, port: number): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.on('data', () => socket.write(`HTTP/1.1 200 OK\r\nx-host: ${host}\r\ncontent-length: 0\r\n\r\n`))
  })
  server.listen(port, host)
  await once(server, 'listening')
  return server
}

/** The address that answered, or the status of an answer of the proxy. */
function ask(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port }, (response) => {
      response.resume()
      response.on('end', () => resolve(String(response.headers['x-host'] ?? response.statusCode)))
    })
    call.on('error', reject)
    call.end()
  })
}
