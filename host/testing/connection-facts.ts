/** What a test host's streams know of the client's connection. */
import type { ConnectionInfo } from '../http/stream-info.ts'
import type { TestConnectionFacts } from './test-stream.ts'
import { tlsOf } from './test-tls.ts'

const DEFAULTS: ConnectionInfo = {
  id: 1,
  remoteAddress: '127.0.0.1:50000',
  remoteHost: '127.0.0.1',
  directRemoteAddress: '127.0.0.1:50000',
  requestedServerName: '',
  tls: null,
  transportFailure: '',
  localAddress: '127.0.0.1:10000',
  filterChainName: '',
  listenerDirection: 0,
  listenerMetadata: null,
  filterState: null,
}

const DIRECTIONS = ['unspecified', 'inbound', 'outbound'] as const

/** A connection of its own: filters leave their state with it. */
export function connectionOf({ remoteAddress, localAddress, direction, tls }: TestConnectionFacts): ConnectionInfo {
  const remote = remoteAddress ?? DEFAULTS.remoteAddress
  return {
    ...DEFAULTS,
    remoteAddress: remote,
    remoteHost: remote.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''),
    directRemoteAddress: remote,
    requestedServerName: tls?.serverName ?? '',
    tls: tls === undefined ? null : tlsOf(tls),
    localAddress: localAddress ?? DEFAULTS.localAddress,
    listenerDirection: DIRECTIONS.indexOf(direction ?? 'unspecified'),
  }
}
