/** Which TLS an endpoint gets, by its metadata (source/common/upstream/transport_socket_match_impl.cc). */
import type { ClusterConfig, MetadataPair } from '../config/types.ts'
import type { Counter } from '../stats/metrics.ts'
import { SecretStats } from '../tls/secret-stats.ts'
import { TlsStats } from '../tls/tls-stats.ts'
import { UpstreamTls } from '../tls/upstream-tls.ts'
import type { ClusterContext } from './cluster-manager.ts'
import { metadataOf, type EndpointAddress } from './endpoint.ts'
import { hasPairs } from './subsets.ts'

/** The reader of the metadata that decides. */
const READER = 'envoy.transport_socket_match'

interface Match {
  readonly pairs: readonly MetadataPair[]
  readonly tls: UpstreamTls | null
  /** Endpoints that came to it. */
  readonly count: Counter
}

export class TlsMatcher {
  readonly #matches: readonly Match[]
  readonly #otherwise: Match

  /** `statName` is the cluster's name in statistics. */
  constructor(config: ClusterConfig, statName: string, { stats, secrets }: ClusterContext) {
    const owner = `cluster.${statName}`
    const context = { stats: new TlsStats(stats, owner), secretStats: new SecretStats(stats, `${owner}.client`), secrets }
    const makeMatch = (name: string, pairs: readonly MetadataPair[], tls: ClusterConfig['tls']): Match => ({
      pairs,
      tls: tls === null ? null : new UpstreamTls(tls, context),
      count: stats.counter(`cluster.${statName}.transport_socket_match.${name}.total_match_count`),
    })
    this.#matches = config.tlsMatches.map(({ name, pairs, tls }) => makeMatch(name, pairs, tls))
    this.#otherwise = makeMatch('default', [], config.tls)
  }

  /** Null = bytes as they are. The endpoint is counted if `isCounted`. */
  tlsOf(address: EndpointAddress, isCounted: boolean): UpstreamTls | null {
    const values = metadataOf(address, READER)
    const match = this.#matches.find(({ pairs }) => hasPairs(values, pairs)) ?? this.#otherwise
    if (isCounted) match.count.add(1)
    return match.tls
  }
}
