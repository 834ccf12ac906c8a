import { describe, expect, it, vi } from 'vitest'
import { CircuitBreakers } from '../../../host/cluster/circuit-breakers.ts'
import { ClusterStats } from '../../../host/cluster/cluster-stats.ts'
import { ConnectionPool, type PoolRequest } from '../../../host/cluster/connection-pool.ts'
import type { Destination } from '../../../host/cluster/connector.ts'
import { emptyCounts } from '../../../host/cluster/endpoint.ts'
import type { UpstreamConnection } from '../../../host/cluster/upstream-connection.ts'
import type { BreakerConfig, ClusterConfig } from '../../../host/config/types.ts'
import { createStatsStore } from '../../../host/stats/store.ts'
import { BREAKERS, FakeConnector, FakeTimers } from './fakes.ts'

const CONNECT_TIMEOUT = 5000
const IDLE_TIMEOUT = 60_000

const at = (port: number): Destination => ({ host: '127.0.0.1', port, tls: null, server: null })

class Request implements PoolRequest {
  connection: UpstreamConnection | null = null
  failure = ''

  onPoolReady(connection: UpstreamConnection): void {
    this.connection = connection
  }
  onPoolFailure(reason: string, details: string): void {
    this.failure = details === '' ? reason : `${reason} ${details}`
  }
}

function makePool(limits: Partial<BreakerConfig> = {}, protocol: ClusterConfig['protocol'] = 'HTTP/1.1') {
  const stats = new ClusterStats(createStatsStore({ writers: 1 }), 'c', protocol)
  const breakers = new CircuitBreakers({ ...BREAKERS, ...limits }, 'default', true, stats)
  const connector = new FakeConnector(protocol)
  const timers = new FakeTimers()
  const counts = emptyCounts()
  const onEmpty = vi.fn<() => void>()
  const context = { connector, timers, stats, breakers, connectTimeout: CONNECT_TIMEOUT, idleTimeout: IDLE_TIMEOUT }
  const pool = new ConnectionPool(at(1), counts, context, onEmpty)
  const ask = (): Request => {
    const request = new Request()
    pool.acquire(request)
    return request
  }
  return { pool, stats, connector, timers, counts, ask, onEmpty, open: connector.connections }
}

describe('ConnectionPool', () => {
  it('hands out the connection that became free last', () => {
    const { ask, open } = makePool()
    const [first, second] = [ask(), ask()]
    open[0]!.events.onConnected()
    open[1]!.events.onConnected()
    open[0]!.events.onStreamEnded(true)
    open[1]!.events.onStreamEnded(true)
    expect(ask().connection).toBe(second.connection)
    expect(ask().connection).toBe(first.connection)
    expect(open).toHaveLength(2)
  })

  it('serves waiting requests in order, by whichever connection is free first', () => {
    const { ask, open } = makePool()
    const [first, second, third] = [ask(), ask(), ask()]
    open[1]!.events.onConnected()
    expect([first.connection, second.connection, third.connection].map((c) => c !== null)).toEqual([true, false, false])
    open[1]!.events.onStreamEnded(true)
    expect(second.connection).toBe(first.connection)
    expect(third.connection).toBeNull()
  })

  it('opens no more connections than are being waited for', () => {
    const { pool, ask, open, stats } = makePool()
    const request = ask()
    pool.abandon(request)
    expect([stats.rqPendingActive.value(), stats.rqCancelled.value()]).toEqual([0, 1])
    ask()
    expect(open).toHaveLength(1)
  })

  it('fails every waiting request when a connect fails', () => {
    const { ask, open, stats, counts } = makePool()
    const requests = [ask(), ask()]
    open[0]!.events.onClosed('remote_connection_failure', 'delayed connect error: Connection refused')
    expect(requests.map((r) => r.failure)).toEqual(
      Array(2).fill('remote_connection_failure delayed connect error: Connection refused'),
    )
    expect([stats.cxConnectFail.value(), stats.rqPendingActive.value(), counts.cxConnectFail]).toEqual([1, 0, 1])
  })

  it('gives up a connect after the connect timeout', () => {
    const { ask, open, timers, stats } = makePool()
    const request = ask()
    timers.fire(CONNECT_TIMEOUT)
    expect(request.failure).toBe('connection_timeout')
    expect([open[0]!.isClosed, stats.cxConnectTimeout.value(), stats.cxConnectFail.value(), stats.cxActive.value()]).toEqual([
      true,
      1,
      1,
      0,
    ])
  })

  it('closes a connection that stays idle, not one that is busy', () => {
    const { ask, open, timers, stats } = makePool()
    ask()
    open[0]!.events.onConnected()
    timers.fire(IDLE_TIMEOUT)
    expect(open[0]!.isClosed).toBe(false)
    open[0]!.events.onStreamEnded(true)
    timers.fire(IDLE_TIMEOUT)
    expect([open[0]!.isClosed, stats.cxIdleTimeout.value()]).toEqual([true, 1])
    ask()
    expect(open).toHaveLength(2)
  })

  it.each(['HTTP/1.1', 'HTTP/2'] as const)('gives no request an idle connection that is not closed yet (%s)', (protocol) => {
    const { ask, open, timers } = makePool({}, protocol)
    ask()
    open[0]!.events.onConnected()
    open[0]!.events.onStreamEnded(true)
    // A socket tells of its end only after other events.
    open[0]!.close = () => {}
    timers.fire(IDLE_TIMEOUT)
    ask()
    expect(open).toHaveLength(2)
    open[0]!.events.onClosed('connection_termination', '')
    expect(open).toHaveLength(2)
  })

  it('does not reuse a connection that the codec will close', () => {
    const { ask, open, stats } = makePool()
    ask()
    open[0]!.events.onConnected()
    open[0]!.events.onStreamEnded(false)
    ask()
    expect(open).toHaveLength(2)
    open[0]!.events.onClosed('connection_termination', '')
    expect([stats.cxDestroy.value(), stats.cxDestroyWithActiveRq.value(), stats.rqActive.value()]).toEqual([1, 0, 0])
  })

  it('refuses a request beyond max_pending_requests with overflow', () => {
    const { ask, stats } = makePool({ maxPendingRequests: 1 })
    ask()
    expect(stats.open('default', 'pendingRequests').value()).toBe(1)
    expect(ask().failure).toBe('overflow')
    expect(stats.rqPendingOverflow.value()).toBe(1)
  })

  it('keeps requests waiting at max_connections and serves them by the connection that exists', () => {
    const { ask, open, stats } = makePool({ maxConnections: 1 })
    const [, second] = [ask(), ask()]
    expect([open.length, stats.cxOverflow.value(), stats.open('default', 'connections').value()]).toEqual([1, 1, 1])
    open[0]!.events.onConnected()
    open[0]!.events.onStreamEnded(true)
    expect(second.connection).not.toBeNull()
  })

  it('opens one connection beyond max_connections when it has none', () => {
    const { pool, ask, open, connector, stats } = makePool({ maxConnections: 1 })
    ask()
    const other = new ConnectionPool(at(2), emptyCounts(), pool.context, () => {})
    other.acquire(new Request())
    expect([open.length, connector.connections[1]?.address, stats.cxOverflow.value()]).toEqual([2, '127.0.0.1:2', 1])
  })

  it('tells when its last connection is gone, or none may be had', () => {
    const { ask, open, onEmpty } = makePool({ maxPendingRequests: 1 })
    ask()
    open[0]!.events.onConnected()
    open[0]!.events.onStreamEnded(true)
    expect(onEmpty).toHaveBeenCalledTimes(0)
    open[0]!.close()
    expect(onEmpty).toHaveBeenCalledTimes(1)
    const none = makePool({ maxPendingRequests: 0 })
    none.ask()
    expect(none.onEmpty).toHaveBeenCalledTimes(1)
  })

  it('connects again for a waiting request when the connection at the limit closes', () => {
    const { ask, open } = makePool({ maxConnections: 1 })
    const [, second] = [ask(), ask()]
    open[0]!.events.onConnected()
    open[0]!.events.onClosed('connection_termination', '')
    expect(open).toHaveLength(2)
    open[1]!.events.onConnected()
    expect(second.connection).not.toBeNull()
  })

  it('refuses a request beyond max_requests and keeps the connection', () => {
    const { ask, open, stats } = makePool({ maxRequests: 1 })
    ask()
    const second = ask()
    open[0]!.events.onConnected()
    open[1]!.events.onConnected()
    expect(second.failure).toBe('overflow')
    expect(stats.open('default', 'requests').value()).toBe(1)
    open[0]!.events.onStreamEnded(true)
    expect([stats.open('default', 'requests').value(), stats.rqActive.value()]).toEqual([0, 0])
    expect(ask().connection).not.toBeNull()
    expect(open).toHaveLength(2)
  })

  it('drain closes idle connections at once and busy ones when they become free', () => {
    const { pool, ask, open } = makePool()
    ask()
    ask()
    open[0]!.events.onConnected()
    open[1]!.events.onConnected()
    open[0]!.events.onStreamEnded(true)
    pool.drain()
    expect(open.map((c) => c.isClosed)).toEqual([true, false])
    open[1]!.events.onStreamEnded(true)
    expect(open[1]!.isClosed).toBe(true)
  })
})

describe('ConnectionPool of HTTP/2', () => {
  it('opens one connection for all requests, up to what the peer allows', () => {
    const { ask, open } = makePool({}, 'HTTP/2')
    const requests = [ask(), ask(), ask()]
    expect(open).toHaveLength(1)
    open[0]!.maxStreams = 2
    open[0]!.events.onConnected()
    expect(requests.map((request) => request.connection !== null)).toEqual([true, true, false])
    open[0]!.events.onStreamEnded(true)
    expect(requests[2]!.connection).toBe(requests[0]!.connection)
  })

  it('opens another connection after the peer has said goodbye, and lets the old one finish', () => {
    const { ask, open, stats } = makePool({}, 'HTTP/2')
    const first = ask()
    open[0]!.events.onConnected()
    open[0]!.events.onGoAway()
    const second = ask()
    open[1]!.events.onConnected()
    expect(second.connection).not.toBe(first.connection)
    expect(open[0]!.isClosed).toBe(false)
    expect([stats.cxOfProtocol.value(), stats.rqActive.value()]).toEqual([2, 2])
  })

  it('lets requests wait for what the peer will allow, and opens another connection for those beyond', () => {
    const { ask, open } = makePool({ maxPendingRequests: 999, maxRequests: 999 }, 'HTTP/2')
    const ready = (requests: readonly Request[]): number => requests.filter(({ connection }) => connection !== null).length
    const requests = Array.from({ length: 100 }, ask)
    open[0]!.maxStreams = 10
    open[0]!.events.onConnected()
    expect([ready(requests), open.length]).toEqual([10, 1])
    open[0]!.maxStreams = 40
    open[0]!.events.onCapacityChanged()
    expect([ready(requests), open.length]).toEqual([40, 2])
    open[1]!.events.onConnected()
    open[1]!.events.onCapacityChanged()
    expect(ready(requests)).toBe(100)
  })

  it('gives nothing to a connection whose peer has lowered what it takes', () => {
    const { ask, open } = makePool({}, 'HTTP/2')
    const first = ask()
    open[0]!.events.onConnected()
    open[0]!.maxStreams = 1
    open[0]!.events.onCapacityChanged()
    const second = ask()
    expect(second.connection).toBeNull()
    open[0]!.maxStreams = 2
    open[0]!.events.onCapacityChanged()
    expect(second.connection).toBe(first.connection)
  })

  it('closes a connection after the goodbye of the peer: at once, or with its last request', () => {
    const { ask, open, stats } = makePool({}, 'HTTP/2')
    ask()
    open[0]!.events.onConnected()
    open[0]!.events.onGoAway()
    expect(open[0]!.isClosed).toBe(false)
    open[0]!.events.onStreamEnded(true)
    ask()
    open[1]!.events.onConnected()
    open[1]!.events.onStreamEnded(true)
    open[1]!.events.onGoAway()
    expect([open[0]!.isClosed, open[1]!.isClosed, stats.cxCloseNotify.value()]).toEqual([true, true, 2])
  })

  it('counts resets by who has made them', () => {
    const { ask, open, stats } = makePool({}, 'HTTP/2')
    ask()
    open[0]!.events.onConnected()
    open[0]!.events.onStreamReset('remote_reset')
    open[0]!.events.onStreamReset('local_reset')
    open[0]!.events.onStreamReset('protocol_error')
    open[0]!.events.onStreamReset('remote_refused_stream_reset')
    expect([stats.rqRxReset.value(), stats.rqTxReset.value()]).toEqual([1, 2])
  })

  it('counts every request of a connection that goes', () => {
    const { ask, open, stats, counts } = makePool({}, 'HTTP/2')
    ask()
    ask()
    open[0]!.events.onConnected()
    open[0]!.events.onClosed('connection_termination', '')
    expect([stats.rqActive.value(), counts.rqActive, stats.cxDestroyWithActiveRq.value(), stats.cxActive.value()]).toEqual([
      0, 0, 1, 0,
    ])
  })
})
