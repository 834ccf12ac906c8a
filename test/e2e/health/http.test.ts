/** Active health checks over HTTP, in the host and in a real Envoy: who gets requests, flags and counts. */
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { makeCertificate } from '../../support/certificate.ts'
import { freePorts } from '../../support/ports.ts'
import { PROXIES } from '../plugins/proxies.ts'
import { ask, RawClient } from '../host/setup.ts'
import { Checked, httpCheck, Running, TcpUpstream, Upstream, type Answer } from './bench.ts'

const LIMIT = 30_000
const HEALTHY = 'healthy'
const FAILED = '/failed_active_hc'
const running = new Running()

afterEach(() => running.stop())

describe.each(PROXIES)('$name $missing', { timeout: LIMIT }, (kind) => {
  const { missing } = kind

  function upstream(name: string, check?: Answer): Promise<Upstream> {
    return running.add(new Upstream(name, check)).start()
  }

  async function serve(upstreams: readonly Upstream[], cluster: object, workers = 1): Promise<Checked> {
    return running.add(await Checked.start(kind, upstreams, cluster, workers))
  }

  it.skipIf(missing !== '')('a check is a request of its own kind', async () => {
    const a = await upstream('a')
    await serve([a], httpCheck())
    expect(a.checks[0]).toBe('GET /healthz HTTP/1.1\r\nhost: up\r\nuser-agent: Envoy/HC\r\n\r\n')
  })

  it.skipIf(missing !== '')('host, method, headers and body of a check are configured', async () => {
    const a = await upstream('a')
    const http = {
      host: 'h.test',
      method: 'POST',
      send: { text: '68690a' },
      request_headers_to_add: [
        { header: { key: 'X-One', value: '1' } },
        { header: { key: 'x-three', value: '%PROTOCOL% %START_TIME(%Y)% %RESPONSE_CODE%' } },
      ],
      request_headers_to_remove: ['user-agent'],
    }
    await serve([a], httpCheck(http))
    const year = new Date().getUTCFullYear()
    const made = `x-one: 1\r\nx-three: HTTP/1.1 ${year} 0\r\n`
    expect(a.checks[0]).toBe(`POST /healthz HTTP/1.1\r\nhost: h.test\r\n${made}content-length: 3\r\n\r\nhi\n`)
  })

  it.skipIf(missing !== '')('an unexpected status takes an endpoint out at once, two good checks bring it back', async () => {
    const [a, b] = [await upstream('a'), await upstream('b')]
    const proxy = await serve([a, b], httpCheck())
    expect(await proxy.reached(6)).toEqual(['a', 'b'])
    b.check = { status: 503 }
    await expect.poll(() => proxy.flags(b.port)).toBe(FAILED)
    await expect.poll(() => proxy.reached(6)).toEqual(['a'])
    expect(await proxy.stats('membership_healthy', 'membership_degraded', 'membership_excluded', 'membership_total')).toEqual({
      membership_healthy: 1,
      membership_degraded: 0,
      membership_excluded: 0,
      membership_total: 2,
    })
    expect(await proxy.stats('health_check.healthy', 'health_check.degraded', 'health_check.network_failure')).toEqual({
      'health_check.healthy': 1,
      'health_check.degraded': 0,
      'health_check.network_failure': 0,
    })
    expect(await proxy.flags(a.port)).toBe(HEALTHY)
    const before = b.checks.length
    b.check = {}
    await expect.poll(() => proxy.flags(b.port)).toBe(HEALTHY)
    expect(b.checks.length - before).toBeGreaterThanOrEqual(2)
    await expect.poll(() => proxy.reached(6)).toEqual(['a', 'b'])
    expect(await proxy.stat('health_check.healthy')).toBe(2)
  })

  it.skipIf(missing !== '')('attempts are what succeeds and fails', async () => {
    const [a, b] = [await upstream('a'), await upstream('b', { status: 500 })]
    const proxy = await serve([a, b], httpCheck({}, { interval: '60s', no_traffic_interval: '60s' }))
    const names = ['attempt', 'success', 'failure', 'network_failure', 'passive_failure', 'verify_cluster']
    const seen = await proxy.stats(...names.map((name) => `health_check.${name}`))
    expect(Object.values(seen)).toEqual([2, 1, 1, 0, 0, 0])
    expect([await proxy.flags(a.port), await proxy.flags(b.port)]).toEqual([HEALTHY, FAILED])
    expect(await proxy.reached(6)).toEqual(['a'])
  })

  it.skipIf(missing !== '')('retriable statuses count towards the threshold', async () => {
    const [a, b] = [await upstream('a'), await upstream('b')]
    const http = { retriable_statuses: [{ start: 500, end: 504 }] }
    const proxy = await serve([a, b], httpCheck(http, { unhealthy_threshold: 4, interval: '0.2s', no_traffic_interval: '0.2s' }))
    await expect.poll(() => b.checks.length).toBeGreaterThan(1)
    b.check = { status: 503 }
    const before = b.checks.length
    await expect.poll(() => b.checks.length - before, { interval: 5 }).toBe(3)
    expect(await proxy.flags(b.port)).toBe(HEALTHY)
    await expect.poll(() => proxy.flags(b.port)).toBe(FAILED)
    expect(b.checks.length - before).toBe(4)
  })

  it.skipIf(missing !== '')('expected statuses', async () => {
    const [a, b] = [await upstream('a', { status: 204 }), await upstream('b', { status: 200 })]
    const proxy = await serve([a, b], httpCheck({ expected_statuses: [{ start: 201, end: 205 }] }))
    expect([await proxy.flags(a.port), await proxy.flags(b.port)]).toEqual([HEALTHY, FAILED])
  })

  it.skipIf(missing !== '')('nobody there, a closed connection and silence are failures of the network', async () => {
    const [nobody] = (await freePorts(1)) as [number]
    const [a, b, c] = [await upstream('a'), await upstream('b', { closes: true }), await upstream('c', { hangs: true })]
    const cluster = httpCheck({}, { timeout: '0.3s', interval: '60s', no_traffic_interval: '60s' })
    const proxy = running.add(await Checked.start(kind, [a, b, c, { port: nobody }], cluster))
    const flags = await Promise.all([a.port, b.port, c.port, nobody].map((port) => proxy.flags(port)))
    expect(flags).toEqual([HEALTHY, FAILED, `${FAILED}/active_hc_timeout`, FAILED])
    expect(await proxy.stats('health_check.failure', 'health_check.network_failure')).toEqual({
      'health_check.failure': 3,
      'health_check.network_failure': 3,
    })
  })

  it.skipIf(missing !== '')('failures of the network count towards the threshold', async () => {
    const [a, b] = [await upstream('a'), await upstream('b')]
    const proxy = await serve([a, b], httpCheck({}, { interval: '0.2s', no_traffic_interval: '0.2s' }))
    b.check = { closes: true }
    await expect.poll(() => proxy.stat('health_check.failure'), { interval: 5 }).toBe(2)
    expect(await proxy.flags(b.port)).toBe(HEALTHY)
    await expect.poll(() => proxy.flags(b.port)).toBe(FAILED)
    expect(await proxy.stat('health_check.network_failure')).toBe(3)
  })

  it.skipIf(missing !== '')('a degraded endpoint waits for the failure of the others', async () => {
    const [a, b] = [await upstream('a'), await upstream('b', { headers: 'x-envoy-degraded: 1\r\n' })]
    const proxy = await serve([a, b], httpCheck())
    expect(await proxy.flags(b.port)).toBe('/degraded_active_hc')
    expect(
      await proxy.stats('membership_healthy', 'membership_degraded', 'health_check.healthy', 'health_check.degraded'),
    ).toEqual({
      membership_healthy: 1,
      membership_degraded: 1,
      'health_check.healthy': 2,
      'health_check.degraded': 1,
    })
    b.check = {}
    await expect.poll(() => proxy.flags(b.port)).toBe(HEALTHY)
    // Envoy never counts down.
    expect(await proxy.stat('health_check.degraded')).toBe(kind.name === 'envoy' ? 1 : 0)
  })

  it.skipIf(missing !== '')('an endpoint that asks for it in an answer is out at once and not counted', async () => {
    const [a, b] = [await upstream('a'), await upstream('b')]
    b.headers = 'x-envoy-immediate-health-check-fail: true\r\n'
    const proxy = await serve([a, b], httpCheck({}, { interval: '60s', no_traffic_interval: '60s' }))
    const answers = `${await ask(proxy.port)}${await ask(proxy.port)}`
    expect(answers).toContain('x-envoy-immediate-health-check-fail: true')
    await expect.poll(() => proxy.flags(b.port)).toBe(`${FAILED}/excluded_via_immediate_hc_fail`)
    expect(await proxy.reached(6)).toEqual(['a'])
    const names = ['health_check.passive_failure', 'health_check.failure', 'membership_healthy', 'membership_excluded']
    expect(Object.values(await proxy.stats(...names))).toEqual([1, 1, 1, 1])
  })

  it.skipIf(missing !== '')('an endpoint that asks for it in the answer to a check is not counted either', async () => {
    const header = 'x-envoy-immediate-health-check-fail: true\r\n'
    const [a, b] = [await upstream('a'), await upstream('b')]
    const proxy = await serve([a, b], httpCheck())
    b.check = { status: 503, headers: header }
    await expect.poll(() => proxy.flags(b.port)).toBe(`${FAILED}/excluded_via_immediate_hc_fail`)
    expect(await proxy.stats('membership_healthy', 'membership_excluded')).toEqual({
      membership_healthy: 1,
      membership_excluded: 1,
    })
    b.check = {}
    await expect.poll(() => proxy.flags(b.port)).toBe(HEALTHY)
    expect(await proxy.stat('membership_excluded')).toBe(0)
  })

  it.skipIf(missing !== '')('with all of them unhealthy, all are used', async () => {
    const [a, b] = [await upstream('a', { status: 500 }), await upstream('b', { status: 500 })]
    const proxy = await serve([a, b], httpCheck())
    expect(await proxy.reached(6)).toEqual(['a', 'b'])
    expect(await proxy.stat('lb_healthy_panic')).toBe(6)
  })

  it.skipIf(missing !== '')('without panic, nobody is there', async () => {
    const a = await upstream('a', { status: 500 })
    const proxy = await serve([a], { ...httpCheck(), common_lb_config: { healthy_panic_threshold: { value: 0 } } })
    expect(await proxy.reached(2)).toEqual(['no healthy upstream'])
  })

  it.skipIf(missing !== '')('an endpoint has its own port, host and exemption', async () => {
    const [a, b, c, other] = [await upstream('a'), await upstream('b', { status: 500 }), await upstream('c'), await upstream('o')]
    const targets = [
      { port: a.port, endpoint: { health_check_config: { port_value: other.port, hostname: 'own.test' } } },
      { port: b.port, endpoint: { health_check_config: { disable_active_health_check: true } } },
      { port: c.port, endpoint: { hostname: 'c.test' } },
    ]
    const proxy = running.add(await Checked.start(kind, targets, httpCheck({ host: 'h.test' })))
    expect(await proxy.reached(6)).toEqual(['a', 'b', 'c'])
    expect([a.checks.length, b.checks.length]).toEqual([0, 0])
    expect(/host: (.*)\r/.exec(other.checks[0]!)![1]).toBe('own.test')
    expect(/host: (.*)\r/.exec(c.checks[0]!)![1]).toBe('h.test')
  })

  it.skipIf(missing !== '')('the body of the answer is compared', async () => {
    const [a, b] = [await upstream('a', { body: 'all is well' }), await upstream('b', { body: 'well, all is not' })]
    const http = { receive: [{ text: '616c6c' }, { text: '77656c6c' }] }
    const proxy = await serve([a, b], httpCheck(http))
    expect([await proxy.flags(a.port), await proxy.flags(b.port)]).toEqual([HEALTHY, FAILED])
  })

  it.skipIf(missing !== '')('the name of the service is compared', async () => {
    const named = (name: string): Answer => ({ headers: `x-envoy-upstream-healthchecked-cluster: ${name}\r\n` })
    const [a, b, c] = [await upstream('a', named('orders-1')), await upstream('b', named('users')), await upstream('c')]
    const proxy = await serve([a, b, c], httpCheck({ service_name_matcher: { prefix: 'orders' } }))
    const flags = await Promise.all([a, b, c].map(({ port }) => proxy.flags(port)))
    expect(flags).toEqual([HEALTHY, FAILED, FAILED])
    expect(await proxy.stat('health_check.verify_cluster')).toBeGreaterThanOrEqual(3)
  })

  it.skipIf(missing !== '')('connections are kept for the next check or not', async () => {
    const kept = await upstream('a')
    await serve([kept], httpCheck())
    await expect.poll(() => kept.checks.length).toBeGreaterThan(3)
    expect(kept.connections).toBe(1)
    const fresh = await upstream('b')
    await serve([fresh], httpCheck({}, { reuse_connection: false }))
    await expect.poll(() => fresh.checks.length).toBeGreaterThan(3)
    expect(fresh.connections).toBe(fresh.checks.length)
  })

  it.skipIf(missing !== '')('a cluster without traffic is asked seldom', async () => {
    const a = await upstream('a')
    const proxy = await serve([a], httpCheck({}, { interval: '0.05s', no_traffic_interval: '0.6s' }))
    await expect.poll(() => a.checks.length, { interval: 5 }).toBe(2)
    await proxy.bodies(1)
    await expect.poll(() => a.checks.length, { interval: 5 }).toBe(6)
    const gaps = a.times.slice(1).map((time, index) => time - a.times[index]!)
    expect(Math.min(gaps[0]!, gaps[1]!)).toBeGreaterThan(500)
    expect(Math.max(...gaps.slice(3))).toBeLessThan(300)
  })

  it.skipIf(missing !== '')('edges have intervals of their own', async () => {
    const a = await upstream('a')
    const times = { interval: '0.4s', unhealthy_interval: '0.3s', unhealthy_edge_interval: '0.1s', healthy_edge_interval: '0.2s' }
    const proxy = await serve([a], httpCheck({}, { ...times, healthy_threshold: 3, unhealthy_threshold: 3 }))
    await proxy.bodies(1)
    /** Waits for so many checks that get this answer; true if they come as far apart as they should. */
    const come = async (answer: Answer, wanted: readonly number[]): Promise<boolean> => {
      a.check = answer
      const from = a.times.length
      await expect.poll(() => a.times.length, { interval: 5, timeout: 10_000 }).toBeGreaterThan(from + wanted.length)
      return wanted.every((gap, index) => a.times[from + index + 1]! - a.times[from + index]! > gap - 20)
    }
    expect(await come({}, [400])).toBe(true)
    // Two failures wait for the third, which takes the endpoint out.
    expect(await come({ closes: true }, [100, 100, 300, 300])).toBe(true)
    expect(await come({}, [200, 200, 400, 400])).toBe(true)
  })

  it.skipIf(missing !== '')('all workers know', async () => {
    const [a, b] = [await upstream('a'), await upstream('b')]
    const proxy = await serve([a, b], httpCheck(), 2)
    b.check = { status: 503 }
    await expect.poll(() => proxy.stat('membership_healthy')).toBe(1)
    await expect.poll(() => proxy.reached(12)).toEqual(['a'])
    expect(a.connections).toBeGreaterThan(0)
    b.check = {}
    await expect.poll(() => proxy.stat('membership_healthy')).toBe(2)
    await expect.poll(() => proxy.reached(12)).toEqual(['a', 'b'])
  })

  it.skipIf(missing !== '')('the connections of an endpoint that has failed take no further requests', async () => {
    const [a, b] = [await upstream('a'), await upstream('b')]
    const proxy = await serve([a, b], httpCheck())
    await proxy.bodies(6)
    expect([a.servingConnections, b.servingConnections]).toEqual([1, 1])
    b.check = { status: 503 }
    await expect.poll(() => proxy.flags(b.port)).toBe(FAILED)
    await expect.poll(() => proxy.reached(6)).toEqual(['a'])
    b.check = {}
    await expect.poll(() => proxy.reached(6)).toEqual(['a', 'b'])
    expect([a.servingConnections, b.servingConnections]).toEqual([1, 2])
  })

  it.skipIf(missing !== '')('endpoints that are left out do not lead to panic', async () => {
    const leaving = { status: 503, headers: 'x-envoy-immediate-health-check-fail: true\r\n' }
    const [a, b] = [await upstream('a'), await upstream('b', { status: 503 })]
    const [c, d] = [await upstream('c', leaving), await upstream('d', leaving)]
    const proxy = await serve([a, b, c, d], httpCheck())
    const figures = await proxy.stats('membership_healthy', 'membership_excluded', 'membership_total')
    expect(Object.values(figures)).toEqual([1, 2, 4])
    // One of two that count is half of them.
    expect(await proxy.reached(8)).toEqual(['a'])
    expect(await proxy.stat('lb_healthy_panic')).toBe(0)
  })

  it.skipIf(missing !== '').each([
    { option: true, isClosed: true },
    { option: false, isClosed: false },
  ])('connections without a protocol end with the health of their endpoint: $option', async ({ option, isClosed }) => {
    const checked = await upstream('a')
    const bytes = await running.add(new TcpUpstream('pong')).start()
    const target = { port: bytes.port, endpoint: { health_check_config: { port_value: checked.port } } }
    const type = 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'
    const filters = [{ name: 'tcp', typed_config: { '@type': type, stat_prefix: 't', cluster: 'up' } }]
    const cluster = { ...httpCheck(), close_connections_on_host_health_failure: option }
    const proxy = running.add(await Checked.start(kind, [target], cluster, 1, { filters }))
    const client = new RawClient(proxy.port)
    const isEnded = new Promise<boolean>((resolve) => client.socket.on('close', () => resolve(true)))
    client.socket.write('ping')
    await expect.poll(() => client.text).toBe('pong')
    checked.check = { status: 503 }
    await expect.poll(() => proxy.flags(bytes.port)).toBe(FAILED)
    expect(await Promise.race([isEnded, sleep(700, false)])).toBe(isClosed)
    client.socket.destroy()
  })

  it.skipIf(missing !== '')('checks go over the TLS of their cluster', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-health-'))
    running.add({ stop: () => rm(folder, { recursive: true }) })
    const files = await makeCertificate(folder)
    const [key, cert] = await Promise.all([readFile(files.key), readFile(files.certificate)])
    const seen: (string | undefined)[] = []
    const server = createServer({ key, cert }, (request, response) => {
      seen.push(`${request.url} ${(request.socket as TLSSocket).servername}`)
      response.end('ok')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    running.add({ stop: () => new Promise((resolve) => server.close(resolve).closeAllConnections()) })
    const type = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext'
    const tls = { transport_socket: { name: 'tls', typed_config: { '@type': type, sni: 'up.test' } } }
    const proxy = running.add(await Checked.start(kind, [{ port }], { ...httpCheck(), ...tls }))
    expect(await proxy.flags(port)).toBe(HEALTHY)
    expect(seen[0]).toBe('/healthz up.test')
  })
})
