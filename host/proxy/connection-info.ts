/** What filters, logs and the choice of a filter chain know of an accepted connection. */
import type { Socket } from 'node:net'
import { addressLabel } from '../cluster/endpoint.ts'
import type { ListenerConfig } from '../config/types.ts'
import type { ConnectionInfo, TlsInfo } from '../http/stream-info.ts'
import type { ClientHello } from '../tls/client-hello.ts'
import type { ConnectionFacts } from './filter-chains.ts'
import type { ProxyAddresses } from './proxy-header.ts'

/** Both ends: IP literals, or the path of a socket file with port 0. */
export type Addresses = ProxyAddresses

/** Clients of a socket file have no address: Envoy says the file's instead. */
export function addressesOf(socket: Socket, { address }: ListenerConfig): Addresses {
  const { remoteAddress, remotePort = 0, localAddress, localPort = 0 } = socket
  return {
    sourceHost: remoteAddress ?? address.host,
    sourcePort: remotePort,
    destinationHost: localAddress ?? address.host,
    destinationPort: localPort,
  }
}

/** What a chain is chosen by. */
export function factsOf(
  addresses: Addresses,
  direct: Addresses,
  hello: ClientHello | null,
  transportProtocol: ConnectionFacts['transportProtocol'],
): ConnectionFacts {
  const { serverName = '', protocols = [] } = hello ?? {}
  return { ...addresses, directSourceHost: direct.sourceHost, serverName, transportProtocol, applicationProtocols: protocols }
}

/** What is known of a connection by the time it is described. */
export interface KnownConnection {
  readonly addresses: Addresses
  readonly directAddresses: Addresses
  readonly requestedServerName: string
  readonly tls: TlsInfo | null
  readonly transportFailure: string
  readonly chainName: string
}

export function describeConnection(known: KnownConnection, listener: ListenerConfig, id: number): ConnectionInfo {
  const { sourceHost, sourcePort, destinationHost, destinationPort } = known.addresses
  const direct = known.directAddresses
  return {
    id,
    remoteAddress: addressLabel(sourceHost, sourcePort),
    remoteHost: sourceHost,
    directRemoteAddress: addressLabel(direct.sourceHost, direct.sourcePort),
    localAddress: addressLabel(destinationHost, destinationPort),
    requestedServerName: known.requestedServerName,
    tls: known.tls,
    transportFailure: known.transportFailure,
    filterChainName: known.chainName,
    listenerDirection: listener.direction,
    listenerMetadata: listener.metadata,
    filterState: null,
  }
}
