/**
 * Nothing of a request reaches the upstream before the verdict, in the host and in a real Envoy. It is told by the order in which
 * things arrive, not by time: the service answers only after other requests have gone through the same worker to the same upstream.
 */
import { afterEach, describe, expect, it } from 'vitest'
import { address, OK, RawClient, RawServer, staticCluster } from '../e2e/host/setup.ts'
import { PROXIES, type Proxy } from '../e2e/plugins/proxies.ts'
import { suiteFilter } from '../differential/suite-filter.ts'

const MANAGER = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const ROUTER = 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router'
/** Requests that nobody is asked about, while one waits. */
const OTHERS = 5

const head = (line: string, more = ''): string => `${line} HTTP/1.1\r\nhost: a.test\r\n${more}\r\n`
const REQUESTS = [
  ['without a body', head('GET /judged')],
  ['with a body', `${head('POST /judged', 'content-length: 5\r\n')}hello`],
  [
    'with a body in chunks and trailers',
    `${head('POST /judged', 'transfer-encoding: chunked\r\n')}5\r\nhello\r\n0\r\nx-t: 1\r\n\r\n`,
  ],
] as const
/** Of the plugin: with `true` the host goes on with the body while the head waits. */
const CHOICES = [false, true]

function bootstrapFor(port: number, service: number, upstream: number, stops: boolean): object {
  const http_service = { http_uri: { uri: 'http://authz.test', cluster: 'authz', timeout: '60s' } }
  const rules = [{ match: { path: { exact: '/other' } }, disabled: true }]
  const filter = suiteFilter('ext-authz', { http_service, rules }, { allow_on_headers_stop_iteration: stops })
  const routes = [{ match: { prefix: '/' }, route: { cluster: 'up' } }]
  const manager = {
    '@type': MANAGER,
    stat_prefix: 'order',
    route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
    http_protocol_options: { enable_trailers: true },
    http_filters: [filter, { name: 'router', typed_config: { '@type': ROUTER } }],
  }
  return {
    static_resources: {
      listeners: [
        { name: 'order', address: address(port), filter_chains: [{ filters: [{ name: 'http', typed_config: manager }] }] },
      ],
      clusters: [staticCluster('authz', [service]), staticCluster('up', [upstream])],
    },
  }
}

describe.each(PROXIES)('in $name', ({ missing, start }) => {
  let running: Proxy | null = null
  const servers: RawServer[] = []

  afterEach(async () => {
    await running?.stop()
    running = null
    for (const server of servers.splice(0)) await server.stop()
  })

  /** A server that notes each head that arrives, and has `answer` answer it. */
  async function serve(name: string, arrivals: string[], answer: (send: (text: string) => void) => void): Promise<number> {
    const server = new RawServer((socket, text) => {
      const lines = text.match(/^[A-Z]+ \S+ HTTP\/1\.1/gm) ?? []
      for (const line of lines) {
        arrivals.push(`${name}: ${line.split(' ')[1]}`)
        answer((reply) => socket.write(reply, 'latin1'))
      }
    })
    servers.push(server)
    return server.start()
  }

  describe.skipIf(missing !== '')(missing, () => {
    it.each(REQUESTS.flatMap(([title, request]) => CHOICES.map((stops) => [title, stops, request] as const)))(
      'a request %s waits for the verdict (allow_on_headers_stop_iteration: %s)',
      async (_title, stops, request) => {
        const arrivals: string[] = []
        let asked: (answer: (text: string) => void) => void = () => {}
        const question = new Promise<(text: string) => void>((resolve) => (asked = resolve))
        const service = await serve('service', arrivals, (answer) => asked(answer))
        const upstream = await serve('upstream', arrivals, (answer) => answer(OK))
        const { proxy, port } = await start((at) => bootstrapFor(at, service, upstream, stops), 1)
        running = proxy

        const judged = new RawClient(port).send(request)
        const answer = await question
        const other = new RawClient(port)
        for (let i = 1; i <= OTHERS; i++) {
          other.send(head('GET /other'))
          await other.until((text) => text.split('\r\n\r\nok').length > i)
        }
        arrivals.push('verdict')
        answer('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
        await judged.until((text) => text.includes('\r\n\r\n'))
        judged.close()
        other.close()
        expect(arrivals).toEqual([
          'service: /judged',
          ...Array.from({ length: OTHERS }, () => 'upstream: /other'),
          'verdict',
          'upstream: /judged',
        ])
      },
    )
  })
})
