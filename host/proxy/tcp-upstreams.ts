/** Upstream connections of TCP listeners: the pools of the clusters' endpoints. */
import type { TcpUpstreams, ConnectAttempt, ConnectRequest } from '../chain/tcp/tcp-upstreams.ts'
import type { ClusterManager } from '../cluster/cluster-manager.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { PoolRequest } from '../cluster/connection-pool.ts'
import type { Endpoint } from '../cluster/endpoint.ts'
import { ANYWHERE } from '../cluster/load-balancer.ts'
import type { TcpConnection } from '../cluster/tcp-connector.ts'
import type { UpstreamConnection } from '../cluster/upstream-connection.ts'
import type { ResetReason } from '../http/codec.ts'

export class ClusterTcpUpstreams implements TcpUpstreams {
  readonly #clusters: ClusterManager

  constructor(clusters: ClusterManager) {
    this.#clusters = clusters
  }

  bufferLimit(cluster: string): number {
    return this.#clusters.get(cluster)?.config.bufferLimit ?? 0
  }

  connect(name: string, request: ConnectRequest): ConnectAttempt | null {
    const cluster = this.#clusters.get(name)
    if (cluster === null) {
      request.onConnectFailed({ kind: 'no_cluster' })
      return null
    }
    const endpoint = cluster.pick(ANYWHERE)
    describe(request, cluster, endpoint)
    if (endpoint === null) {
      request.onConnectFailed({ kind: 'no_endpoint' })
      return null
    }
    return new PooledAttempt(endpoint, request)
  }

  countGivenUp(cluster: string): void {
    this.#clusters.get(cluster)?.tcpStats.attemptsExceeded.add(1)
  }
}

function describe({ info }: ConnectRequest, cluster: Cluster, endpoint: Endpoint | null): void {
  info.clusterName = cluster.name
  info.clusterMetadata = cluster.config.metadata
  if (endpoint === null) return
  info.upstreamAddress = endpoint.label
  info.attemptCount++
}

class PooledAttempt implements ConnectAttempt, PoolRequest<TcpConnection> {
  readonly #endpoint: Endpoint
  readonly #request: ConnectRequest

  constructor(endpoint: Endpoint, request: ConnectRequest) {
    this.#endpoint = endpoint
    this.#request = request
    endpoint.pools.tcp.acquire(this)
  }

  abandon(): void {
    this.#endpoint.pools.tcp.abandon(this)
  }

  onPoolReady(connection: UpstreamConnection<TcpConnection>): void {
    this.#request.info.upstreamTls = connection.tls
    this.#request.onConnected(connection.codec)
  }

  onPoolFailure(reason: ResetReason, details: string): void {
    this.#request.onConnectFailed(reason === 'overflow' ? { kind: 'overflow' } : { kind: 'refused', transport: details })
  }
}
