import type { Socket } from 'node:net'
import { addressLabel } from '../cluster/endpoint.ts'
import type { FilterChainConfig, ListenerConfig } from '../config/types.ts'
import type { ConnectionInfo } from '../http/stream-info.ts'

/** What filters and logs read of an accepted connection. */
export function describeConnection(
  socket: Socket,
  listener: ListenerConfig,
  chain: FilterChainConfig,
  id: number,
): ConnectionInfo {
  const remoteHost = socket.remoteAddress ?? ''
  return {
    id,
    remoteAddress: addressLabel(remoteHost, socket.remotePort ?? 0),
    remoteHost,
    localAddress: addressLabel(socket.localAddress ?? '', socket.localPort ?? 0),
    filterChainName: chain.name,
    listenerDirection: listener.direction,
    listenerMetadata: listener.metadata,
    filterState: null,
  }
}
