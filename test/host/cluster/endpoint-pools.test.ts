import { describe, expect, it } from 'vitest'
import { CircuitBreakers } from '../../../host/cluster/circuit-breakers.ts'
import { ClusterStats } from '../../../host/cluster/cluster-stats.ts'
import { emptyCounts } from '../../../host/cluster/endpoint.ts'
import { EndpointPools } from '../../../host/cluster/endpoint-pools.ts'
import type { BreakerConfig } from '../../../host/config/types.ts'
import { createStatsStore } from '../../../host/stats/store.ts'
import type { TlsServer, UpstreamTls } from '../../../host/tls/upstream-tls.ts'
import { BREAKERS, FakeConnector, FakeTimers } from './fakes.ts'

const named = (sni: string): TlsServer => ({ sni, name: null })

function makePools(limits: Partial<BreakerConfig> = {}) {
  const stats = new ClusterStats(createStatsStore({ writers: 1 }), 'c')
  const connector = new FakeConnector()
  const breakers = new CircuitBreakers({ ...BREAKERS, ...limits }, 'default', true, stats)
  const normal = { connector, timers: new FakeTimers(), stats, breakers, connectTimeout: 5000, idleTimeout: 60_000 }
  const tcp = (): never => expect.unreachable()
  const destination = { host: '127.0.0.1', port: 1, tls: {} as UpstreamTls, server: null }
  const pools = new EndpointPools(destination, emptyCounts(), { normal, high: null, tcp })
  /** False when there is no pool for the request, which is busy until its connection is told of its end. */
  const begin = (server: TlsServer | null): boolean => {
    const pool = pools.for(false, server)
    if (pool === null) return false
    const known = connector.connections.length
    pool.acquire({ onPoolReady: () => {}, onPoolFailure: () => {} })
    connector.connections[known]?.events.onConnected()
    return true
  }
  const end = (index: number): void => connector.connections[index]!.events.onStreamEnded(true)
  const open = (): boolean[] => connector.connections.map(({ isClosed }) => !isClosed)
  return { pools, begin, end, open, stats, breakers }
}

it('drained pools keep no connection, that of a server which is first named then neither', () => {
  const { pools, begin, end, open } = makePools()
  pools.drain()
  for (const [index, server] of [null, named('a.test')].entries()) {
    begin(server)
    end(index)
  }
  expect(open()).toEqual([false, false])
})

describe('max_connection_pools', () => {
  it('refuses one more pool while all have requests', () => {
    const { begin, open, stats } = makePools({ maxConnectionPools: 2 })
    expect(['a.test', 'b.test', 'c.test', 'a.test'].map((name) => begin(named(name)))).toEqual([true, true, false, true])
    expect(begin(null)).toBe(false)
    expect(open()).toEqual([true, true, true])
    expect([stats.cxPoolOverflow.value(), stats.open('default', 'connectionPools').value()]).toEqual([2, 1])
  })

  it('closes a pool without requests for another one', () => {
    const { begin, end, open, stats, breakers } = makePools({ maxConnectionPools: 2 })
    begin(named('a.test'))
    begin(named('b.test'))
    end(1)
    expect(begin(named('c.test'))).toBe(true)
    expect(open()).toEqual([true, false, true])
    end(0)
    expect(begin(null)).toBe(true)
    expect(open()).toEqual([false, false, true, true])
    expect([stats.cxPoolOverflow.value(), breakers.connectionPools.count]).toEqual([0, 2])
  })

  it('counts pools as long as they have connections', () => {
    const { pools, begin, open, stats, breakers } = makePools({ maxConnectionPools: 2 })
    begin(null)
    begin(named('a.test'))
    expect(breakers.connectionPools.count).toBe(2)
    pools.close()
    expect(open()).toEqual([false, false])
    expect([breakers.connectionPools.count, stats.open('default', 'connectionPools').value()]).toEqual([0, 0])
  })
})

it('names close idle connections to others where there are enough connections', () => {
  const { begin, end, open } = makePools({ maxConnections: 2 })
  for (const [index, name] of ['a.test', 'b.test', 'c.test', 'd.test'].entries()) {
    begin(named(name))
    if (index > 0) end(index)
  }
  expect(open()).toEqual([true, false, false, true])
})
