/** Binds listening sockets. */
import { once } from 'node:events'
import { chmodSync, renameSync, rmSync, statSync } from 'node:fs'
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

/**
 * The file of a listener that is gone would be in the way, as in Envoy, and that of one that leaves is taken over: a socket
 * is bound beside it and moved there. Node removes the file that it has bound, so what is at `path` stays until it is taken
 * away as ours. Files that are no sockets are somebody else's.
 */
async function bindFile(server: Server, path: string, mode: number): Promise<SocketAddress> {
  if (isSocket(path) === false) throw Object.assign(new Error(`${path} is no socket`), { code: 'EADDRINUSE' })
  const beside = `${path}~`
  if (isSocket(beside) === true) rmSync(beside)
  server.listen({ path: beside, backlog: BACKLOG })
  await once(server, 'listening')
  if (mode > 0) chmodSync(beside, mode)
  const { ino } = statSync(beside)
  renameSync(beside, path)
  server.once('close', () => removeFile(path, ino))
  return { host: path, port: 0 }
}

/** Undefined = there is no such file. */
function isSocket(path: string): boolean | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isSocket()
}

/** Unless it is another one by now. */
function removeFile(path: string, ino: number): void {
  try {
    if (statSync(path).ino === ino) rmSync(path)
  } catch {
    // It is gone already, or its folder no longer ours; the next listener takes it over.
  }
}
