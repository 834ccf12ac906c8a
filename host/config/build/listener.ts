/** Listeners. */
import { create } from '@bufbuild/protobuf'
import { utf8ByteString } from '../../util/bytes.ts'
import { unpackAs } from '../any.ts'
import { identityOf } from '../identity.ts'
import type { ConfigPath } from '../path.ts'
import { FilterChainSchema } from '../gen/envoy/config/listener/v3/listener_components_pb.ts'
import { ListenerSchema } from '../gen/envoy/config/listener/v3/listener_pb.ts'
import type { FilterChain } from '../gen/envoy/config/listener/v3/listener_components_pb.ts'
import type { Listener } from '../gen/envoy/config/listener/v3/listener_pb.ts'
import { HttpConnectionManagerSchema } from '../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts'
import { TcpProxySchema } from '../gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.ts'
import type { FilterChainConfig, ListenerConfig, Resource } from '../types.ts'
import { buildAddress } from './address.ts'
import type { BuildContext } from './context.ts'
import { buildConnectionManager } from './http-connection-manager.ts'
import { buildMetadata } from './metadata.ts'
import type { PluginScope } from './plugin.ts'
import { buildTcpProxy } from './tcp-proxy.ts'

/** Envoy's default for listeners and clusters. */
export const DEFAULT_BUFFER_LIMIT = 1024 * 1024

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
  return {
    address: buildAddress(listener.address),
    statPrefix: utf8ByteString(listener.statPrefix),
    direction,
    bufferLimit: listener.perConnectionBufferLimitBytes ?? DEFAULT_BUFFER_LIMIT,
    metadata,
    chains: listener.filterChains.map((chain, index) => buildChain(chain, scope, [...path, 'filter_chains', index], context)),
  }
}

/** `scope` is the listener around it. */
function buildChain(chain: FilterChain, scope: PluginScope, path: ConfigPath, context: BuildContext): FilterChainConfig {
  const { filters } = chain
  const at = [...path, 'filters']
  const common = { name: utf8ByteString(chain.name), gate: identityOf(FilterChainSchema, { ...chain, filters: [] }) }
  const proxy = unpackAs(filters.at(-1)?.configType.value, TcpProxySchema)
  if (proxy !== null) return { ...common, http: null, tcp: buildTcpProxy(proxy, filters, scope, at, context) }
  const manager = unpackAs(filters[0]?.configType.value, HttpConnectionManagerSchema) ?? create(HttpConnectionManagerSchema)
  return { ...common, http: buildConnectionManager(manager, scope, [...at, 0, 'typed_config'], context), tcp: null }
}
