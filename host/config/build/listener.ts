/** Listeners. */
import { create } from '@bufbuild/protobuf'
import { utf8ByteString } from '../../util/bytes.ts'
import { unpackAs } from '../any.ts'
import { millisecondsOr } from '../duration.ts'
import { identityOf } from '../identity.ts'
import type { ConfigPath } from '../path.ts'
import { FilterChainSchema } from '../gen/envoy/config/listener/v3/listener_components_pb.ts'
import { ListenerSchema } from '../gen/envoy/config/listener/v3/listener_pb.ts'
import type { FilterChain } from '../gen/envoy/config/listener/v3/listener_components_pb.ts'
import type { Listener } from '../gen/envoy/config/listener/v3/listener_pb.ts'
import { HttpConnectionManagerSchema } from '../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts'
import { TcpProxySchema } from '../gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.ts'
import type { FilterChainConfig, ListenerConfig, Resource } from '../types.ts'
import { buildAccessLogs, buildLogPlugins } from './access-log.ts'
import { buildAddress } from './address.ts'
import type { BuildContext } from './context.ts'
import { buildFilterChainMatch } from './filter-chain-match.ts'
import { buildConnectionManager } from './http-connection-manager.ts'
import { buildListenerFilters } from './listener-filters.ts'
import { buildMetadata } from './metadata.ts'
import type { PluginScope } from './plugin.ts'
import { buildTcpProxy } from './tcp-proxy.ts'
import { buildDownstreamTls } from './tls.ts'

/** Envoy's default for listeners and clusters. */
export const DEFAULT_BUFFER_LIMIT = 1024 * 1024

const DEFAULT_FILTERS_TIMEOUT = 15_000

/** A checked listener; `path` leads to its message and stands in faults about files. */
export function buildListener(listener: Listener, path: ConfigPath, context: BuildContext): Resource<ListenerConfig> {
  const address = buildAddress(listener.address)
  const name = listener.name === '' ? `${address.host}:${address.port}` : utf8ByteString(listener.name)
  return context.resource(name, identityOf(ListenerSchema, listener), () => buildValue(listener, path, context))
}

function buildValue(listener: Listener, path: ConfigPath, context: BuildContext): ListenerConfig {
  const metadata = buildMetadata(listener.metadata)
  const direction = listener.trafficDirection
  const scope = { direction, metadata }
  const last = listener.defaultFilterChain
  return {
    address: buildAddress(listener.address),
    additionalAddresses: listener.additionalAddresses.map(({ address }) => buildAddress(address)),
    socketMode: listener.address?.address.case === 'pipe' ? listener.address.address.value.mode : 0,
    statPrefix: utf8ByteString(listener.statPrefix),
    direction,
    bufferLimit: listener.perConnectionBufferLimitBytes ?? DEFAULT_BUFFER_LIMIT,
    metadata,
    chains: listener.filterChains.map((chain, index) => buildChain(chain, scope, [...path, 'filter_chains', index], context)),
    defaultChain: last === undefined ? null : buildChain(last, scope, [...path, 'default_filter_chain'], context),
    ...buildListenerFilters(listener.listenerFilters),
    filtersTimeout: millisecondsOr(listener.listenerFiltersTimeout, DEFAULT_FILTERS_TIMEOUT),
    continueOnFiltersTimeout: listener.continueOnListenerFiltersTimeout,
    accessLogs: buildAccessLogs(listener.accessLog, [...path, 'access_log'], context),
    logPlugins: buildLogPlugins(listener.accessLog, scope, [...path, 'access_log'], context),
  }
}

/** `scope` is the listener around it. */
function buildChain(chain: FilterChain, scope: PluginScope, path: ConfigPath, context: BuildContext): FilterChainConfig {
  const { filters } = chain
  const at = [...path, 'filters']
  const common = {
    name: utf8ByteString(chain.name),
    gate: identityOf(FilterChainSchema, { ...chain, filters: [] }),
    match: buildFilterChainMatch(chain.filterChainMatch),
    tls: buildDownstreamTls(chain.transportSocket, [...path, 'transport_socket'], context),
    handshakeTimeout: millisecondsOr(chain.transportSocketConnectTimeout, 0),
  }
  const proxy = unpackAs(filters.at(-1)?.configType.value, TcpProxySchema)
  if (proxy !== null) return { ...common, http: null, tcp: buildTcpProxy(proxy, filters, scope, at, context) }
  const manager = unpackAs(filters[0]?.configType.value, HttpConnectionManagerSchema) ?? create(HttpConnectionManagerSchema)
  return { ...common, http: buildConnectionManager(manager, scope, [...at, 0, 'typed_config'], context), tcp: null }
}
