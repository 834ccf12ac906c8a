/** Other implementations of HTTP/2 behind the host: Node's and nghttp2's servers, with limits and windows of their own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createSecureServer, type Http2Server, type ServerHttp2Stream, createServer, type Settings } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Host } from '../../../host/index.ts'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { makeCertificate } from '../../support/certificate.ts'
import { debianProgram } from '../../support/debian-program.ts'
import { poll } from '../../support/poll.ts'
import { freePorts } from '../../support/ports.ts'
import { startHost } from '../host/setup.ts'

const OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
const MEGABYTE = 1024 * 1024

function cluster(options: object, more: object = {}): object {
  const explicit_http_config = { http2_protocol_options: options }
  return {
    typed_extension_protocol_options: { [OPTIONS]: { '@type': `type.googleapis.com/${OPTIONS}`, explicit_http_config } },
    circuit_breakers: { thresholds: [{ max_pending_requests: 10_000, max_requests: 10_000 }] },
    ...more,
  }
}

const hosts: Host[] = []

async function hostFor(port: number, options: object = {}, more: object = {}): Promise<{ host: Host; origin: string }> {
  const { host, port: own } = await startHost({ ports: [port], cluster: cluster(options, more), admin: true })
  hosts.push(host)
  return { host, origin: `http://127.0.0.1:${own}` }
}

/** Counters and gauges of the cluster. */
async function statistics(host: Host): Promise<(name: string) => number> {
  const text = await (await fetch(`http://127.0.0.1:${host.adminAddress!.port}/stats`)).text()
  const lines = new Map(
    text.split('\n').map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  )
  return (name) => Number(lines.get(`cluster.up.${name}`) ?? -1)
}

afterEach(async () => {
  for (const host of hosts.splice(0)) await host.stop()
})

describe("Node's server behind the host", () => {
  let server: Http2Server
  let mostOpen = 0

  async function listen(
    settings: Settings,
    answer: (stream: ServerHttp2Stream, headers: Record<string, unknown>) => void,
  ): Promise<number> {
    let open = 0
    mostOpen = 0
    server = createServer({ settings })
    server.on('stream', (stream: ServerHttp2Stream, headers: Record<string, unknown>) => {
      mostOpen = Math.max(mostOpen, ++open)
      stream.on('close', () => open--)
      stream.on('error', () => {})
      answer(stream, headers)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }

  /** Answers with what it got. */
  function echo(stream: ServerHttp2Stream): void {
    stream.respond({ ':status': 200 })
    stream.pipe(stream)
  }

  afterEach(() => void server.close())

  it('never has more streams of a connection than it allows, and each request is answered', async () => {
    const port = await listen({ maxConcurrentStreams: 3 }, (stream) => {
      setTimeout(() => {
        stream.respond({ ':status': 200 })
        stream.end('x')
      }, 5)
    })
    const { host, origin } = await hostFor(
      port,
      {},
      { circuit_breakers: { thresholds: [{ max_connections: 2, max_pending_requests: 999 }] } },
    )
    // The first ones could not know the limit.
    await fetch(origin)
    const answers = await Promise.all(Array.from({ length: 60 }, async () => (await fetch(origin)).status))
    expect(answers).toEqual(Array(60).fill(200))
    expect(mostOpen).toBeLessThanOrEqual(6)
    const stat = await statistics(host)
    expect([stat('upstream_cx_total'), stat('http2.rx_reset'), stat('upstream_rq_active')]).toEqual([2, 0, 0])
  })

  it('has as many streams as the cluster allows when it allows more', async () => {
    const open: ServerHttp2Stream[] = []
    const port = await listen({ maxConcurrentStreams: 100 }, (stream) => {
      if (open.push(stream) === 8) for (const one of open) one.respond({ ':status': 200 }, { endStream: true })
    })
    const { host, origin } = await hostFor(port, { max_concurrent_streams: 2 })
    const answers = await Promise.all(Array.from({ length: 8 }, async () => (await fetch(origin)).status))
    expect(answers).toEqual(Array(8).fill(200))
    expect((await statistics(host))('upstream_cx_total')).toBe(4)
  })

  it.each([
    ['1 byte', 1, 50_000],
    ['1000 bytes', 1000, MEGABYTE],
    ['a megabyte', MEGABYTE, 8 * MEGABYTE],
  ])('takes and brings bodies whole with windows of %s', async (_, initialWindowSize, size) => {
    const port = await listen({ initialWindowSize }, echo)
    const { host, origin } = await hostFor(port, { initial_stream_window_size: 65_535, initial_connection_window_size: 65_535 })
    const body = Buffer.alloc(size, 'abcdefghijk')
    const answer = await fetch(origin, { method: 'POST', body })
    expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true)
    expect((await statistics(host))('http2.streams_active')).toBe(0)
  })

  it('is not held up by a client that does not read', async () => {
    const port = await listen({}, (stream, headers) => {
      stream.respond({ ':status': 200 })
      stream.end(headers[':path'] === '/large' ? Buffer.alloc(16 * MEGABYTE) : 'small')
    })
    const { origin } = await hostFor(port)
    const large = await fetch(`${origin}/large`)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(await (await fetch(`${origin}/small`)).text()).toBe('small')
    expect((await large.arrayBuffer()).byteLength).toBe(16 * MEGABYTE)
  })

  it('gets header tables of any size', async () => {
    const port = await listen({ headerTableSize: 0 }, (stream, headers) => {
      stream.respond({ ':status': 200, 'x-seen': String(headers['x-sent']) })
      stream.end()
    })
    const { origin } = await hostFor(port, { hpack_table_size: 0 })
    for (const value of ['one', 'one', 'two', 'one']) {
      const answer = await fetch(origin, { headers: { 'x-sent': value } })
      expect(answer.headers.get('x-seen')).toBe(value)
    }
  })
})

describe("Node's secure server behind the host", () => {
  it('speaks HTTP/2 over TLS, which it has chosen by ALPN', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-http2-tls-'))
    const { key, certificate } = await makeCertificate(folder)
    const secure = createSecureServer({ key: await readFile(key), cert: await readFile(certificate) })
    await rm(folder, { recursive: true })
    secure.on('stream', (stream: ServerHttp2Stream) => {
      const { alpnProtocol } = stream.session!
      stream.respond({ ':status': 200, 'x-alpn': String(alpnProtocol) })
      stream.pipe(stream)
    })
    secure.listen(0, '127.0.0.1')
    await once(secure, 'listening')
    const context = { '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext' }
    const { host, origin } = await hostFor(
      (secure.address() as AddressInfo).port,
      {},
      { transport_socket: { name: 'tls', typed_config: context } },
    )
    const body = Buffer.alloc(MEGABYTE, 'abcdefghijk')
    const answers = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const answer = await fetch(origin, { method: 'POST', body })
        return [answer.headers.get('x-alpn'), Buffer.from(await answer.arrayBuffer()).equals(body)]
      }),
    )
    expect(answers.map(String)).toEqual(Array(4).fill('h2,true'))
    expect((await statistics(host))('upstream_cx_http2_total')).toBe(1)
    secure.close()
  })
})

const { value: nghttpd, reason: missing } = await fetchOrReason(() => debianProgram('nghttpd', 'nghttp2-server'))

describe.skipIf(nghttpd === null)(`nghttpd behind the host${missing}`, () => {
  let folder = ''
  let child: ChildProcess
  let port = 0
  const body = Buffer.alloc(3 * MEGABYTE, 'nghttp2')

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-nghttpd-'))
    await writeFile(join(folder, 'small.txt'), 'small')
    await writeFile(join(folder, 'large.bin'), body)
    port = (await freePorts(1))[0]!
    const options = ['--no-tls', '-a', '127.0.0.1', '-d', folder, '-m', '4', '-w', '16', '-c', '256', '--trailer', 'x-end: yes']
    child = spawn(nghttpd!, [...options, String(port)], { stdio: 'ignore' })
    await poll(
      () => fetch(`http://127.0.0.1:${port}`).catch((error: Error) => String(error.cause)),
      (answer) => !String(answer).includes('ECONNREFUSED'),
      10_000,
    )
  })

  afterAll(async () => {
    child.kill()
    await rm(folder, { recursive: true, force: true })
  })

  it('serves small files at a time, four streams a connection and a table of 256 bytes', async () => {
    const { host, origin } = await hostFor(port)
    const texts = await Promise.all(Array.from({ length: 50 }, async () => (await fetch(`${origin}/small.txt`)).text()))
    expect(texts).toEqual(Array(50).fill('small'))
    expect((await statistics(host))('http2.rx_reset')).toBe(0)
  })

  it('serves a large file whole', async () => {
    const { origin } = await hostFor(port)
    expect(Buffer.from(await (await fetch(`${origin}/large.bin`)).arrayBuffer()).equals(body)).toBe(true)
  })

  it('says what is not there', async () => {
    const { origin } = await hostFor(port)
    expect((await fetch(`${origin}/none`)).status).toBe(404)
  })
})
