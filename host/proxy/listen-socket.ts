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
 * The file of a listener that is gone would be in the way, as in Envoy, and that of one that leaves is taken over: a socket is bound beside
 * it and moved there. Node removes the file that it has bound, so what is at `path` stays until it is taken away as ours.
 */
async function bindFile(server: Server, path: string, mode: number): Promise<SocketAddress> {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found?.isSocket() === false) throw Object.assign(new Error(`${path} is no socket`), { code: 'EADDRINUSE' })
  const beside = `${path}~`
  rmSync(beside, { force: true })
  server.listen({ path: beside, backlog: BACKLOG })
  await once(server, 'listening')
  if (mode > 0) chmodSync(beside, mode)
  const { ino } = statSync(beside)
  renameSync(beside, path)
  server.once('close', () => removeFile(path, ino))
  return { host: path, port: 0 }
}

/** Unless it is another one by now. */
function removeFile(path: string, ino: number): void {
  if (statSync(path, { throwIfNoEntry: false })?.ino === ino) rmSync(path, { force: true })
}
