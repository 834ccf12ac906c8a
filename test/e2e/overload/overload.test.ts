/** The overload manager under a pressure that a file says: the same configuration in the host and in a real Envoy. */
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { PROXIES, type Proxy } from '../plugins/proxies.ts'
import { address, ask, bootstrap, GET, parse, RawClient } from '../host/setup.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-overload-'))
const pressure = join(folder, 'pressure')
const RESOURCE = 'type.googleapis.com/envoy.extensions.resource_monitors'
const ACTIONS = 'envoy.overload_actions'
const running: Proxy[] = []

afterEach(async () => {
  for (const proxy of running.splice(0)) await proxy.stop()
})

afterAll(() => rmSync(folder, { recursive: true }))

/** Envoy looks at the file again when it was moved there. */
function press(value: number): void {
  writeFileSync(`${pressure}.new`, String(value))
  renameSync(`${pressure}.new`, pressure)
}

function manager(name: string): object {
  return {
    refresh_interval: '0.05s',
    resource_monitors: [
      { name: 'file', typed_config: { '@type': `${RESOURCE}.injected_resource.v3.InjectedResourceConfig`, filename: pressure } },
    ],
    actions: [{ name: `${ACTIONS}.${name}`, triggers: [{ name: 'file', threshold: { value: 0.9 } }] }],
  }
}

function connectionLimit(most: number): object {
  const type = `${RESOURCE}.downstream_connections.v3.DownstreamConnectionsConfig`
  const name = 'envoy.resource_monitors.global_downstream_max_connections'
  return { resource_monitors: [{ name, typed_config: { '@type': type, max_active_downstream_connections: most } }] }
}

/** Answers every request itself and writes status, flags and details to the file. */
function configure(overload: object, log: string): (port: number) => object {
  const target = { '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog', path: log }
  const format = { text_format_source: { inline_string: '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%\n' } }
  return (port) => ({
    ...bootstrap({
      ports: [],
      listener: { address: address(port), stat_prefix: 'in' },
      routes: [{ match: { prefix: '/' }, direct_response: { status: 200, body: { inline_string: 'ok' } } }],
      http: { access_log: [{ name: 'log', typed_config: { ...target, log_format: format } }] },
    }),
    overload_manager: overload,
  })
}

describe.each(PROXIES)('$name', ({ name, missing, start }) => {
  const log = join(folder, `${name}.log`)

  async function open(overload: object): Promise<{ proxy: Proxy; port: number }> {
    press(0)
    const started = await start(configure(overload, log), 1)
    running.push(started.proxy)
    return started
  }

  async function stat(proxy: Proxy, stats: string): Promise<number> {
    return Number(/: (\d+)/.exec(await proxy.admin(`/stats?filter=^${stats.replaceAll('.', '\\.')}$`))?.[1])
  }

  it.skipIf(missing !== '')(`answers requests with 503 while there is too much ${missing}`, async () => {
    const { proxy, port } = await open(manager('stop_accepting_requests'))
    expect(parse(await ask(port)).status).toBe(200)
    press(0.95)
    await expect.poll(() => stat(proxy, `overload.${ACTIONS}.stop_accepting_requests.active`)).toBe(1)
    const { status, body, headers } = parse(await ask(port))
    expect([status, body, headers.get('content-type')]).toEqual([503, 'envoy overloaded', 'text/plain'])
    expect(await stat(proxy, 'http.e2e.downstream_rq_overload_close')).toBe(1)
    expect(await stat(proxy, 'overload.file.pressure')).toBe(95)
    press(0.5)
    await expect.poll(async () => parse(await ask(port)).status).toBe(200)
    await proxy.stop()
    running.splice(0)
    expect(readFileSync(log, 'utf8').split('\n')).toContain('503 - overload')
  })

  it.skipIf(missing !== '')(`ends connections with their answers while there is too much ${missing}`, async () => {
    const { proxy, port } = await open(manager('disable_http_keepalive'))
    const client = new RawClient(port).send(GET)
    await client.until((text) => text.endsWith('ok'))
    press(1)
    await expect.poll(() => stat(proxy, `overload.${ACTIONS}.disable_http_keepalive.scale_percent`)).toBe(100)
    client.text = ''
    expect(parse(await client.send(GET).untilEnd()).headers.get('connection')).toBe('close')
    expect(await stat(proxy, 'http.e2e.downstream_cx_overload_disable_keepalive')).toBe(1)
  })

  it.skipIf(missing !== '')(`takes no connections while there is too much ${missing}`, async () => {
    const { proxy, port } = await open(manager('reject_incoming_connections'))
    const client = new RawClient(port).send(GET)
    await client.until((text) => text.endsWith('ok'))
    press(1)
    await expect.poll(() => stat(proxy, `overload.${ACTIONS}.reject_incoming_connections.active`)).toBe(1)
    expect(await ask(port)).toBe('')
    client.text = ''
    await client.send(GET).until((text) => text.endsWith('ok'))
    expect(await stat(proxy, 'listener.in.downstream_cx_overload_reject')).toBe(1)
    client.close()
  })

  it.skipIf(missing !== '')(`takes so many connections and no more ${missing}`, async () => {
    const { proxy, port } = await open(connectionLimit(2))
    const clients = [new RawClient(port), new RawClient(port)]
    for (const client of clients) await client.send(GET).until((text) => text.endsWith('ok'))
    expect(await ask(port)).toBe('')
    expect(await stat(proxy, 'listener.in.downstream_global_cx_overflow')).toBe(1)
    clients[0]!.close()
    await expect.poll(async () => (await ask(port)) !== '').toBe(true)
    clients[1]!.close()
  })
})
