/** Looks names up: at the machine's resolver, or at servers that the configuration names. */
import { lookup as lookupHost, Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { DnsConfig } from '../config/types.ts'
import { addressLabel } from './endpoint.ts'

export interface FoundAddress {
  readonly address: string
  /** Seconds for which it counts; 0 = nobody says. */
  readonly ttl: number
}

/** Looks up a name in one address family. Nothing is found where there is no such name; rejects when nobody knows. */
export type Lookup = (name: string, family: 4 | 6) => Promise<readonly FoundAddress[]>

/** Codes of a name that is not there, or has no address of the family. */
const NOT_THERE: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA'])

/** The machine's resolver, `/etc/hosts` included; it tells no times. */
export const systemLookup: Lookup = (name, family) =>
  orNothing(async () => (await lookupHost(name, { all: true, family })).map(({ address }) => ({ address, ttl: 0 })))

/** Where a cluster looks up its names; `system` where it says nothing of servers. */
export function lookupFor({ servers, queryTimeout, queryTries, respectsTtl }: DnsConfig, system: Lookup): Lookup {
  if (servers.length === 0) return respectsTtl ? withTimes(system, serverLookup(new Resolver())) : system
  const resolver = new Resolver({ timeout: queryTimeout, tries: queryTries })
  resolver.setServers(servers.map(({ host, port }) => addressLabel(host, port)))
  return serverLookup(resolver)
}

/** An address is its own; no server is asked for it. */
function serverLookup(resolver: Resolver): Lookup {
  return (name, family) => {
    if (isIP(name) !== 0) return Promise.resolve(isIP(name) === family ? [{ address: name, ttl: 0 }] : [])
    return orNothing(() => (family === 4 ? resolver.resolve4(name, { ttl: true }) : resolver.resolve6(name, { ttl: true })))
  }
}

/** The system decides about addresses; how long they count is what a server says of the same name. */
function withTimes(system: Lookup, server: Lookup): Lookup {
  return async (name, family) => {
    const [found, timed] = await Promise.all([system(name, family), server(name, family).catch(() => [])])
    const ttl = Math.min(...timed.map((one) => one.ttl))
    return timed.length === 0 ? found : found.map(({ address }) => ({ address, ttl }))
  }
}

async function orNothing(look: () => Promise<readonly FoundAddress[]>): Promise<readonly FoundAddress[]> {
  try {
    return await look()
  } catch (error) {
    if (NOT_THERE.has((error as NodeJS.ErrnoException).code ?? '')) return []
    throw error
  }
}
