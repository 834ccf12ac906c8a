/** A TCP listener on real sockets: half closes, refusals, slow peers, a hundred megabytes each way. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Host } from '../../../host/index.ts'
import { freePorts } from '../../support/ports.ts'
import { address, staticCluster, startConfig } from './setup.ts'

const TYPE = 'type.googleapis.com/envoy.extensions.filters.network'

async function startTcp(port: number, more: object = {}, listener: object = {}): Promise<{ host: Host; port: number }> {
  const proxy = { '@type': `${TYPE}.tcp_proxy.v3.TcpProxy`, stat_prefix: 'e2e', cluster: 'up', ...more }
  return startConfig({
    static_resources: {
      listeners: [
        {
          name: 'main',
          address: address(0),
          filter_chains: [{ filters: [{ name: 'tcp', typed_config: proxy }] }],
          ...listener,
        },
      ],
      clusters: [staticCluster('up', [port])],
    },
  })
}

async function serve(onSocket: (socket: Socket) => void): Promise<{ port: number; server: Server }> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy())
    onSocket(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}

async function dial(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
  await once(socket, 'connect')
  return socket
}

/** Everything that comes until the peer ends its half, or `reset`. */
function collect(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    socket.on('data', (bytes: Buffer) => void (text += bytes.latin1Slice()))
    socket.on('end', () => resolve(text))
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(`${text}<${error.code}>`))
  })
}

/** A counter or gauge. */
function value(host: Host, name: string): number {
  const metric = host.stats().find((one) => one.name === name)
  return metric === undefined || metric.kind === 'histogram' ? -1 : Number(metric.value)
}

/** Sends `size` bytes and takes as many; the most memory meanwhile. */
async function exchange(client: Socket, size: number): Promise<number> {
  const chunk = Buffer.alloc(65536, 'x')
  let received = 0
  let most = 0
  const all = new Promise<void>((resolve) => {
    client.on('data', (bytes: Buffer) => {
      received += bytes.length
      most = Math.max(most, process.memoryUsage.rss())
      if (received === size) resolve()
    })
  })
  for (let sent = 0; sent < size; sent += chunk.length) if (!client.write(chunk)) await once(client, 'drain')
  await all
  client.removeAllListeners('data')
  return most
}

describe('a TCP listener', () => {
  it('passes on what both sides say, and each half close by itself', async () => {
    const { server, port } = await serve((socket) => {
      void collect(socket).then((text) => {
        socket.write(`got ${text};`)
        setTimeout(() => socket.end('late'), 20)
      })
    })
    const { host, port: listener } = await startTcp(port)
    const client = await dial(listener)
    const answer = collect(client)
    client.end('question')
    expect(await answer).toBe('got question;late')
    await expect.poll(() => value(host, 'listener.127.0.0.1_0.downstream_cx_active')).toBe(0)
    expect(value(host, 'tcp.e2e.downstream_cx_rx_bytes_total')).toBe(8)
    expect(value(host, 'tcp.e2e.downstream_cx_tx_bytes_total')).toBe(17)
    await expect.poll(() => value(host, 'cluster.up.upstream_cx_active')).toBe(0)
    expect(value(host, 'cluster.up.upstream_cx_destroy_remote')).toBe(1)
    await host.stop()
    server.close()
  })

  it('hears an upstream that speaks first', async () => {
    const { server, port } = await serve((socket) => socket.end('hello'))
    const { host, port: listener } = await startTcp(port)
    const client = await dial(listener)
    expect(await collect(client)).toBe('hello')
    client.destroy()
    await host.stop()
    server.close()
  })

  it('passes a reset on in either direction', async () => {
    const resets: string[] = []
    const { server, port } = await serve((socket) => {
      socket.on('error', (error: NodeJS.ErrnoException) => resets.push(error.code!))
      socket.on('data', (bytes: Buffer) => (bytes.latin1Slice() === 'die' ? socket.resetAndDestroy() : socket.write('ok')))
    })
    const { host, port: listener } = await startTcp(port)
    const first = await dial(listener)
    first.write('die')
    expect(await collect(first)).toBe('<ECONNRESET>')
    const second = await dial(listener)
    second.write('live')
    await once(second, 'data')
    second.resetAndDestroy()
    await expect.poll(() => resets).toEqual(['ECONNRESET'])
    await host.stop()
    server.close()
  })

  it('ends a client that has no upstream, after all attempts', async () => {
    const [refusing] = await freePorts(1)
    const { host, port } = await startTcp(refusing!, { max_connect_attempts: 2 })
    const client = await dial(port)
    expect(await collect(client)).toBe('')
    client.destroy()
    expect(value(host, 'cluster.up.upstream_cx_connect_fail')).toBe(2)
    expect(value(host, 'cluster.up.upstream_cx_connect_attempts_exceeded')).toBe(1)
    await host.stop()
  })

  it('carries 100 MB each way at once without keeping them', { timeout: 60_000 }, async () => {
    const size = 100 * 1024 * 1024
    const { server, port } = await serve((socket) => {
      socket.pipe(socket)
    })
    const { host, port: listener } = await startTcp(port)
    const client = await dial(listener)
    const first = await exchange(client, size)
    const second = await exchange(client, size)
    const third = await exchange(client, size)
    expect(value(host, 'tcp.e2e.downstream_cx_rx_bytes_total')).toBe(3 * size)
    // Sockets and young objects take their room once, at the first round or at the second; what is kept grows in each.
    expect(Math.min(second - first, third - second)).toBeLessThan(30 * 1024 * 1024)
    client.destroy()
    await host.stop()
    server.close()
  })

  it('stops reading one side while the other is slow', async () => {
    const { server, port } = await serve((socket) => void socket.pause())
    const { host, port: listener } = await startTcp(port, {}, { per_connection_buffer_limit_bytes: 65536 })
    const client = await dial(listener)
    // More than all buffers on the way hold.
    client.write(Buffer.alloc(64 * 1024 * 1024))
    await expect.poll(() => value(host, 'tcp.e2e.downstream_flow_control_paused_reading_total')).toBeGreaterThan(0)
    const stalled = value(host, 'tcp.e2e.downstream_cx_rx_bytes_total')
    await sleep(50)
    expect(value(host, 'tcp.e2e.downstream_cx_rx_bytes_total')).toBe(stalled)
    client.destroy()
    await host.stop()
    server.close()
  })

  it('lets open connections finish when it drains', async () => {
    const { server, port } = await serve((socket) => void socket.pipe(socket))
    const { host, port: listener } = await startTcp(port)
    const client = await dial(listener)
    client.write('a')
    await once(client, 'data')
    const drained = host.drain()
    client.write('b')
    expect(String(await once(client, 'data'))).toBe('b')
    client.end()
    await drained
    await host.stop()
    server.close()
  })
})
