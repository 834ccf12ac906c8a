/** Limits of connections and streams in a running host. */
import { afterEach, describe, expect, it } from 'vitest'
import type { Host } from '../../../host/index.ts'
import { answering, GET, OK, parse, RawClient, RawServer, startHost, type Choices } from './setup.ts'

const open: { stop(): Promise<unknown> }[] = []

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.stop()
})

async function proxy(upstream: RawServer, choices: Partial<Choices>): Promise<{ port: number; host: Host }> {
  const started = await startHost({ ports: [await upstream.start()], ...choices })
  open.push(upstream, started.host)
  return started
}

function counter(host: Host, name: string): number {
  const found = host.stats().find((one) => one.name === name)
  return found?.kind === 'counter' ? found.value : -1
}

describe('a client connection', () => {
  it('is closed after its idle time, which runs from the end of the last request', async () => {
    const { port, host } = await proxy(answering(OK), { http: { common_http_protocol_options: { idle_timeout: '0.4s' } } })
    const client = new RawClient(port)
    const started = performance.now()
    await new Promise((resolve) => setTimeout(resolve, 250))
    client.send(GET)
    await client.until((text) => text.endsWith('ok'))
    await client.untilEnd()
    expect(performance.now() - started).toBeGreaterThan(630)
    expect(counter(host, 'http.e2e.downstream_cx_idle_timeout')).toBe(1)
  })

  it('is idle from the end of the answer that a redirect led to', async () => {
    const found = 'HTTP/1.1 302 Found\r\nlocation: http://a.test/b\r\ncontent-length: 0\r\n\r\n'
    const upstream = new RawServer((socket, bytes) => {
      if (bytes.includes('GET /b')) setTimeout(() => socket.write(OK), 300)
      else socket.write(found)
    })
    const route = { cluster: 'up', internal_redirect_policy: {} }
    const { port } = await proxy(upstream, {
      http: { common_http_protocol_options: { idle_timeout: '0.4s' } },
      routes: [{ match: { prefix: '/' }, route }],
    })
    const client = new RawClient(port).send(GET)
    await client.until((text) => text.endsWith('ok'))
    const answered = performance.now()
    await client.untilEnd()
    expect(performance.now() - answered).toBeGreaterThan(380)
  })

  it('is not idle while a request waits', async () => {
    const upstream = new RawServer((socket) => void setTimeout(() => socket.write(OK), 500))
    const { port } = await proxy(upstream, { http: { common_http_protocol_options: { idle_timeout: '0.2s' } } })
    const client = new RawClient(port).send(GET)
    expect(parse(await client.until((text) => text.endsWith('ok'))).status).toBe(200)
    client.close()
  })

  it('ends with its last allowed request', async () => {
    const { port, host } = await proxy(answering(OK), {
      http: { common_http_protocol_options: { max_requests_per_connection: 2 } },
    })
    const client = new RawClient(port).send(GET + GET)
    const text = await client.untilEnd()
    expect(text.match(/connection: close/g)).toHaveLength(1)
    expect(text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2)
    expect(counter(host, 'http.e2e.downstream_cx_max_requests_reached')).toBe(1)
  })
})

describe('a stream', () => {
  it('that nobody moves is answered 504', async () => {
    const { port } = await proxy(new RawServer(() => {}), { http: { stream_idle_timeout: '0.2s' } })
    const client = new RawClient(port).send(GET)
    expect(parse(await client.until((text) => text.includes('stream timeout'))).status).toBe(504)
    client.close()
  })

  it('whose head comes too slowly is answered 408', async () => {
    const { port } = await proxy(answering(OK), { http: { request_headers_timeout: '0.2s' } })
    const client = new RawClient(port).send('GET / HTTP/1.1\r\nhost:')
    expect(parse(await client.untilEnd()).status).toBe(408)
  })
})

describe('an upstream connection', () => {
  it('is closed after its idle time', async () => {
    const upstream = answering(OK)
    const options = {
      '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      common_http_protocol_options: { idle_timeout: '0.2s' },
      explicit_http_config: { http_protocol_options: {} },
    }
    const cluster = { typed_extension_protocol_options: { 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': options } }
    const { port, host } = await proxy(upstream, { cluster })
    const client = new RawClient(port).send(GET)
    await client.until((text) => text.endsWith('ok'))
    client.close()
    await expect.poll(() => counter(host, 'cluster.up.upstream_cx_idle_timeout')).toBe(1)
    await expect.poll(() => upstream.sockets[0]!.readableEnded || upstream.sockets[0]!.destroyed).toBe(true)
  })
})
