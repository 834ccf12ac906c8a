/** Both proxies with a listener and a cluster per row, before the same servers. */
import { Agent, request } from 'node:http'
import { address } from '../host/setup.ts'
import { EchoUpstream } from '../routes/echo.ts'
import { startEnvoy, startHost, type Proxy } from '../wire/proxies.ts'
import type { EndpointRow, Place, Row } from './row.ts'

const SERVERS = 5
const NODE = { id: 'proxy', cluster: 'home', locality: { zone: 'a' } }
const TYPE = 'type.googleapis.com/envoy.extensions.filters'

export type Statistics = Readonly<Record<string, number>>

/** Where one request went: the server's number, or the status of an answer that came from the proxy. */
export type Placement = { readonly server: number } | { readonly status: number }

export class BalancingBench {
  readonly #upstreams: readonly EchoUpstream[]
  readonly #proxies: readonly [host: Proxy, envoy: Proxy]

  private constructor(upstreams: readonly EchoUpstream[], proxies: readonly [Proxy, Proxy]) {
    this.#upstreams = upstreams
    this.#proxies = proxies
  }

  /** `home`: the cluster of proxies like these, which are in the zone `a`. */
  static async start(rows: readonly Row[], home: readonly Place[] = []): Promise<BalancingBench> {
    const names = Array.from({ length: SERVERS }, (_, index) => String(index))
    const upstreams = await Promise.all(names.map((name) => EchoUpstream.start(name)))
    const ports = upstreams.map(({ port }) => port)
    const bootstrap = {
      ...(home.length === 0 ? {} : { node: NODE, cluster_manager: { local_cluster_name: 'home' } }),
      admin: { address: address(0) },
      static_resources: {
        listeners: rows.map((row, index) => listenerOf(row, index)),
        clusters: [
          ...rows.map((row, index) => clusterOf(row, `row${index}`, ports)),
          ...(home.length === 0 ? [] : [clusterOf({ cluster: {}, places: home }, 'home', ports)]),
        ],
      },
    }
    const host = await startHost(bootstrap)
    try {
      return new BalancingBench(upstreams, [host, await startEnvoy(bootstrap)])
    } catch (error) {
      await host.stop()
      throw error
    }
  }

  /** Sends the requests of a row, one after the other, to both proxies. */
  async place(row: Row, index: number): Promise<{ host: Placement[]; envoy: Placement[] }> {
    const [host, envoy] = await Promise.all(this.#proxies.map(({ ports }) => placeAll(row, ports.get(`row${index}`)!)))
    return { host: host!, envoy: envoy! }
  }

  /** Statistics of the cluster of a row, by their names behind that of the cluster. */
  async stats(index: number): Promise<{ host: Statistics; envoy: Statistics }> {
    const [host, envoy] = await Promise.all(this.#proxies.map((proxy) => statsOf(proxy, `cluster.row${index}.`)))
    return { host: host!, envoy: envoy! }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#proxies.map((proxy) => proxy.stop()))
    await Promise.all(this.#upstreams.map((upstream) => upstream.stop()))
  }
}

async function statsOf(proxy: Proxy, prefix: string): Promise<Statistics> {
  const text = await proxy.admin(`/stats?filter=^${prefix.replaceAll('.', '\\.')}`)
  const pairs = text
    .trim()
    .split('\n')
    .map((line) => line.slice(prefix.length).split(': '))
  return Object.fromEntries(pairs.map(([name, value]) => [name, Number(value)]))
}

async function placeAll(row: Row, port: number): Promise<Placement[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const placements: Placement[] = []
  for (let index = 0; index < row.requests; index++) placements.push(await ask(row, index, port, agent))
  agent.destroy()
  return placements
}

function ask(row: Row, index: number, port: number, agent: Agent): Promise<Placement> {
  const { path = '/', headers = {} } = row.request?.(index) ?? { headers: { 'x-key': `key ${index}` } }
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, agent, path, headers }, (response) => {
      const server = response.headers['x-upstream']
      response.resume()
      response.on('end', () => resolve(server === undefined ? { status: response.statusCode! } : { server: Number(server) }))
    })
    call.on('error', reject)
    call.end()
  })
}

function listenerOf(row: Row, index: number): object {
  const hash_policy = row.hashPolicy ?? [{ header: { header_name: 'x-key' } }]
  const routes = [{ match: { prefix: '/' }, route: { hash_policy, ...actionOf(row, `row${index}`) } }]
  const manager = {
    '@type': `${TYPE}.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: `row${index}`,
    route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
    http_filters: [{ name: 'router', typed_config: { '@type': `${TYPE}.http.router.v3.Router` } }],
  }
  const filters = [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }]
  return { name: `row${index}`, address: address(0), filter_chains: [{ filters }] }
}

function actionOf({ action }: Row, name: string): object {
  return action === undefined ? { cluster: name } : action(name)
}

function clusterOf(row: Pick<Row, 'cluster' | 'places' | 'assignment'>, name: string, ports: readonly number[]): object {
  const endpointOf = ({ upstream, more = {}, endpoint = {} }: EndpointRow): object => ({
    endpoint: { address: address(ports[upstream]!), ...endpoint },
    ...more,
  })
  const endpoints = row.places.map(({ place = {}, endpoints: list }) => ({ lb_endpoints: list.map(endpointOf), ...place }))
  return { name, ...row.cluster, load_assignment: { cluster_name: name, endpoints, ...row.assignment } }
}
