/** Free ports for programs that cannot report the port they bound. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

/** Up to here systems give ports to outgoing connections: none of those takes a port of ours before its program does. */
const END = 32_768
/** What a process has chosen and not yet bound, no other chooses: each has a slice of its own. */
const SLICES = 28
const SLICE = 700
/** The first port of a slice is its mark. */
const USABLE = SLICE - 1

/** Bound as long as this process lives: the mark by which other processes, of other runs too, see that its slice is taken. */
const guard = await takeSlice()
guard.unref()
const slice = portOf(guard) + 1

/** A port comes again only when all others of the slice were used. */
let next = Math.floor(Math.random() * USABLE)

/** Different ports that were free a moment ago; they stay taken until all are known. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listenSomewhere))
  const ports = servers.map(portOf)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

/** The first of so many ports that follow each other and were free a moment ago. */
export async function freePortRange(count: number): Promise<number> {
  for (let tries = 0; tries < USABLE / count; tries++) {
    const first = slice + (next % (USABLE - count))
    next += count
    const servers = await Promise.all(Array.from({ length: count }, (_, at) => listen(first + at)))
    const open = servers.filter((server) => server !== null)
    await Promise.all(open.map((server) => new Promise((resolve) => server.close(resolve))))
    if (open.length === count) return first
  }
  throw new Error(`no ${count} free ports in a row between ${slice} and ${slice + USABLE}`)
}

async function takeSlice(): Promise<Server> {
  for (let at = 1; at <= SLICES; at++) {
    const server = await listen(END - at * SLICE)
    if (server !== null) return server
  }
  throw new Error(`all ${SLICES} slices of ports below ${END} are in use by test runs`)
}

function portOf(server: Server): number {
  return (server.address() as { port: number }).port
}

async function listenSomewhere(): Promise<Server> {
  for (let tries = 0; tries < USABLE; tries++) {
    const server = await listen(slice + (next++ % USABLE))
    if (server !== null) return server
  }
  throw new Error(`no free port between ${slice} and ${slice + USABLE}`)
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
