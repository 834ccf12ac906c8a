/** The clusters of a table as recording upstreams on real sockets. */
import { freePorts } from '../../support/ports.ts'
import { Http2Upstream } from '../../support/http2-upstream.ts'
import { TcpUpstream } from '../../../host/conformance/tcp-peer.ts'
import { RecordingUpstream } from '../../support/upstream.ts'
import type { Table, TableCluster } from '../../../host/testing/cases/table.ts'
import { Desk } from '../../../host/testing/cases/desk.ts'
import type { Arrival } from './socket-case.ts'
import { clusterOf } from './socket-config.ts'

export class SocketUpstreams {
  /** Cluster name → `ip:port`; clusters without endpoints are absent. */
  readonly addresses = new Map<string, string>()
  /** Envoy Cluster messages. */
  readonly clusters: object[] = []
  desk = new Desk<Arrival>()
  #connections: TcpUpstream | null = null
  readonly #upstreams: (RecordingUpstream | Http2Upstream)[] = []

  static async start(table: Table): Promise<SocketUpstreams> {
    const set = new SocketUpstreams()
    for (const [name, cluster] of Object.entries(table.clusters)) {
      const port = await set.#portOf(name, cluster)
      if (port !== null) set.addresses.set(name, `127.0.0.1:${port}`)
      set.clusters.push(clusterOf(name, cluster, port))
    }
    return set
  }

  /** Where connections of TCP listeners go. */
  get connections(): TcpUpstream {
    return this.#connections!
  }

  /** A fresh desk for the next case. */
  reset(): Desk<Arrival> {
    this.desk = new Desk()
    return this.desk
  }

  async close(): Promise<void> {
    await Promise.all([...this.#upstreams, this.#connections].map((upstream) => upstream?.close()))
  }

  async #portOf(cluster: string, { kind, http2 }: TableCluster): Promise<number | null> {
    if (kind === 'empty') return null
    if (kind === 'refused') return (await freePorts(1))[0]!
    if (kind === 'tcp') return (this.#connections ??= await TcpUpstream.start()).port
    const kindOfUpstream = http2 ? Http2Upstream : RecordingUpstream
    const upstream = await kindOfUpstream.start((message) =>
      this.desk.take(cluster, message.startLine.split(' ')[1] ?? '', { cluster, message }),
    )
    this.#upstreams.push(upstream)
    return upstream.port
  }
}
