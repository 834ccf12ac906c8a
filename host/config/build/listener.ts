/** Listeners. */
import { create } from '@bufbuild/protobuf'
import { utf8ByteString } from '../../util/bytes.ts'
import { unpackAs } from '../any.ts'
import { identityOf } from '../identity.ts'
import type { ConfigPath } from '../path.ts'
import { ListenerSchema } from '../gen/envoy/config/listener/v3/listener_pb.ts'
import type { Listener } from '../gen/envoy/config/listener/v3/listener_pb.ts'
import { HttpConnectionManagerSchema } from '../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts'
import type { ListenerConfig, Resource } from '../types.ts'
import { buildAddress } from './address.ts'
import type { BuildContext } from './context.ts'
import { buildConnectionManager } from './http-connection-manager.ts'
import { buildMetadata } from './metadata.ts'

/** Envoy's default for listeners and clusters. */
export const DEFAULT_BUFFER_LIMIT = 1024 * 1024

/** A checked listener; `path` leads to its message and stands in faults about files. */
export function buildListener(listener: Listener, path: ConfigPath, context: BuildContext): Resource<ListenerConfig> {
  const address = buildAddress(listener.address)
  const name = listener.name === '' ? `${address.host}:${address.port}` : utf8ByteString(listener.name)
  return { name, identity: identityOf(ListenerSchema, listener), value: buildValue(listener, path, context) }
}

function buildValue(listener: Listener, path: ConfigPath, context: BuildContext): ListenerConfig {
  const chain = listener.filterChains[0]
  const metadata = buildMetadata(listener.metadata)
  const direction = listener.trafficDirection
  const manager =
    unpackAs(chain?.filters[0]?.configType.value, HttpConnectionManagerSchema) ?? create(HttpConnectionManagerSchema)
  const at = [...path, 'filter_chains', 0, 'filters', 0, 'typed_config']
  return {
    address: buildAddress(listener.address),
    statPrefix: utf8ByteString(listener.statPrefix),
    direction,
    bufferLimit: listener.perConnectionBufferLimitBytes ?? DEFAULT_BUFFER_LIMIT,
    metadata,
    filterChainName: utf8ByteString(chain?.name ?? ''),
    http: buildConnectionManager(manager, { direction, metadata }, at, context),
  }
}
