import { describe, expect, it } from 'vitest'
import { buildFilterChainMatch } from '../../../host/config/build/filter-chain-match.ts'
import type { FilterChainMatchConfig } from '../../../host/config/types.ts'
import { FilterChains, type ConnectionFacts } from '../../../host/proxy/filter-chains.ts'

const FACTS: ConnectionFacts = {
  destinationHost: '10.1.0.1',
  destinationPort: 80,
  serverName: '',
  transportProtocol: 'raw_buffer',
  applicationProtocols: [],
  directSourceHost: '192.0.2.1',
  sourceHost: '192.0.2.1',
  sourcePort: 5000,
}

type Chain = FilterChainMatchConfig & { readonly name: string }

function chain(name: string, match: Partial<FilterChainMatchConfig> = {}): Chain {
  return { ...buildFilterChainMatch(undefined), ...match, name }
}

function choose(chains: readonly Chain[], facts: Partial<ConnectionFacts> = {}, otherwise: Chain | null = null): string | null {
  return new FilterChains(chains, (one) => one, otherwise).choose({ ...FACTS, ...facts })?.name ?? null
}

describe('FilterChains', () => {
  it('takes the only chain without a match', () => {
    expect(choose([chain('all')])).toBe('all')
  })

  it('prefers an earlier condition to all later ones', () => {
    const port = chain('port', { destinationPort: 80 })
    const name = chain('name', { serverNames: ['a.test'], sourcePorts: [5000] })
    expect(choose([name, port], { serverName: 'a.test' })).toBe('port')
  })

  it('does not come back to what it has passed over', () => {
    const port = chain('port', { destinationPort: 80, serverNames: ['a.test'] })
    const all = chain('all')
    expect(choose([port, all], { serverName: 'b.test' })).toBeNull()
    expect(choose([port, all], { serverName: 'b.test' }, chain('default'))).toBe('default')
  })

  it('takes the whole name, then the longest suffix', () => {
    const chains = [
      chain('exact', { serverNames: ['x.b.test'] }),
      chain('b', { serverNames: ['.b.test'] }),
      chain('c', { serverNames: ['.c.b.test'] }),
    ]
    expect(choose(chains, { serverName: 'x.b.test' })).toBe('exact')
    expect(choose(chains, { serverName: 'y.b.test' })).toBe('b')
    expect(choose(chains, { serverName: 'y.c.b.test' })).toBe('c')
    expect(choose(chains, { serverName: 'b.test' })).toBeNull()
    expect(choose(chains)).toBeNull()
  })

  it('takes the protocol that the client names first', () => {
    const chains = [chain('h2', { applicationProtocols: ['h2'] }), chain('h1', { applicationProtocols: ['http/1.1'] })]
    expect(choose(chains, { applicationProtocols: ['http/1.1', 'h2'] })).toBe('h1')
    expect(choose(chains, { applicationProtocols: ['h2', 'http/1.1'] })).toBe('h2')
  })

  it('prefers the range of all addresses to none', () => {
    const chains = [chain('all'), chain('any', { sources: [{ host: '0.0.0.0', bits: 0 }] })]
    expect(choose(chains)).toBe('any')
    expect(choose(chains, { sourceHost: '::1' })).toBe('all')
  })

  it('knows what is local', () => {
    const chains = [chain('local', { sourceType: 'SAME_IP_OR_LOOPBACK' }), chain('external', { sourceType: 'EXTERNAL' })]
    expect(choose(chains)).toBe('external')
    expect(choose(chains, { sourceHost: '10.1.0.1' })).toBe('local')
    expect(choose(chains, { sourceHost: '127.0.0.9' })).toBe('local')
    expect(choose(chains, { sourceHost: '/run/x.sock' })).toBe('local')
  })

  it('finds a socket file in no range', () => {
    const chains = [chain('range', { destinations: [{ host: '0.0.0.0', bits: 0 }] }), chain('all')]
    expect(choose(chains, { destinationHost: '/run/x.sock', destinationPort: 0 })).toBe('all')
  })
})
