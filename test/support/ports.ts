/** Free ports for programs that cannot report the port they bound. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

/** Below the range that systems give to outgoing connections, so that none of those takes a port before its program does. */
const FIRST = 20_000
const COUNT = 12_000
const MAX_TRIES = 200

/** Different ports that were free a moment ago; they stay taken until all are known. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listenSomewhere))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

async function listenSomewhere(): Promise<Server> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const server = await listen(FIRST + Math.floor(Math.random() * COUNT))
    if (server !== null) return server
  }
  throw new Error(`no free port between ${FIRST} and ${FIRST + COUNT}`)
}

/** Null when the port is taken. */
async function listen(port: number): Promise<Server | null> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return server
  } catch {
    return null
  }
}
