/** Clients of Node's own HTTP/2, in clear text and by TLS: bodies both ways at once, windows, cancelled streams, drain. */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { connect, type ClientHttp2Session, type OutgoingHttpHeaders } from 'node:http2'
import { get } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Host } from '../../../host/index.ts'
import { makeCertificate } from '../../support/certificate.ts'
import { startHost } from '../host/setup.ts'

const BIG = 3_000_000
const upstream = createServer((message, response) => {
  if (message.url === '/echo') message.pipe(response)
  else if (message.url === '/big') response.end(Buffer.alloc(BIG, 'x'))
  else if (message.url !== '/hang') response.end('ok')
})
let ports: number[] = []

beforeAll(async () => {
  upstream.listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  ports = [(upstream.address() as AddressInfo).port]
})

afterAll(() => {
  upstream.close()
  upstream.closeAllConnections()
})

interface Answer {
  readonly status: number
  readonly length: number
  readonly hash: string
}

function ask(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body: Buffer | null = null): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers, { endStream: body === null })
    const hash = createHash('sha256')
    let status = 0
    let length = 0
    stream.on('response', (head) => (status = head[':status'] ?? 0))
    stream.on('data', (bytes: Buffer) => {
      length += bytes.length
      hash.update(bytes)
    })
    stream.on('end', () => resolve({ status, length, hash: hash.digest('hex') }))
    stream.on('error', reject)
    if (body !== null) stream.end(body)
  })
}

/** Echoes and large answers, many at a time; true when every byte came back. */
async function exchangeMany(session: ClientHttp2Session): Promise<boolean[]> {
  const echo = async (index: number): Promise<boolean> => {
    const body = randomBytes(index % 10 === 0 ? 200_000 : 1 + index * 40)
    const length = index % 2 === 0 ? {} : { 'content-length': body.length }
    const { hash } = await ask(session, { ':method': 'POST', ':path': '/echo', ...length }, body)
    return hash === createHash('sha256').update(body).digest('hex')
  }
  const load = async (): Promise<boolean> => (await ask(session, { ':path': '/big' })).length === BIG
  return Promise.all(Array.from({ length: 60 }, (_, i) => (i % 15 === 14 ? load() : echo(i))))
}

function gauge(host: Host, name: string): number {
  const metric = host.stats().find((one) => one.name === name)
  return metric?.kind === 'gauge' ? Number(metric.value) : Number.NaN
}

describe('in clear text', () => {
  it.each([1000, 65_535, 1 << 20])('every byte passes at windows of %i bytes', { timeout: 30_000 }, async (initialWindowSize) => {
    const { host, port } = await startHost({ ports })
    const settings = { initialWindowSize, headerTableSize: initialWindowSize === 1000 ? 0 : 4096 }
    const session = connect(`http://127.0.0.1:${port}`, { settings })
    expect(new Set(await exchangeMany(session))).toEqual(new Set([true]))
    session.close()
    await host.stop()
  })

  it('streams that are cancelled half-way leave nothing behind', async () => {
    const { host, port } = await startHost({ ports })
    const session = connect(`http://127.0.0.1:${port}`)
    const cancel = async (): Promise<void> => {
      const stream = session.request({ ':path': '/big' })
      stream.on('error', () => {})
      stream.once('data', () => stream.close(8))
      await once(stream, 'close')
    }
    await Promise.all(Array.from({ length: 60 }, cancel))
    expect(await ask(session, { ':path': '/' })).toMatchObject({ status: 200, length: 2 })
    await expect.poll(() => gauge(host, 'http2.streams_active')).toBe(0)
    await expect.poll(() => gauge(host, 'cluster.up.upstream_rq_active')).toBe(0)
    session.close()
    await host.stop()
  })

  it('a drain lets open streams end and takes no new ones', async () => {
    const { host, port } = await startHost({ ports })
    const session = connect(`http://127.0.0.1:${port}`)
    await ask(session, { ':path': '/' })
    const open = session.request({ ':path': '/echo', ':method': 'POST' })
    await expect.poll(() => gauge(host, 'cluster.up.upstream_rq_active')).toBe(1)
    const drained = host.drain()
    await once(session, 'goaway')
    open.end('late')
    const [bytes] = (await once(open, 'data')) as [Buffer]
    expect(bytes.latin1Slice()).toBe('late')
    await drained
    await host.stop()
  })
})

describe('by TLS', () => {
  let folder = ''
  let host: Host
  let port = 0
  let ca = ''

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-http2-'))
    const files = await makeCertificate(folder)
    ca = readFileSync(files.authority, 'utf8')
    const certificate = { certificate_chain: { filename: files.certificate }, private_key: { filename: files.key } }
    const context = {
      '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
      common_tls_context: { tls_certificates: [certificate], alpn_protocols: ['h2', 'http/1.1'] },
    }
    const started = await startHost({ ports, chain: { transport_socket: { name: 'tls', typed_config: context } } })
    host = started.host
    port = started.port
  })

  afterAll(async () => {
    await host.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it('ALPN decides for HTTP/2, and every byte passes', { timeout: 30_000 }, async () => {
    const session = connect(`https://127.0.0.1:${port}`, { ca })
    await once(session, 'connect')
    expect(session.alpnProtocol).toBe('h2')
    expect(new Set(await exchangeMany(session))).toEqual(new Set([true]))
    session.close()
  })

  it('ALPN decides for HTTP/1.1', async () => {
    // The types do not know the option here.
    const options: object = { host: '127.0.0.1', port, ca, ALPNProtocols: ['http/1.1'] }
    const [response] = (await once(get(options), 'response')) as [IncomingMessage]
    expect(response.httpVersion).toBe('1.1')
    response.resume()
  })
})
