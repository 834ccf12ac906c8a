/** Binds listening sockets that have a port; those that have a file are `SocketFile`s. */
import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import type { SocketAddress } from '../config/types.ts'

/** Connections that the kernel keeps until they are accepted. */
export const BACKLOG = 1024

/** Says where `server` really listens. Rejects with the system's error. */
export async function bind(server: Server, { host, port }: SocketAddress): Promise<SocketAddress> {
  server.listen({ host, port, reusePort: true, ipv6Only: true, backlog: BACKLOG })
  await once(server, 'listening')
  const bound = server.address() as AddressInfo // a TCP server that listens
  return { host: bound.address, port: bound.port }
}
