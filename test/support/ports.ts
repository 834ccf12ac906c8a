/** Free ports for programs that cannot report the port they bound. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

/** Below the range that systems give to outgoing connections, so that none of those takes a port before its program does. */
const FIRST = 20_000
/** Each worker of a test run has a slice of its own: what one has chosen and not yet bound, no other chooses. */
const SLICES = 8
const SLICE = 1500
const slice = FIRST + (Number(process.env['VITEST_POOL_ID'] ?? 0) % SLICES) * SLICE

/** Runs at the same time start at different places; a port comes again only when all others of the slice were used. */
let next = Math.floor(Math.random() * SLICE)

/** Different ports that were free a moment ago; they stay taken until all are known. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listenSomewhere))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

/** The first of so many ports that follow each other and were free a moment ago. */
export async function freePortRange(count: number): Promise<number> {
  for (let tries = 0; tries < SLICE / count; tries++) {
    const first = slice + (next % (SLICE - count))
    next += count
    const servers = await Promise.all(Array.from({ length: count }, (_, at) => listen(first + at)))
    const open = servers.filter((server) => server !== null)
    await Promise.all(open.map((server) => new Promise((resolve) => server.close(resolve))))
    if (open.length === count) return first
  }
  throw new Error(`no ${count} free ports in a row between ${slice} and ${slice + SLICE}`)
}

async function listenSomewhere(): Promise<Server> {
  for (let tries = 0; tries < SLICE; tries++) {
    const server = await listen(slice + (next++ % SLICE))
    if (server !== null) return server
  }
  throw new Error(`no free port between ${slice} and ${slice + SLICE}`)
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
