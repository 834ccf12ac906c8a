/**
 * A request whose body is to be judged, and an upstream that answers its head alone: the answer must not reach a client that has
 * shown nothing yet. In the host and in a real Envoy.
 */
import { afterEach, describe, expect, it } from 'vitest'
import { address, OK, RawClient, RawServer, staticCluster } from '../e2e/host/setup.ts'
import { PROXIES, type Proxy } from '../e2e/plugins/proxies.ts'
import { suiteFilter } from '../differential/suite-filter.ts'

const MANAGER = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const ROUTER = 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router'

/** Only the beginning of the body, or nothing of it, ever comes. */
const FORGED = [
  ['nothing of its body', ''],
  ['a part of its body', 'he'],
].map(
  ([title, body]) =>
    [
      title!,
      `GET /secret HTTP/1.1\r\nhost: a.test\r\nx-hub-signature-256: sha256=00\r\ncontent-length: 5\r\n\r\n${body!}`,
    ] as const,
)

/** Filters that let the head go on, and what they answer. */
const FILTERS = [
  ['hmac-auth', { schemes: [{ webhook: { preset: 'github', secrets: ['s'] } }] }, 401],
  [
    'ext-authz',
    {
      http_service: { http_uri: { uri: 'http://authz.test', cluster: 'up' } },
      with_request_body: { max_request_bytes: 10, hold_head: false },
    },
    403,
  ],
] as const

function bootstrapFor(port: number, upstream: number, name: string, config: object): object {
  const manager = {
    '@type': MANAGER,
    stat_prefix: 'early',
    route_config: {
      virtual_hosts: [{ name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'up' } }] }],
    },
    http_filters: [suiteFilter(name, config), { name: 'router', typed_config: { '@type': ROUTER } }],
  }
  return {
    static_resources: {
      listeners: [
        { name: 'early', address: address(port), filter_chains: [{ filters: [{ name: 'http', typed_config: manager }] }] },
      ],
      clusters: [staticCluster('up', [upstream])],
    },
  }
}

describe.each(PROXIES)('in $name', ({ missing, start }) => {
  let running: Proxy | null = null
  const server = new RawServer((socket) => socket.write(OK, 'latin1'))

  afterEach(async () => {
    await running?.stop()
    running = null
    await server.stop()
  })

  describe.skipIf(missing !== '')(missing, () => {
    it.each(
      FILTERS.flatMap(([name, config, status]) =>
        FORGED.map(([title, request]) => [name, title, { config, status, request }] as const),
      ),
    )('%s refuses a request with %s', async (name, _title, { config, status, request }) => {
      const upstream = await server.start()
      const { proxy, port } = await start((at) => bootstrapFor(at, upstream, name, config), 1)
      running = proxy
      const client = new RawClient(port).send(request)
      await client.until((text) => text.includes('\r\n\r\n'))
      client.close()
      expect(client.text).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    })
  })
})
