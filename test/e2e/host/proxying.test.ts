/** One listener, one cluster, one worker: messages through real sockets. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { Host } from '../../../host/index.ts'
import { answering, ask, GET, OK, parse, RawClient, RawServer, startHost, type Choices } from './setup.ts'

const open: { stop(): Promise<unknown> }[] = []

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.stop()
})

async function proxy(upstream: RawServer, choices: Partial<Choices> = {}): Promise<{ port: number; host: Host }> {
  const started = await startHost({ ports: [await upstream.start()], ...choices })
  open.push(upstream, started.host)
  return started
}

describe('a host without filters', () => {
  it('passes request and answer, with the headers that Envoy adds', async () => {
    const upstream = answering('HTTP/1.1 200 Fine\r\nX-A: 1\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\nok')
    const { port } = await proxy(upstream)
    const { status, headers, body } = parse(
      await ask(port, 'GET /x?y=1 HTTP/1.1\r\nHost: A.test\r\nX-B:  2 \r\nConnection: close\r\n\r\n'),
    )
    expect([status, body]).toEqual([200, 'ok'])
    expect([...headers.keys()]).toEqual([
      'x-a',
      'content-length',
      'x-envoy-upstream-service-time',
      'date',
      'server',
      'connection',
    ])
    const [line, ...fields] = upstream.received[0]!.split('\r\n')
    expect(line).toBe('GET /x?y=1 HTTP/1.1')
    expect(fields.slice(0, 3)).toEqual(['host: A.test', 'x-b: 2', 'x-forwarded-proto: http'])
    expect(fields[3]).toMatch(/^x-request-id: [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(fields.slice(4)).toEqual(['x-envoy-expected-rq-timeout-ms: 15000', '', ''])
  })

  it('answers pipelined requests in order over one upstream connection', async () => {
    const upstream = new RawServer((socket, text) => {
      for (const [, path = ''] of text.matchAll(/GET (\S+) /g))
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${path.length}\r\n\r\n${path}`)
    })
    const { port } = await proxy(upstream)
    const paths = Array.from({ length: 1000 }, (_, i) => `/n${i}.`)
    const client = new RawClient(port).send(paths.map((path) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`).join(''))
    const text = await client.until((all) => all.includes('\r\n\r\n/n999.'))
    client.close()
    expect([...text.matchAll(/\r\n\r\n(\/n\d+\.)/g)].map(([, path]) => path)).toEqual(paths)
    expect(upstream.sockets).toHaveLength(1)
  })

  it('reuses upstream connections after keep-alive, and opens another after close', async () => {
    let answers = 0
    const upstream = new RawServer((socket) => {
      if (++answers === 2) socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
      else socket.write(OK)
    })
    const { port } = await proxy(upstream)
    for (let i = 0; i < 3; i++) expect(parse(await ask(port)).status).toBe(200)
    expect(upstream.sockets).toHaveLength(2)
  })

  it('sends an interim 100 for expect: 100-continue and forwards the body', async () => {
    const upstream = new RawServer((socket, text) => void (text.endsWith('hello') && socket.write(OK)))
    const { port } = await proxy(upstream)
    const client = new RawClient(port).send('PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\nexpect: 100-continue\r\n\r\n')
    await client.until((text) => text.startsWith('HTTP/1.1 100 Continue\r\n\r\n'))
    client.send('hello')
    expect(await client.until((text) => text.endsWith('ok'))).toContain('HTTP/1.1 200 OK')
    client.close()
  })

  it('forwards chunked bodies and, where both sides enable them, trailers', async () => {
    const upstream = new RawServer((socket, text) => {
      if (text.includes('\r\n0\r\n'))
        socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx-end: 2\r\n\r\n')
    })
    const options = {
      '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      explicit_http_config: { http_protocol_options: { enable_trailers: true } },
    }
    const cluster = { typed_extension_protocol_options: { 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': options } }
    const { port } = await proxy(upstream, { cluster, http: { http_protocol_options: { enable_trailers: true } } })
    const client = new RawClient(port).send(
      'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nx-start: 1\r\n\r\n',
    )
    const text = await client.until((all) => all.endsWith('\r\n\r\n') && all.includes('x-end'))
    client.close()
    expect(text).toContain('3\r\nabc\r\n0\r\nx-end: 2\r\n\r\n')
    expect(upstream.received[0]).toContain('2\r\nhi\r\n0\r\nx-start: 1\r\n\r\n')
  })

  it('tunnels a WebSocket upgrade in both directions', async () => {
    const upstream = new RawServer((socket, text) => {
      if (text.startsWith('GET'))
        socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\r\nhello')
      else socket.write(text.toUpperCase())
    })
    const { port } = await proxy(upstream, { http: { upgrade_configs: [{ upgrade_type: 'websocket' }] } })
    const client = new RawClient(port).send('GET /ws HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n')
    const head = await client.until((text) => text.endsWith('hello'))
    expect(head).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/)
    client.send('\x00ping')
    await client.until((text) => text.endsWith('\x00PING'))
    expect(upstream.received[0]).toMatch(/connection: upgrade\r\n/i)
    upstream.sockets[0]!.end()
    await client.untilEnd()
    client.close()
  })

  it.each([
    {
      title: 'HEAD',
      request: 'HEAD / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
      answer: 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n',
      status: 200,
      length: '9',
    },
    {
      title: '204',
      request: 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
      answer: 'HTTP/1.1 204 No Content\r\n\r\n',
      status: 204,
      length: undefined,
    },
    {
      title: '304',
      request: 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
      answer: 'HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n',
      status: 304,
      length: '9',
    },
  ])('knows that the answer to $title has no body', async ({ request, answer, status, length }) => {
    const { port } = await proxy(answering(answer))
    const response = parse(await ask(port, request))
    expect([response.status, response.headers.get('content-length'), response.body]).toEqual([status, length, ''])
  })
})

/** An upstream of node:http that hashes what it gets and answers with a body of any size. */
async function startHttp(answerBytes: number): Promise<{ port: number; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    const hash = createHash('sha256')
    request.on('data', (bytes: Buffer) => hash.update(bytes))
    request.on('end', () => {
      response.setHeader('x-hash', hash.digest('hex'))
      pump(
        answerBytes,
        (bytes) => response.write(bytes),
        () => once(response, 'drain'),
        () => response.end(),
      )
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { port: (server.address() as AddressInfo).port, stop }
}

const PIECE = Buffer.alloc(64 * 1024, 'sluice')

/** Writes so many bytes as fast as they are taken. */
async function pump(
  bytes: number,
  write: (piece: Buffer) => boolean,
  drained: () => Promise<unknown>,
  end: () => void,
): Promise<void> {
  for (let left = bytes; left > 0; left -= PIECE.length)
    if (!write(PIECE.subarray(0, Math.min(left, PIECE.length)))) await drained()
  end()
}

function hashOf(bytes: number): string {
  const hash = createHash('sha256')
  for (let left = bytes; left > 0; left -= PIECE.length) hash.update(PIECE.subarray(0, Math.min(left, PIECE.length)))
  return hash.digest('hex')
}

describe('bodies', () => {
  it.each([0, 1, 65536, 100 * 1024 * 1024])('of %i bytes pass unchanged both ways', async (bytes) => {
    const upstream = await startHttp(bytes)
    const { host, port } = await startHost({ ports: [upstream.port] })
    open.push(upstream, host)
    const client = httpRequest({ port, host: '127.0.0.1', method: 'POST', headers: { 'content-length': bytes } })
    void pump(
      bytes,
      (piece) => client.write(piece),
      () => once(client, 'drain'),
      () => client.end(),
    )
    const [response] = (await once(client, 'response')) as [IncomingMessage]
    const hash = createHash('sha256')
    for await (const piece of response) hash.update(piece as Buffer)
    expect(response.headers['x-hash']).toBe(hashOf(bytes))
    expect(hash.digest('hex')).toBe(hashOf(bytes))
  })

  it('a client that reads slowly slows the upstream down', async () => {
    let written = 0
    const upstream = new RawServer((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${100 * 1024 * 1024}\r\n\r\n`)
      const more = (): void => {
        while (written < 100 * 1024 * 1024) {
          written += PIECE.length
          if (!socket.write(PIECE)) return void socket.once('drain', more)
        }
      }
      more()
    })
    const { port } = await proxy(upstream)
    const client = new RawClient(port).send(GET)
    await client.until((text) => text.length > 0)
    client.socket.pause()
    await settled(() => written)
    expect(written).toBeLessThan(40 * 1024 * 1024)
    client.socket.resume()
    await client.until((text) => text.length > 100 * 1024 * 1024)
    client.close()
  })

  it('an upstream that reads slowly slows the client down', async () => {
    const upstream = new RawServer((socket) => void socket.pause())
    const { port } = await proxy(upstream)
    const client = new RawClient(port).send(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${100 * 1024 * 1024}\r\n\r\n`)
    let written = 0
    const more = (): void => {
      while (written < 100 * 1024 * 1024) {
        written += PIECE.length
        if (!client.socket.write(PIECE)) return void client.socket.once('drain', more)
      }
    }
    more()
    await settled(() => written)
    expect(written).toBeLessThan(40 * 1024 * 1024)
    client.close()
  })
})

/** Waits until the figure stands still. */
async function settled(figure: () => number): Promise<void> {
  for (let last = -1; last !== figure();) {
    last = figure()
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
