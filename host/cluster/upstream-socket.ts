import { connect, type Socket } from 'node:net'
import type { SocketRead } from '../socket/read-buffer.ts'
import type { ConnectionOwner, Destination } from './connector.ts'

/** Opens a socket to an endpoint. TLS offers `protocol` unless it is ''. */
export function openUpstream(destination: Destination, protocol: string, onread: SocketRead, owner: ConnectionOwner): Socket {
  const { host, port, tls, server } = destination
  const place = host.includes('/') ? { path: host } : { host, port, noDelay: true }
  // Only bytes without a protocol have halves.
  const options = { ...place, onread, allowHalfOpen: protocol === '' }
  return tls === null ? connect(options) : tls.connect(options, protocol, server, (info) => void (owner.tls = info))
}
