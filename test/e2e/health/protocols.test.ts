/** Active health checks by TCP, gRPC and HTTP/2, in the host and in a real Envoy. */
import { Server, ServerCredentials, status, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js'
import { createServer as createHttp2Server, type Http2Server, type IncomingHttpHeaders } from 'node:http2'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { frameMessage } from '../../support/grpc-frames.ts'
import { freePorts } from '../../support/ports.ts'
import { PROXIES } from '../plugins/proxies.ts'
import { Checked, httpCheck, Running, TcpUpstream } from './bench.ts'

const LIMIT = 30_000
const HEALTHY = 'healthy'
const FAILED = '/failed_active_hc'
const HTTP2 = {
  typed_extension_protocol_options: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      explicit_http_config: { http2_protocol_options: {} },
    },
  },
}
const running = new Running()

afterEach(() => running.stop())

/** A check of this kind every 50 ms. */
function check(kind: object, more: object = {}): object {
  const times = { timeout: '0.5s', interval: '0.05s', no_traffic_interval: '0.05s' }
  return { health_checks: [{ ...times, unhealthy_threshold: 2, healthy_threshold: 2, ...kind, ...more }] }
}

/** A gRPC server that answers `grpc.health.v1.Health.Check` by the name of the service. */
class GrpcUpstream {
  /** By service: a serving status, or a failing call. */
  readonly services: Record<string, number | 'fails'>
  /** Authority, user agent and the time that the caller gives, of each call. */
  readonly calls: string[] = []
  port = 0
  readonly #server = new Server()

  constructor(services: Record<string, number | 'fails'>) {
    this.services = services
    const method = {
      path: '/grpc.health.v1.Health/Check',
      requestStream: false,
      responseStream: false,
      requestSerialize: (bytes: Buffer) => bytes,
      requestDeserialize: (bytes: Buffer) => bytes,
      responseSerialize: (bytes: Buffer) => bytes,
      responseDeserialize: (bytes: Buffer) => bytes,
    }
    this.#server.addService(
      { check: method },
      {
        check: (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) => this.#check(call, answer),
      },
    )
  }

  async start(): Promise<this> {
    this.port = await new Promise((resolve, reject) =>
      this.#server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
        error === null ? resolve(port) : reject(error),
      ),
    )
    return this
  }

  stop(): Promise<void> {
    this.#server.forceShutdown()
    return Promise.resolve()
  }

  #check(call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>): void {
    const { request, metadata } = call
    this.calls.push(`${call.getHost()} ${String(metadata.get('user-agent')[0])} ${String(metadata.get('x-more')[0])}`)
    const state = this.services[request.length === 0 ? '' : request.subarray(2).latin1Slice()]
    if (state === undefined) return answer({ code: status.NOT_FOUND, details: 'unknown service' })
    if (state === 'fails') return answer({ code: status.INTERNAL, details: 'broken' })
    answer(null, Buffer.from([0x08, state]))
  }
}

/** An HTTP/2 server that answers everything with a status. */
class Http2Upstream {
  status = 200
  readonly heads: IncomingHttpHeaders[] = []
  port = 0
  sessions = 0
  readonly #server: Http2Server = createHttp2Server((request, response) => {
    this.heads.push(request.headers)
    response.writeHead(this.status).end('x')
    if (this.#goesAway) request.stream.session?.goaway()
    this.#goesAway = false
  }).on('session', () => this.sessions++)
  #goesAway = false

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    this.port = (this.#server.address() as AddressInfo).port
    return this
  }

  /** Says GOAWAY beside its next answer: at any other time a check that is under way would be lost, rightly. */
  goAway(): void {
    this.#goesAway = true
  }

  stop(): Promise<void> {
    this.#server.close()
    return Promise.resolve()
  }
}

describe.each(PROXIES)('$name $missing', { timeout: LIMIT }, (kind) => {
  const { missing } = kind
  const serve = async (targets: readonly { port: number }[], cluster: object): Promise<Checked> =>
    running.add(await Checked.start(kind, targets, cluster))

  it.skipIf(missing !== '')('a connection is enough where nothing has to come back', async () => {
    const [nobody] = (await freePorts(1)) as [number]
    const there = await running.add(new TcpUpstream('')).start()
    const proxy = await serve([there, { port: nobody }], check({ tcp_health_check: {} }))
    expect([await proxy.flags(there.port), await proxy.flags(nobody)]).toEqual([HEALTHY, FAILED])
    await expect.poll(() => there.connections).toBeGreaterThan(2)
    await there.stop()
    await expect.poll(() => proxy.flags(there.port)).toBe(FAILED)
    await there.start()
    await expect.poll(() => proxy.flags(there.port)).toBe(HEALTHY)
  })

  it.skipIf(missing !== '')('bytes are sent and have to come back in order', async () => {
    const good = await running.add(new TcpUpstream('one, two')).start()
    const bad = await running.add(new TcpUpstream('two, one')).start()
    const tcp = { send: { text: '70696e67' }, receive: [{ text: '6f6e65' }, { text: '74776f' }] }
    const proxy = await serve([good, bad], check({ tcp_health_check: tcp }, { timeout: '0.2s' }))
    expect(await proxy.flags(good.port)).toEqual(HEALTHY)
    await expect.poll(() => proxy.flags(bad.port)).toBe(`${FAILED}/active_hc_timeout`)
    await expect.poll(() => good.received.length).toBeGreaterThan(2)
    expect([good.received[0], good.connections]).toEqual(['ping', 1])
    good.answer = 'nothing'
    await expect.poll(() => proxy.flags(good.port)).toBe(`${FAILED}/active_hc_timeout`)
    good.answer = 'one and two'
    await expect.poll(() => proxy.flags(good.port)).toBe(HEALTHY)
  })

  it.skipIf(missing !== '')('each check has a connection of its own if that is wanted', async () => {
    const upstream = await running.add(new TcpUpstream('yes')).start()
    const tcp = { send: { text: '70696e67' }, receive: [{ binary: Buffer.from('yes').toString('base64') }] }
    await serve([upstream], check({ tcp_health_check: tcp }, { reuse_connection: false }))
    await expect.poll(() => upstream.received.length).toBeGreaterThan(2)
    // A connection is there before its bytes are.
    await expect.poll(() => upstream.connections - upstream.received.length).toBe(0)
  })

  it.skipIf(missing !== '')('a gRPC server says whether it serves', async () => {
    const upstream = await running.add(new GrpcUpstream({ '': 1 })).start()
    const cluster = { ...check({ grpc_health_check: {} }), ...HTTP2 }
    const proxy = await serve([upstream], cluster)
    expect(await proxy.flags(upstream.port)).toBe(HEALTHY)
    expect(upstream.calls[0]).toBe('up Envoy/HC undefined')
    for (const state of [2, 0, 3, 'fails'] as const) {
      upstream.services[''] = state
      await expect.poll(() => proxy.flags(upstream.port)).toBe(FAILED)
      upstream.services[''] = 1
      await expect.poll(() => proxy.flags(upstream.port)).toBe(HEALTHY)
    }
    expect(await proxy.stat('health_check.network_failure')).toBe(0)
  })

  it.skipIf(missing !== '')('a service, an authority and metadata of a gRPC check', async () => {
    const upstream = await running.add(new GrpcUpstream({ orders: 1 })).start()
    const grpc = { service_name: 'orders', authority: 'a.test', initial_metadata: [{ header: { key: 'x-more', value: 'm' } }] }
    const proxy = await serve([upstream], { ...check({ grpc_health_check: grpc }), ...HTTP2 })
    expect(await proxy.flags(upstream.port)).toBe(HEALTHY)
    expect(upstream.calls[0]).toBe('a.test Envoy/HC m')
    const other = await running.add(new GrpcUpstream({ users: 1 })).start()
    const second = await serve([other], { ...check({ grpc_health_check: grpc }), ...HTTP2 })
    expect(await second.flags(other.port)).toBe(FAILED)
  })

  it.skipIf(missing !== '')('what is no gRPC has failed', async () => {
    const upstream = await running.add(new Http2Upstream()).start()
    const proxy = await serve([upstream], { ...check({ grpc_health_check: {} }), ...HTTP2 })
    expect(await proxy.flags(upstream.port)).toBe(FAILED)
    const { ':method': method, ':path': path, 'content-type': type, te, 'grpc-timeout': timeout } = upstream.heads[0]!
    expect([method, path, type, te, timeout]).toEqual([
      'POST',
      '/grpc.health.v1.Health/Check',
      'application/grpc',
      'trailers',
      '500m',
    ])
    expect(await proxy.stat('health_check.network_failure')).toBe(0)
  })

  it.skipIf(missing !== '')('a check by HTTP/2', async () => {
    const upstream = await running.add(new Http2Upstream()).start()
    const proxy = await serve([upstream], httpCheck({ codec_client_type: 'HTTP2' }, { timeout: '10s' }))
    expect(await proxy.flags(upstream.port)).toBe(HEALTHY)
    const {
      ':method': method,
      ':path': path,
      ':authority': authority,
      ':scheme': scheme,
      'user-agent': agent,
    } = upstream.heads[0]!
    expect([method, path, authority, scheme, agent]).toEqual(['GET', '/healthz', 'up', 'http', 'Envoy/HC'])
    await expect.poll(() => upstream.heads.length).toBeGreaterThan(3)
    expect(upstream.sessions).toBe(1)
    upstream.goAway()
    await expect.poll(() => upstream.sessions).toBe(2)
    upstream.status = 503
    await expect.poll(() => proxy.flags(upstream.port)).toBe(FAILED)
    expect(await proxy.stat('health_check.network_failure')).toBe(0)
  })

  it.skipIf(missing !== '')('a connection for each check by HTTP/2', async () => {
    const upstream = await running.add(new Http2Upstream()).start()
    const proxy = await serve([upstream], httpCheck({ codec_client_type: 'HTTP2' }, { timeout: '10s', reuse_connection: false }))
    await expect.poll(() => upstream.sessions).toBeGreaterThan(3)
    expect(await proxy.stat('health_check.network_failure')).toBe(0)
  })
})

describe('an endpoint that answers questions without taking them', { timeout: LIMIT }, () => {
  it('is asked again over its few streams', async () => {
    let [calls, sessions] = [0, 0]
    const settings = { initialWindowSize: 0, maxConcurrentStreams: 2 }
    const server = createHttp2Server({ settings }, (request, response) => {
      calls++
      request.resume()
      response.writeHead(200, { 'content-type': 'application/grpc' }).addTrailers({ 'grpc-status': '0' })
      response.end(frameMessage('\x08\x01'), 'latin1')
    })
    server.on('session', () => sessions++).listen(0, '127.0.0.1')
    await once(server, 'listening')
    running.add({ stop: () => Promise.resolve(server.close()) })
    const { port } = server.address() as AddressInfo
    const proxy = running.add(await Checked.start(PROXIES[0]!, [{ port }], { ...check({ grpc_health_check: {} }), ...HTTP2 }))
    await expect.poll(() => calls).toBeGreaterThan(5)
    expect([sessions, await proxy.stat('health_check.failure'), await proxy.flags(port)]).toEqual([1, 0, HEALTHY])
  })
})
