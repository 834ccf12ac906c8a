/** Binds listening sockets. */
import { once } from 'node:events'
import { chmodSync, rmSync, statSync } from 'node:fs'
import type { AddressInfo, Server } from 'node:net'
import type { SocketAddress } from '../config/types.ts'

/** Connections that the kernel keeps until they are accepted. */
const BACKLOG = 1024

/** Says where `server` really listens. Rejects with the system's error. `mode` is of a socket file, 0 = as it comes. */
export async function bind(server: Server, { host, port }: SocketAddress, mode: number): Promise<SocketAddress> {
  if (host.includes('/')) return bindFile(server, host, mode)
  server.listen({ host, port, reusePort: true, ipv6Only: true, backlog: BACKLOG })
  await once(server, 'listening')
  const bound = server.address() as AddressInfo // a TCP server that listens
  return { host: bound.address, port: bound.port }
}

/** The file of a listener that is gone would be in the way, as in Envoy. */
async function bindFile(server: Server, path: string, mode: number): Promise<SocketAddress> {
  if (statSync(path, { throwIfNoEntry: false })?.isSocket() === true) rmSync(path)
  server.listen({ path, backlog: BACKLOG })
  await once(server, 'listening')
  if (mode > 0) chmodSync(path, mode)
  return { host: path, port: 0 }
}
