/** Streams through a guest in a running host: changes, replies, callouts, and what a trap does to whom. */
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Host } from '../../../host/index.ts'
import { compileGuest } from '../../support/guests.ts'
import {
  answering,
  ask,
  bootstrap,
  GET,
  OK,
  parse,
  RawClient,
  RawServer,
  startConfig,
  startHost,
  staticCluster,
  wasmFilter,
  type Choices,
} from './setup.ts'

interface Bootstrap {
  readonly static_resources: { readonly listeners: object[] }
}

const open: { stop(): Promise<unknown> }[] = []
let module = ''

beforeAll(async () => {
  module = await compileGuest(join(import.meta.dirname, '../../cases/guests/demo.ts'))
})

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.stop()
})

function guest(more: object = {}, vm: object = {}): object {
  const configuration = { '@type': 'type.googleapis.com/google.protobuf.StringValue', value: 'yes' }
  return wasmFilter(module, { configuration, ...more }, vm)
}

async function proxy(
  choices: Partial<Choices>,
  upstream = answering(OK),
): Promise<{ port: number; host: Host; upstream: RawServer }> {
  const started = await startHost({ ports: [await upstream.start()], ...choices })
  open.push(upstream, started.host)
  return { ...started, upstream }
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: a.test\r\n\r\n`

/** Does not wait for the end of the connection, which Envoy delays after a local reply. */
async function statusOf(port: number, path: string): Promise<number> {
  const client = new RawClient(port).send(get(path))
  const { status } = parse(await client.until((text) => text.includes('\r\n\r\n')))
  client.close()
  return status
}

function metric(host: Host, name: string): number {
  const found = host.stats().find((one) => one.name === name)
  return found === undefined || found.kind === 'histogram' ? -1 : Number(found.value)
}

describe('a filter', () => {
  it('changes the request on its way', async () => {
    const { port, upstream } = await proxy({ filters: [guest()] })
    expect(await statusOf(port, '/')).toBe(200)
    expect(upstream.received[0]).toContain('\r\nx-added: yes\r\n')
  })

  it('answers instead of the upstream', async () => {
    const { port, upstream } = await proxy({ filters: [guest()] })
    expect(await statusOf(port, '/deny')).toBe(403)
    expect(upstream.received).toEqual([])
  })

  it('pauses a stream and continues it from a tick', async () => {
    const { port } = await proxy({ filters: [guest()] })
    expect(await statusOf(port, '/wait')).toBe(200)
  })

  it('asks another cluster first: the callout looks as it does in Envoy', async () => {
    const auth = answering('HTTP/1.1 200 OK\r\nx-user: alice\r\ncontent-length: 0\r\n\r\n')
    const { port, upstream, host } = await proxy({
      filters: [guest()],
      otherClusters: [staticCluster('auth', [await auth.start()])],
    })
    open.push(auth)
    expect(await statusOf(port, '/call')).toBe(200)
    expect(upstream.received[0]).toContain('alice')
    expect(auth.received[0]).toMatch(/^GET \S+ HTTP\/1\.1\r\nhost: [^\r]+\r\n/)
    expect(auth.received[0]).toMatch(/x-envoy-internal: true\r\nx-envoy-expected-rq-timeout-ms: \d+\r\n\r\n$/)
    expect(auth.received[0]).not.toMatch(/x-request-id|x-forwarded/)
    expect(metric(host, 'cluster.auth.internal.upstream_rq_200')).toBe(1)
  })

  it('is told of a callout that cannot connect by a 503', async () => {
    const { port } = await proxy({ filters: [guest()], otherClusters: [staticCluster('auth', [1])] })
    expect(await statusOf(port, '/call')).toBe(401)
  })
})

describe('a filter that traps', () => {
  it.each([
    { policy: 'FAIL_CLOSED', next: 503 },
    { policy: 'FAIL_OPEN', next: 200 },
  ])('under $policy answers 503, and the next stream gets $next', async ({ policy, next }) => {
    const { port } = await proxy({ filters: [guest({ failure_policy: policy })] })
    const { status, body, headers } = parse(await ask(port, get('/trap').replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n')))
    expect([status, body, headers.get('content-length')]).toEqual([503, '', '0'])
    expect(await statusOf(port, '/')).toBe(next)
  })

  it('under FAIL_RELOAD comes back after the back-off, counted', async () => {
    const reload = { failure_policy: 'FAIL_RELOAD', reload_config: { backoff: { base_interval: '2s' } } }
    const { port, host, upstream } = await proxy({ filters: [guest(reload)] })
    expect(await statusOf(port, '/trap')).toBe(503)
    await expect.poll(() => statusOf(port, '/'), { timeout: 8000 }).toBe(200)
    expect(upstream.received.at(-1)).toContain('\r\nx-added: yes\r\n')
    // A new VM is refused until its own back-off is over.
    expect([await statusOf(port, '/trap'), await statusOf(port, '/')]).toEqual([503, 503])
    await expect.poll(() => statusOf(port, '/'), { timeout: 8000 }).toBe(200)
    expect(metric(host, 'wasm.guest.vm_reload_success')).toBe(2)
    expect(metric(host, 'wasm.guest.vm_reload_backoff')).toBeGreaterThan(0)
  })

  it('fails a stream that waits for its upstream when the answer comes', async () => {
    let answer = (): void => {}
    const upstream = new RawServer((socket) => void (answer = () => void socket.write(OK)))
    const { port } = await proxy({ filters: [guest()] }, upstream)
    const waiting = new RawClient(port).send(GET)
    await expect.poll(() => upstream.received.length).toBe(1)
    expect(await statusOf(port, '/trap')).toBe(503)
    answer()
    expect(parse(await waiting.until((text) => text.includes('\r\n\r\n'))).status).toBe(503)
    waiting.close()
  })

  it('leaves streams of a plugin in another VM alone', async () => {
    const upstream = new RawServer(
      (socket, text) => void (text.includes('/slow') ? setTimeout(() => socket.write(OK), 300) : socket.write(OK)),
    )
    const ports = [await upstream.start()]
    const config = bootstrap({ ports, filters: [guest({ name: 'good', root_id: 'good' }, { vm_id: 'good' })] }) as Bootstrap
    const other = bootstrap({ ports, filters: [guest({}, { vm_id: 'bad' })], listener: { name: 'other' } }) as Bootstrap
    config.static_resources.listeners.push(...other.static_resources.listeners)
    const { host, port } = await startConfig(config)
    open.push(upstream, host)
    const otherPort = host.addresses.get('other')!.port
    const slow = statusOf(port, '/slow')
    expect(await statusOf(otherPort, '/trap')).toBe(503)
    expect(await slow).toBe(200)
    expect(await statusOf(port, '/')).toBe(200)
  })
})
