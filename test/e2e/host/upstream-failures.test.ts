/** What a client gets when its upstream fails, at each point of an exchange (Envoy's answers). */
import { afterEach, describe, expect, it } from 'vitest'
import type { Host, MetricSnapshot } from '../../../host/index.ts'
import { answering, ask, GET, OK, parse, RawClient, RawServer, startHost, staticCluster, type Choices } from './setup.ts'

const open: { stop(): Promise<unknown> }[] = []

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.stop()
})

async function proxy(
  upstream: RawServer,
  choices: Partial<Choices> = {},
): Promise<{ port: number; host: Host; upstreamPort: number }> {
  const upstreamPort = await upstream.start()
  const started = await startHost({ ports: [upstreamPort], ...choices })
  open.push(upstream, started.host)
  return { ...started, upstreamPort }
}

function metric(host: Host, name: string): number {
  const found = host.stats().find((one: MetricSnapshot) => one.name === name && one.kind !== 'histogram')
  return found === undefined || found.kind === 'histogram' ? -1 : Number(found.value)
}

const BEFORE = 'upstream connect error or disconnect/reset before headers. reset reason: '

describe('before the answer', () => {
  it.each([
    {
      title: 'closes after the request',
      act: (s: RawServer['sockets'][0]) => s!.end(),
      status: 503,
      reason: 'connection termination',
    },
    {
      title: 'resets after the request',
      act: (s: RawServer['sockets'][0]) => s!.resetAndDestroy(),
      status: 503,
      reason: 'connection termination',
    },
    {
      title: 'closes inside the head',
      act: (s: RawServer['sockets'][0]) => s!.end('HTTP/1.1 200 OK\r\nx-a'),
      status: 502,
      reason: 'protocol error',
    },
    {
      title: 'answers nonsense',
      act: (s: RawServer['sockets'][0]) => s!.write('SMTP ready\r\n\r\n'),
      status: 502,
      reason: 'protocol error',
    },
    {
      title: 'answers with two lengths',
      act: (s: RawServer['sockets'][0]) => s!.write('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx'),
      status: 502,
      reason: 'protocol error',
    },
  ])('an upstream that $title is a $status', async ({ act, status, reason }) => {
    const { port, host } = await proxy(new RawServer((socket) => void act(socket)))
    const client = new RawClient(port).send(GET)
    const answer = parse(await client.until((text) => text.endsWith(reason)))
    expect([answer.status, answer.body]).toEqual([status, BEFORE + reason])
    // The client's connection lives on.
    client.text = ''
    client.send(GET)
    await client.until((text) => text.endsWith(reason))
    client.close()
    await expect.poll(() => metric(host, 'cluster.up.upstream_cx_destroy_with_active_rq')).toBe(2)
  })

  it('an upstream that refuses connections is a 503', async () => {
    const { port, host } = await startHost({ ports: [1] })
    open.push(host)
    const answer = parse(await ask(port))
    expect([answer.status, answer.body]).toEqual([503, `${BEFORE}remote connection failure`])
    await expect.poll(() => metric(host, 'cluster.up.upstream_cx_connect_fail')).toBe(1)
  })

  it('a cluster without endpoints is a 503', async () => {
    const { port, host } = await startHost({ ports: [] })
    open.push(host)
    const answer = parse(await ask(port))
    expect([answer.status, answer.body]).toEqual([503, 'no healthy upstream'])
  })

  it('a route without answer in time is a 504, and its upstream connection is closed', async () => {
    const upstream = new RawServer(() => {})
    const { port, host } = await proxy(upstream, {
      routes: [{ match: { prefix: '/' }, route: { cluster: 'up', timeout: '0.2s' } }],
    })
    const answer = parse(await ask(port))
    expect([answer.status, answer.body]).toEqual([504, 'upstream request timeout'])
    expect([metric(host, 'cluster.up.upstream_rq_timeout'), metric(host, 'cluster.up.upstream_rq_504')]).toEqual([1, 1])
    await expect.poll(() => upstream.sockets[0]!.destroyed || upstream.sockets[0]!.readableEnded).toBe(true)
  })

  it('an early answer passes and closes both connections', async () => {
    const upstream = new RawServer((socket) => void socket.write('HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n'))
    const { port } = await proxy(upstream)
    const answer = parse(await ask(port, 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\nsome'))
    expect([answer.status, answer.headers.get('connection')]).toEqual([413, 'close'])
    await expect.poll(() => upstream.sockets[0]!.destroyed || upstream.sockets[0]!.readableEnded).toBe(true)
  })
})

describe('inside the answer', () => {
  it.each([
    { title: 'after the head', text: 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n' },
    { title: 'in a body with a length', text: 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc' },
    { title: 'in a chunk', text: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nabc' },
    { title: 'before the last chunk', text: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n' },
  ])('an upstream that closes $title cuts the client off', async ({ text }) => {
    const { port, host } = await proxy(new RawServer((socket) => void socket.end(text)))
    const client = new RawClient(port).send(GET)
    const answer = await client.untilEnd()
    client.close()
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(answer).not.toContain('0\r\n\r\n')
    expect(metric(host, 'http.e2e.rq_reset_after_downstream_response_started')).toBe(1)
  })

  it('an upstream that closes after a body without length ends the answer properly', async () => {
    const { port } = await proxy(new RawServer((socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\nabc')))
    expect(await ask(port, GET.replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n'))).toContain('3\r\nabc\r\n0\r\n\r\n')
  })

  it('a bad chunk cuts the client off', async () => {
    const { port } = await proxy(answering('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nabc'))
    const client = new RawClient(port).send(GET)
    expect(await client.untilEnd()).not.toContain('abc')
    client.close()
  })
})

describe('a client that goes away', () => {
  it('takes its upstream request with it', async () => {
    const upstream = new RawServer(() => {})
    const { port, host } = await proxy(upstream)
    const client = new RawClient(port).send(GET)
    await expect.poll(() => upstream.received.length).toBe(1)
    client.close()
    await expect.poll(() => upstream.sockets[0]!.destroyed || upstream.sockets[0]!.readableEnded).toBe(true)
    await expect.poll(() => metric(host, 'cluster.up.upstream_rq_active')).toBe(0)
    await expect.poll(() => metric(host, 'http.e2e.downstream_cx_active')).toBe(0)
  })
})

describe('circuit breakers', () => {
  const limits = (threshold: object): object => ({ circuit_breakers: { thresholds: [threshold] } })

  it('answer overflow beyond max_requests', async () => {
    const { port, host } = await proxy(new RawServer(() => {}), { cluster: limits({ max_requests: 1 }) })
    const first = new RawClient(port).send(GET)
    await expect.poll(() => metric(host, 'cluster.up.upstream_rq_active')).toBe(1)
    const { status, headers, body } = parse(await ask(port))
    first.close()
    expect([status, body, headers.get('x-envoy-overloaded')]).toEqual([503, `${BEFORE}overflow`, 'true'])
  })

  it('queue beyond max_connections', async () => {
    const waiting: (() => void)[] = []
    const upstream = new RawServer((socket) => void waiting.push(() => socket.write(OK)))
    const { port, host } = await proxy(upstream, { cluster: limits({ max_connections: 1 }) })
    const clients = [new RawClient(port).send(GET), new RawClient(port).send(GET)]
    await expect.poll(() => metric(host, 'cluster.up.upstream_rq_pending_active')).toBe(1)
    await expect.poll(() => waiting.length).toBe(1)
    waiting.shift()!()
    await expect.poll(() => waiting.length).toBe(1)
    waiting.shift()!()
    for (const client of clients) {
      await client.until((text) => text.endsWith('ok'))
      client.close()
    }
    expect(upstream.sockets).toHaveLength(1)
  })
})

describe('cluster choice', () => {
  it('by header goes where the header says, and 503 where it says nothing known', async () => {
    const other = answering(OK)
    const { port } = await proxy(answering(OK), {
      routes: [{ match: { prefix: '/' }, route: { cluster_header: 'x-to' } }],
      otherClusters: [staticCluster('other', [await other.start()])],
    })
    open.push(other)
    const get = (to: string): string => `GET / HTTP/1.1\r\nhost: a\r\nx-to: ${to}\r\nconnection: close\r\n\r\n`
    expect(parse(await ask(port, get('other'))).status).toBe(200)
    expect(other.received).toHaveLength(1)
    const unknown = parse(await ask(port, get('nowhere')))
    expect([unknown.status, unknown.body]).toEqual([503, ''])
  })

  it('spreads requests over the endpoints in turn', async () => {
    const servers = [answering(OK), answering(OK)]
    const ports = await Promise.all(servers.map((server) => server.start()))
    const { port, host } = await startHost({ ports })
    open.push(...servers, host)
    for (let i = 0; i < 4; i++) await ask(port)
    expect(servers.map((server) => server.received.join('').split('GET').length - 1)).toEqual([2, 2])
  })

  it('finds endpoints by name', async () => {
    const upstream = answering(OK)
    const endpoint = { endpoint: { address: { socket_address: { address: 'localhost', port_value: await upstream.start() } } } }
    const named = {
      name: 'named',
      type: 'STRICT_DNS',
      dns_lookup_family: 'V4_ONLY',
      load_assignment: { cluster_name: 'named', endpoints: [{ lb_endpoints: [endpoint] }] },
    }
    const { port, host } = await startHost({
      ports: [],
      otherClusters: [named],
      routes: [{ match: { prefix: '/' }, route: { cluster: 'named' } }],
    })
    open.push(upstream, host)
    expect(parse(await ask(port)).status).toBe(200)
    expect([metric(host, 'cluster.named.membership_total'), metric(host, 'cluster.named.update_success')]).toEqual([1, 1])
  })
})
