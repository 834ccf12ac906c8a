/**
 * Requests that guests send on their own: each is a stream without filters that ends in the very router of client
 * streams, so that timeouts, breakers, statistics and failure texts are the same
 * (source/common/http/async_client_impl.cc).
 */
import type { ClusterManager } from '../cluster/cluster-manager.ts'
import { sendCollected } from '../hostcalls/http-collector.ts'
import type {
  ClusterFacts,
  HttpCallout,
  HttpCalloutRequest,
  HttpCalloutResponse,
  HttpCallouts,
  CalloutStream,
  CalloutReceiver,
  CalloutStreamRequest,
} from '../hostcalls/services.ts'
import type { TapPoint } from '../tap/tap-point.ts'
import type { Clock } from '../util/clock.ts'
import { InternalStream } from './internal-stream.ts'
import type { RouterFactory } from './router.ts'

export class CalloutClient implements HttpCallouts {
  readonly #clusters: ClusterManager
  readonly #clock: Clock
  readonly #routers: RouterFactory
  readonly #tap: TapPoint

  constructor(clusters: ClusterManager, clock: Clock, routers: RouterFactory, tap: TapPoint) {
    this.#clusters = clusters
    this.#clock = clock
    this.#routers = routers
    this.#tap = tap
  }

  hasCluster(name: string): boolean {
    return this.#clusters.get(name) !== null
  }

  clusterFacts(name: string): ClusterFacts | null {
    const cluster = this.#clusters.get(name)
    return cluster === null ? null : { metadata: cluster.config.metadata, endpoints: cluster.endpoints.length }
  }

  open(request: CalloutStreamRequest, receiver: CalloutReceiver): CalloutStream {
    const make = (taker: CalloutReceiver): CalloutStream => new InternalStream(request, taker, this.#clock, this.#routers)
    const { session } = this.#tap
    return session === null ? make(receiver) : session.openCallout(request, receiver, make)
  }

  send(request: HttpCalloutRequest, onEnd: (response: HttpCalloutResponse | null) => void): HttpCallout | null {
    return sendCollected(this, request, onEnd)
  }
}
