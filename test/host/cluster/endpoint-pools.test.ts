import { expect, it } from 'vitest'
import { CircuitBreakers } from '../../../host/cluster/circuit-breakers.ts'
import { ClusterStats } from '../../../host/cluster/cluster-stats.ts'
import { emptyCounts } from '../../../host/cluster/endpoint.ts'
import { EndpointPools } from '../../../host/cluster/endpoint-pools.ts'
import { createStatsStore } from '../../../host/stats/store.ts'
import type { UpstreamTls } from '../../../host/tls/upstream-tls.ts'
import { BREAKERS, FakeConnector, FakeTimers } from './fakes.ts'

it('drained pools keep no connection, that of a server which is first named then neither', () => {
  const stats = new ClusterStats(createStatsStore({ writers: 1 }), 'c')
  const connector = new FakeConnector()
  const breakers = new CircuitBreakers(BREAKERS, 'default', true, stats)
  const normal = { connector, timers: new FakeTimers(), stats, breakers, connectTimeout: 5000, idleTimeout: 60_000 }
  const tcp = (): never => expect.unreachable()
  const destination = { host: '127.0.0.1', port: 1, tls: {} as UpstreamTls, server: null }
  const pools = new EndpointPools(destination, emptyCounts(), { normal, high: null, tcp })
  pools.drain()
  for (const [index, server] of [null, { sni: 'a.test', name: null }].entries()) {
    pools.for(false, server).acquire({ onPoolReady: () => {}, onPoolFailure: () => {} })
    const { events } = connector.connections[index]!
    events.onConnected()
    events.onStreamEnded(true)
  }
  expect(connector.connections.map(({ isClosed }) => isClosed)).toEqual([true, true])
})
