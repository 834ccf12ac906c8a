/** Requests that are tried again, in the host and in a real Envoy: one row, one route with an upstream of its own. */
import { readFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { freePorts } from '../../support/ports.ts'
import { address, ask, bootstrap, parse, RawServer } from '../host/setup.ts'
import { PROXIES, type Proxy } from '../plugins/proxies.ts'
import { HEDGES } from './hedges.ts'
import { LIMITS } from './limits.ts'
import { REASONS } from './reasons.ts'
import type { Answer, Row } from './rows.ts'

/** Most rows wait. */
const CONCURRENT = { concurrent: true }
const ROWS = [...REASONS, ...LIMITS, ...HEDGES]

/** Headers that steer the router are taken from inside the mesh only. */
const INTERNAL = {
  use_remote_address: true,
  internal_address_config: { cidr_ranges: [{ address_prefix: '127.0.0.0', prefix_len: 8 }] },
}

const folder = mkdtempSync(join(tmpdir(), 'sluice-retry-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe.each(PROXIES)('$name tries again', ({ name, missing, start }) => {
  const servers: RawServer[] = []
  const tries = ROWS.map((): string[] => [])
  let proxy: Proxy
  let port = 0

  beforeAll(async () => {
    if (missing !== '') return
    const [nobody] = (await freePorts(1)) as [number]
    const ports: number[] = []
    for (const [index, row] of ROWS.entries()) {
      if (row.deeds[0] === 'refuse') ports.push(nobody)
      else ports.push(await upstream(row, tries[index]!, servers).start())
    }
    const started = await start((listener) => configure(listener, ports, join(folder, name)), 1)
    proxy = started.proxy
    port = started.port
  })

  afterAll(async () => {
    await proxy?.stop()
    for (const server of servers) await server.stop()
  })

  it.skipIf(missing !== '').for(ROWS.map((row, index) => ({ ...row, index })))(
    `$what ${missing}`,
    CONCURRENT,
    async (row, { expect }) => {
      const { index, headers = '', body = '', log, stats = {}, takes = 0 } = row
      const begun = performance.now()
      const method = body === '' ? 'GET' : 'POST'
      const text = await ask(
        port,
        `${method} / HTTP/1.1\r\nhost: row${index}.test\r\nx-row: ${index}\r\nconnection: close\r\n${headers}\r\n${body}`,
      )
      const seen = tries[index]!
      expect([text === '' ? 0 : parse(text).status, seen.length]).toEqual([row.status, row.tries])
      expect(performance.now() - begun).toBeGreaterThanOrEqual(takes)
      for (const request of seen) expect(request.endsWith(`\r\n\r\n${body}`)).toBe(true)
      expect(seen.map((request) => /x-envoy-attempt-count: (\d+)/.exec(request)?.[1])).toEqual(
        seen.map((_, at) => String(at + 1)),
      )
      for (const [header, values] of Object.entries(row.seen ?? {})) {
        const pattern = new RegExp(`\\r\\n${header}: (.*)\\r\\n`)
        expect([header, seen.map((request) => pattern.exec(request)?.[1]?.replace(`row${index}`, '{row}'))]).toEqual([
          header,
          values,
        ])
      }
      for (const [stat, value] of Object.entries(stats)) {
        const shown = await proxy.admin(`/stats?filter=^cluster\\.row${index}\\.${stat.replace('.', '\\.')}$`)
        expect([stat, Number(/: (\d+)/.exec(shown)?.[1] ?? 0)]).toEqual([stat, value])
      }
      if (log === undefined) return
      await expect.poll(() => lineOf(join(folder, name), index)).toBe(log)
    },
  )
})

function upstream(row: Row, seen: string[], servers: RawServer[]): RawServer {
  const length = row.body?.length ?? 0
  const server: RawServer = new RawServer((socket, _text, connection) => {
    const received = server.received[connection]!
    const at = received.indexOf('\r\n\r\n')
    if (at < 0 || received.length < at + 4 + length) return
    server.received[connection] = ''
    const deed = row.deeds[seen.push(received) - 1] ?? 200
    if (deed === 'close') socket.destroy()
    if (deed === 'close' || deed === 'hang' || deed === 'refuse') return
    const answer = typeof deed === 'number' ? { status: deed } : deed
    setTimeout(() => socket.write(textOf(answer)), answer.after ?? 0)
  })
  servers.push(server)
  return server
}

function textOf({ status, headers = '', text }: Answer): string {
  return text ?? `HTTP/1.1 ${status} X\r\n${headers}content-length: 0\r\n\r\n`
}

function configure(port: number, ports: readonly number[], log: string): object {
  const target = { '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog', path: log }
  const line = '%REQ(X-ROW)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%\n'
  const format = { text_format_source: { inline_string: line } }
  const virtual_hosts = ROWS.map(({ policy, virtualHost, route, entry }, index) => ({
    name: `row${index}`,
    domains: [`row${index}.test`],
    include_request_attempt_count: true,
    ...virtualHost,
    routes: [
      {
        match: { prefix: '/' },
        ...entry,
        route: { cluster: `row${index}`, ...(policy === undefined ? {} : { retry_policy: policy }), ...route },
      },
    ],
  }))
  const clusters = ROWS.map(({ hostname = '', cluster }, index) => {
    const endpoint = { hostname, address: address(ports[index]!) }
    const load_assignment = { cluster_name: `row${index}`, endpoints: [{ lb_endpoints: [{ endpoint }] }] }
    return { name: `row${index}`, load_assignment, per_connection_buffer_limit_bytes: 65_536, ...cluster }
  })
  return bootstrap({
    ports: [],
    listener: { address: address(port), per_connection_buffer_limit_bytes: 65_536 },
    http: {
      ...INTERNAL,
      route_config: { virtual_hosts },
      access_log: [{ name: 'log', typed_config: { ...target, log_format: format } }],
    },
    otherClusters: clusters,
  })
}

function lineOf(log: string, index: number): string {
  const line = readFileSync(log, 'utf8')
    .split('\n')
    .find((one) => one.startsWith(`${index} `))
  return line?.slice(String(index).length + 1) ?? ''
}
