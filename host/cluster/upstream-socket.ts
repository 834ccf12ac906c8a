import { connect, type Socket } from 'node:net'
import type { SocketRead } from '../socket/read-buffer.ts'
import type { TlsInfo } from '../http/stream-info.ts'
import type { Destination } from './connector.ts'

/** Opens a socket to an endpoint. TLS offers `protocol` unless it is ''; what is known of it is left with the owner. */
export function openUpstream(
  destination: Destination,
  protocol: string,
  onread: SocketRead,
  owner: { tls: TlsInfo | null },
): Socket {
  const { host, port, tls, server } = destination
  const place = host.includes('/') ? { path: host } : { host, port, noDelay: true }
  // Only bytes without a protocol have halves.
  const options = { ...place, onread, allowHalfOpen: protocol === '' }
  return tls === null ? connect(options) : tls.connect(options, protocol, server, (info) => void (owner.tls = info))
}
