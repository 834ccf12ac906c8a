/** A running host gets other configurations: what changes, what stays, and that a refused one changes nothing. */
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import type { Host } from '../../../host/index.ts'
import { freePorts } from '../../support/ports.ts'
import {
  address,
  answering,
  ask,
  bootstrap,
  GET,
  OK,
  parse,
  RawClient,
  RawServer,
  startHost,
  wasmFilter,
  type Choices,
} from './setup.ts'

const FILTERS = join(import.meta.dirname, '../../../filters/dist')
const running: { stop(): Promise<unknown> }[] = []

afterEach(async () => {
  for (const one of running.splice(0).toReversed()) await one.stop()
})

async function start(choices: Choices, workers = 1): Promise<{ host: Host; port: number }> {
  const started = await startHost(choices, workers)
  running.push(started.host)
  return started
}

async function upstream(server: RawServer): Promise<number> {
  running.push(server)
  return server.start()
}

function answeringWith(body: string): RawServer {
  return answering(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
}

function replying(text: string): object {
  return { match: { prefix: '/' }, direct_response: { status: 200, body: { inline_string: text } } }
}

/** A `fault` filter that answers every request with this status. */
function aborting(status: number, more: object = {}): object {
  const value = JSON.stringify({ rules: [{ abort: { http_status: status, percentage: '100%' } }] })
  return wasmFilter(join(FILTERS, 'fault.wasm'), {
    name: 'fault',
    root_id: 'fault',
    configuration: { '@type': 'type.googleapis.com/google.protobuf.StringValue', value },
    ...more,
  })
}

/** The next request of an open connection. */
async function next(client: RawClient): Promise<ReturnType<typeof parse>> {
  client.text = ''
  const text = await client.send(GET).until((one) => /\r\n\r\n/.test(one) && one.length >= wholeLength(one))
  return parse(text)
}

function wholeLength(text: string): number {
  return text.indexOf('\r\n\r\n') + 4 + Number(/content-length: (\d+)/.exec(text)?.[1] ?? 0)
}

function metric(host: Host, name: string): number {
  const found = host.stats().find((one) => one.name === name)
  return found !== undefined && 'value' in found ? Number(found.value) : Number.NaN
}

describe('a reload', () => {
  it('changes the routes of open connections, and neither socket nor connection', async () => {
    const { host, port } = await start({ ports: [], routes: [replying('old')] }, 2)
    const client = new RawClient(port)
    expect((await next(client)).body).toBe('old')
    await host.reload(bootstrap({ ports: [], routes: [replying('new')] }))
    expect((await next(client)).body).toBe('new')
    expect(host.addresses.get('main')!.port).toBe(port)
    expect(metric(host, 'http.e2e.downstream_cx_total')).toBe(1)
    expect(metric(host, 'sluice.reload_success')).toBe(1)
    client.close()
  })

  it('lets a stream end with the filters, route and cluster that it began with', async () => {
    const slow = new RawServer(() => {})
    const { host, port } = await start({ ports: [await upstream(slow)] })
    const busy = new RawClient(port).send(GET)
    await expect.poll(() => slow.received.length).toBe(1)
    await host.reload(bootstrap({ ports: [await upstream(answeringWith('b'))], filters: [aborting(418)] }))
    expect(parse(await ask(port)).status).toBe(418)
    slow.sockets[0]!.write(OK)
    expect(parse(await busy.until((text) => text.endsWith('ok'))).status).toBe(200)
    expect((await next(busy)).status).toBe(418)
    busy.close()
  })

  it('ends plugins that nobody has any more, and keeps equal ones', async () => {
    const kept = {
      vm_config: { runtime: 'envoy.wasm.runtime.v8', vm_id: 'kept', code: { local: { filename: join(FILTERS, 'stats.wasm') } } },
    }
    const stats = wasmFilter('', { name: 'stats', root_id: 'stats', ...kept })
    const { host, port } = await start({ ports: [], filters: [stats, aborting(418)] })
    const created = metric(host, 'wasm.envoy.wasm.runtime.v8.created')
    for (const status of [419, 420, 421]) {
      await host.reload(bootstrap({ ports: [], filters: [stats, aborting(status)] }))
      expect(parse(await ask(port)).status).toBe(status)
    }
    // One VM per module, in the main thread and in the worker; roots change within it. The canary of a changed plugin is a VM of its own.
    await expect.poll(() => metric(host, 'wasm.envoy.wasm.runtime.v8.active')).toBe(4)
    expect(metric(host, 'wasm.envoy.wasm.runtime.v8.created') - created).toBe(3)
  })

  it('sees that a module has changed although its path has not', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-reload-'))
    const file = join(folder, 'filter.wasm')
    copyFileSync(join(FILTERS, 'stats.wasm'), file)
    const code = { code: { local: { filename: file } } }
    const filter = aborting(418, { vm_config: { runtime: 'envoy.wasm.runtime.v8', ...code } })
    const anyRoot = JSON.parse(JSON.stringify(filter).replace('"root_id":"fault"', '"root_id":""')) as object
    const config = bootstrap({ ports: [], routes: [replying('x')], filters: [anyRoot] })
    const { host, port } = await start({ ports: [], routes: [replying('x')] })
    copyFileSync(join(FILTERS, 'fault.wasm'), file)
    await host.reload(config)
    expect(parse(await ask(port)).status).toBe(418)
    rmSync(folder, { recursive: true })
  })

  it('opens listeners that are new and closes those that are gone', async () => {
    const { host, port } = await start({ ports: [], routes: [replying('main')] })
    const both = bootstrap({ ports: [], routes: [replying('main')] }) as Bootstrap
    const [main] = both.static_resources.listeners
    await host.reload({ ...both, static_resources: { ...both.static_resources, listeners: [main, { ...main, name: 'second' }] } })
    const second = host.addresses.get('second')!.port
    expect(parse(await ask(second)).body).toBe('main')
    await host.reload({ ...both, static_resources: { ...both.static_resources, listeners: [{ ...main, name: 'second' }] } })
    await expect.poll(() => refuses(port)).toBe(true)
    expect(parse(await ask(second)).body).toBe('main')
    expect([...host.addresses.keys()]).toEqual(['second'])
  })

  it('removes and changes clusters', async () => {
    const [a, b] = [await upstream(answeringWith('a')), await upstream(answeringWith('b'))]
    const { host, port } = await start({ ports: [a] })
    const client = new RawClient(port)
    expect((await next(client)).body).toBe('a')
    await host.reload(bootstrap({ ports: [b] }))
    expect((await next(client)).body).toBe('b')
    await host.reload(bootstrap({ ports: [], routes: [replying('x')], cluster: { name: 'other' } }))
    await expect.poll(() => metric(host, 'cluster_manager.cluster_removed')).toBe(1)
    expect(metric(host, 'cluster_manager.active_clusters')).toBe(1)
    client.close()
  })

  it('runs while requests come: none fails', { timeout: 60_000 }, async () => {
    const port = await upstream(answering(OK))
    const started = await start({ ports: [port] }, 2)
    let isOver = false
    const clients = Array.from({ length: 8 }, () => new RawClient(started.port))
    const served = clients.map(async (client) => {
      let count = 0
      for (; !isOver; count++) expect((await next(client)).status).toBe(200)
      client.close()
      return count
    })
    for (let round = 0; round < 20; round++) {
      const headers = [{ header: { key: 'x-round', value: String(round) } }]
      await started.host.reload(
        bootstrap({
          ports: [port],
          routes: [{ match: { prefix: '/' }, route: { cluster: 'up' }, request_headers_to_add: headers }],
        }),
      )
    }
    isOver = true
    expect((await Promise.all(served)).every((count) => count > 20)).toBe(true)
  })
})

describe('a refused reload', () => {
  async function refused(config: object, code: string): Promise<void> {
    const { host, port } = await start({ ports: [], routes: [replying('old')], filters: [] })
    const error = await host.reload(config).then(
      () => null,
      (cause: unknown) => cause,
    )
    expect(String(error)).toContain(code)
    expect(parse(await ask(port)).body).toBe('old')
    expect(metric(host, 'sluice.reload_failure')).toBe(1)
    // Nothing stands in the way of a good one.
    await host.reload(bootstrap({ ports: [], routes: [replying('good')] }))
    expect(parse(await ask(port)).body).toBe('good')
  }

  it.each([
    { what: 'an unknown field', config: { ...bootstrap({ ports: [] }), what: 1 }, code: 'SLUICE_CONFIG_UNKNOWN_FIELD' },
    { what: 'another admin interface', config: bootstrap({ ports: [], admin: true }), code: 'SLUICE_CONFIG_FIXED' },
    {
      what: 'a plugin that refuses its configuration',
      config: bootstrap({ ports: [], filters: [aborting(-1)] }),
      code: 'SLUICE_WASM_START',
    },
  ])('for $what leaves everything as it was', ({ config, code }) => refused(config, code))

  it('for an address that another process has leaves everything as it was', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const taken = address((holder.address() as AddressInfo).port)
    await refused(bootstrap({ ports: [], listener: { address: taken } }), 'SLUICE_LISTEN_ADDRESS')
    holder.close()
  })

  it('for a second address that cannot be had leaves the first one free', async () => {
    const { host, port } = await start({ ports: [], routes: [replying('old')] })
    const [wanted] = (await freePorts(1)) as [number]
    const place = { address: { pipe: { path: '/no/such/folder/main.sock' } } }
    const both = { name: 'other', address: address(wanted), additional_addresses: [place] }
    await expect(host.reload(bootstrap({ ports: [], listener: both }))).rejects.toThrow('SLUICE_LISTEN_ADDRESS')
    expect(await refuses(wanted)).toBe(true)
    expect(parse(await ask(port)).body).toBe('old')
  })
})

describe('a socket file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-reload-'))
  const file = join(folder, 'main.sock')
  afterAll(() => rmSync(folder, { recursive: true }))

  /** A listener at the file, which answers with its name. */
  function atFile(name: string, ...more: object[]): object {
    const place = { address: { pipe: { path: file } } }
    const config = bootstrap({ ports: [], routes: [replying(name)], listener: { name, ...place } }) as Bootstrap
    return {
      ...config,
      static_resources: { ...config.static_resources, listeners: [...config.static_resources.listeners, ...more] },
    }
  }

  /** Who answers at the file. */
  async function answerer(): Promise<string> {
    const client = connect(file)
    client.write(GET)
    const [bytes] = (await once(client, 'data')) as [Buffer]
    client.destroy()
    return parse(bytes.latin1Slice()).body
  }

  it('is taken over by another listener, but not in a reload that is refused', async () => {
    const { host } = await start({ ports: [], routes: [replying('x')] }, 2)
    await host.reload(atFile('first'))
    expect(await answerer()).toBe('first')
    const impossible = { ...listenerOf(atFile('other')), address: { pipe: { path: '/no/such/folder/x.sock' } } }
    await expect(host.reload(atFile('second', impossible))).rejects.toThrow('SLUICE_LISTEN_ADDRESS')
    expect(await answerer()).toBe('first')
    await host.reload(atFile('second'))
    expect(await answerer()).toBe('second')
    expect(readdirSync(folder)).toEqual(['main.sock'])
    await host.reload(bootstrap({ ports: [], routes: [replying('x')] }))
    await expect.poll(() => readdirSync(folder)).toEqual([])
  })
})

interface Bootstrap {
  readonly static_resources: { readonly listeners: readonly object[] }
}

function listenerOf(config: object): object {
  return (config as Bootstrap).static_resources.listeners[0]!
}

async function refuses(port: number): Promise<boolean> {
  const client = new RawClient(port)
  const connected = await new Promise<boolean>((resolve) => {
    client.socket.once('connect', () => resolve(true))
    client.socket.once('error', () => resolve(false))
  })
  client.close()
  return !connected
}
