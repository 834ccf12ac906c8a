/** The one bootstrap of the route suite: a listener per scenario, read unchanged by Envoy and by our host. */
import { address, staticCluster } from '../host/setup.ts'
import type { Scenario } from './scenario.ts'

const TYPE = 'type.googleapis.com/envoy.extensions.filters'

/** Clusters that have an upstream; each has a server of its name. */
export const UPSTREAMS = ['a', 'b', 'c', 'z'] as const

/** `ports` are those of the upstreams; `folder` holds the files that rows name. */
export function bootstrapOf(scenarios: readonly Scenario[], ports: ReadonlyMap<string, number>): object {
  return {
    admin: { address: address(0) },
    static_resources: {
      listeners: scenarios.map((scenario, index) => listenerOf(scenario, `s${index}`)),
      clusters: [
        ...UPSTREAMS.map((name) => staticCluster(name, [ports.get(name)!])),
        staticCluster('empty', []),
        namedCluster(ports.get('a')!),
        ringCluster('ring', ports, ['a', 'b', 'c']),
        ringCluster('lone', ports, ['a']),
      ],
    },
  }
}

function listenerOf({ routes = [], table = {}, manager = {} }: Scenario, name: string): object {
  const config = {
    '@type': `${TYPE}.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: name,
    route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes }], ...table },
    http_filters: [{ name: 'router', typed_config: { '@type': `${TYPE}.http.router.v3.Router` } }],
    ...manager,
  }
  const chain = { filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: config }] }
  return { name, address: address(0), filter_chains: [chain] }
}

/** A request goes to one of the upstreams by its hash: the same one in both proxies, whose rings are equal. */
function ringCluster(cluster: string, ports: ReadonlyMap<string, number>, upstreams: readonly string[]): object {
  const chosen = upstreams.map((name) => ports.get(name)!)
  return staticCluster(cluster, chosen, { lb_policy: 'RING_HASH' })
}

/** Its only endpoint has a name. */
function namedCluster(port: number): object {
  const endpoint = { address: { socket_address: { address: 'localhost', port_value: port } } }
  return {
    name: 'named',
    type: 'STRICT_DNS',
    dns_lookup_family: 'V4_ONLY',
    load_assignment: { cluster_name: 'named', endpoints: [{ lb_endpoints: [{ endpoint }] }] },
  }
}
