/** A router with everything around it in memory: fake connections, timers and clock, a client's stream that keeps what it is told. */
import type { MatchedRoute, Terminal, TerminalReply, TerminalStream } from '../../../host/chain/terminal.ts'
import { ClusterManager } from '../../../host/cluster/cluster-manager.ts'
import type { ClusterConfig } from '../../../host/config/types.ts'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { StreamInfo } from '../../../host/http/stream-info.ts'
import { RouterFactory } from '../../../host/proxy/router.ts'
import { RouterStats } from '../../../host/proxy/router-stats.ts'
import { TimeoutPool } from '../../../host/proxy/timeout-pool.ts'
import { forwardTo, plainHost, plainRoute } from '../../../host/route/plain-route.ts'
import { createStatsStore } from '../../../host/stats/store.ts'
import { NO_TAP } from '../../../host/tap/tap-point.ts'
import type { Clock } from '../../../host/util/clock.ts'
import { clusterConfig, clusterContext, FakeConnector, FakeTimers, startOfRange } from '../cluster/fakes.ts'

export const ROUTE_TIMEOUT = 15_000
/** Bytes that a stream may hold. */
export const BUFFER_LIMIT = 10

type ClusterAction = ReturnType<typeof forwardTo>

export function matched(changes: Partial<ClusterAction>): MatchedRoute {
  const route = plainRoute({ ...forwardTo('c', ROUTE_TIMEOUT), ...changes })
  const { mirrors = null } = changes
  return { hashPolicies: null, metadataMatch: null, mirrors, virtualHost: plainHost([route]), route }
}

/** The client's side of a stream; keeps what the router did to it. */
export class Stream implements TerminalStream {
  readonly info = new StreamInfo(
    {
      id: 1,
      remoteAddress: '1.2.3.4:5',
      remoteHost: '1.2.3.4',
      directRemoteAddress: '1.2.3.4:5',
      requestedServerName: '',
      tls: null,
      transportFailure: '',
      localAddress: '',
      filterChainName: '',
      listenerDirection: 0,
      listenerMetadata: null,
      filterState: null,
    },
    0,
    0,
  )
  readonly requestHeaders: HeaderMap
  readonly bufferLimit = BUFFER_LIMIT
  readonly responseStarted = false
  readonly requestComplete = true
  readonly calls: string[] = []
  reply: TerminalReply | null = null
  response: HeaderMap | null = null
  readonly #match: MatchedRoute

  constructor(headers: HeaderMap, match: MatchedRoute) {
    this.requestHeaders = headers
    this.#match = match
    this.info.clusterName = 'c'
  }
  route(): MatchedRoute {
    return this.#match
  }
  routeOf(): MatchedRoute {
    return this.#match
  }
  restart(headers: HeaderMap): void {
    this.calls.push(`restart ${headers.get(':path')}`)
  }
  finalizeRequest(): void {}
  informational(): void {
    this.calls.push('informational')
  }
  responseHead(headers: HeaderMap, endStream: boolean): void {
    this.response = headers
    this.calls.push(`head${endStream ? ' end' : ''}`)
  }
  responseData(_bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.calls.push(`data ${end - start}${endStream ? ' end' : ''}`)
  }
  responseTrailers(): void {
    this.calls.push('trailers')
  }
  localReply(reply: TerminalReply): void {
    this.reply = reply
    this.calls.push(`reply ${reply.status}`)
  }
  resetDownstream(_reason: string, details: string): void {
    this.calls.push(`reset ${details}`)
  }
  pauseRequest(): void {
    this.calls.push('pause')
  }
  resumeRequest(): void {
    this.calls.push('resume')
  }
  touch(): void {}
}

interface Setup {
  readonly endpoints?: number
  readonly limits?: Partial<ClusterConfig['breakers']>
  readonly trailers?: boolean
  readonly suppress?: boolean
  readonly action?: Partial<ClusterAction>
  readonly headers?: readonly (readonly [string, string])[]
  /** Name of the cluster that exists. */
  readonly cluster?: string
}

/** A router before one cluster of fake connections, about to get a request. */
export async function begin(setup: Setup = {}) {
  const { endpoints = 1, limits = {}, trailers = false, suppress = false, action = {}, headers = [], cluster = 'c' } = setup
  const stats = createStatsStore({ writers: 1 })
  const timers = new FakeTimers()
  const connector = new FakeConnector()
  const clusters = new ClusterManager(clusterContext({ stats, timers, connectorFor: () => connector }))
  await clusters.addOrUpdate({ name: cluster, identity: '1', value: clusterConfig({ endpoints, limits, trailers }) })
  const clock: Clock & { now: number } = { now: 100, wallMillis: () => 0, wallNanos: () => 0n, monotonicMillis: () => clock.now }
  const context = {
    clusters,
    clock,
    random: startOfRange,
    timeouts: new TimeoutPool(timers),
    config: { suppressEnvoyHeaders: suppress },
    stats: new RouterStats(stats, 'test'),
    tap: NO_TAP,
    internalRouters: null,
  }
  const router = new RouterFactory({ ...context, internalRouters: new RouterFactory(context) })
  const request = HeaderMap.from([[':method', 'GET'], [':path', '/old/x?q=1'], [':authority', 'a.test'], ...headers])
  const stream = new Stream(request, matched(action))
  const terminal: Terminal = router.create(stream)
  const upstream = (index = 0) => connector.connections[index]!.streams[0]!
  const count = (name: string): number => stats.counter(`cluster.c.${name}`).value()
  return { terminal, stream, request, connector, timers, clock, upstream, count, open: connector.connections, router }
}

export function answer(status: number): HeaderMap {
  return HeaderMap.from([[':status', String(status)]])
}
