/** Requests that are mirrored, in the host and in a real Envoy: one row, one virtual host with upstreams of its own. */
import { afterAll, beforeAll, describe, it } from 'vitest'
import { address, ask, bootstrap, parse, RawServer, staticCluster } from '../host/setup.ts'
import { PROXIES, type Proxy } from '../plugins/proxies.ts'
import { OK, ROWS, type Row } from './rows.ts'

const OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
const CONCURRENT = { concurrent: true }

describe.each(PROXIES)('$name copies', ({ missing, start }) => {
  const servers: RawServer[] = []
  const others: RawServer[] = []
  let proxy: Proxy
  let port = 0

  beforeAll(async () => {
    if (missing !== '') return
    const ports: (readonly [number, number])[] = []
    for (const row of ROWS) {
      const other = upstream(row, row.otherAnswer === undefined ? OK : row.otherAnswer)
      const main = upstream(row, row.answer ?? OK)
      servers.push(main, other)
      others.push(other)
      ports.push([await main.start(), await other.start()])
    }
    const started = await start((listener) => configure(listener, ports), 1)
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
      const { index, method = 'GET', host = `row${index}.test`, headers = '', body = '', status = 200, stats = {} } = row
      const request = `${method} /p HTTP/1.1\r\nhost: ${host}\r\nx-row: ${index}\r\nconnection: close\r\n${headers}\r\n${body}`
      expect(parse(await ask(port, request)).status).toBe(status)
      const other = others[index]!
      await expect.poll(() => other.received.map(seenOf)).toEqual(row.copies)
      for (const [stat, value] of Object.entries(stats)) {
        const read = async (): Promise<number> => {
          const text = await proxy.admin(`/stats?filter=^cluster\\.other${index}\\.${stat.replace('.', '\\.')}$`)
          return Number(/: (\d+)/.exec(text)?.[1] ?? 0)
        }
        await expect.poll(async () => [stat, await read()]).toEqual([stat, value])
      }
    },
  )
})

/** Head and body with bars for line ends, without what is another thing each time. */
function seenOf(received: string): string {
  const at = received.indexOf('\r\n\r\n')
  const body = received.slice(at + 4)
  const head = received
    .slice(0, at)
    .replace(' HTTP/1.1', '')
    .replace(/x-request-id: .*/, 'x-request-id: ID')
    .replace(/(x-forwarded-for: (?:1\.2\.3\.4,)?).*/, '$1IP')
  return `${head}\r\n\r\n${body.length > 100 ? `${body.length} bytes` : body}`.replaceAll('\r\n', '|')
}

/** Answers each whole request. */
function upstream({ body = '' }: Row, answer: string | null): RawServer {
  const server: RawServer = new RawServer((socket, _text, connection) => {
    const received = server.received[connection]!
    const at = received.indexOf('\r\n\r\n')
    if (at < 0 || !received.endsWith(body)) return
    if (answer === null) socket.destroy()
    else socket.write(answer)
  })
  return server
}

function configure(port: number, ports: readonly (readonly [number, number])[]): object {
  const virtual_hosts = ROWS.map(({ policies = [], hostPolicies = [], route, virtualHost }, index) => ({
    name: `row${index}`,
    domains: [`row${index}.test`, `row${index}.test:99`],
    request_mirror_policies: own(hostPolicies, index),
    ...virtualHost,
    routes: [
      { match: { prefix: '/' }, route: { cluster: `main${index}`, request_mirror_policies: own(policies, index), ...route } },
    ],
  }))
  const limit = { per_connection_buffer_limit_bytes: 65_536 }
  const options = {
    '@type': `type.googleapis.com/${OPTIONS}`,
    explicit_http_config: { http_protocol_options: { enable_trailers: true } },
  }
  const more = { ...limit, typed_extension_protocol_options: { [OPTIONS]: options } }
  const clusters = ports.flatMap(([main, other], index) => [
    staticCluster(`main${index}`, [main], more),
    staticCluster(`other${index}`, [other], more),
  ])
  return bootstrap({
    ports: [],
    listener: { address: address(port), ...limit },
    http: {
      use_remote_address: false,
      http_protocol_options: { enable_trailers: true },
      route_config: { virtual_hosts },
    },
    otherClusters: [...clusters, staticCluster('third', [1]), staticCluster('other', [1])],
  })
}

/** The other cluster is that of the row. */
function own(policies: readonly object[], index: number): object[] {
  return policies.map((policy) =>
    'cluster' in policy && policy.cluster === 'other' ? { ...policy, cluster: `other${index}` } : policy,
  )
}
