/** Free ports for programs that cannot report the port they bound. */
import { createServer, type Server } from 'node:net'
import { once } from 'node:events'

/**
 * Different ports that were free a moment ago: the kernel chooses them. They stay reserved until all are known, and
 * come from the ephemeral range, so a caller binds them soon.
 */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listen))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

async function listen(): Promise<Server> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}
