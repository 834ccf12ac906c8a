/**
 * Active health checks of one cluster. The first worker checks for all; the others hear of the flags that it sets. An
 * endpoint that the cluster gets begins with its first check, unless a first worker that has died had checked it already,
 * and one that goes is forgotten.
 */
import type { ClusterConfig, HealthCheckConfig } from '../../config/types.ts'
import { HostFlag, type SharedHost } from '../../services/shared-hosts.ts'
import type { StatsStore } from '../../stats/store.ts'
import type { Clock } from '../../util/clock.ts'
import type { Random } from '../../util/random.ts'
import type { Timers } from '../../util/timers.ts'
import type { Connector } from '../connector.ts'
import type { Endpoint } from '../endpoint.ts'
import { openUpstream } from '../upstream-socket.ts'
import { GrpcProbe, GrpcQuestion } from './grpc-probe.ts'
import { HealthSession, type SessionContext } from './health-session.ts'
import { HealthStats } from './health-stats.ts'
import { HttpProbe, HttpQuestion } from './http-probe.ts'
import type { Probe, ProbeOwner, ProbeTarget } from './probe.ts'
import { TcpProbe } from './tcp-probe.ts'

/** What a checker takes from its cluster. */
export interface CheckerContext {
  readonly clusterName: string
  /** Of the cluster's configuration, hexadecimal. */
  readonly identity: string
  readonly statName: string
  readonly stats: StatsStore
  readonly timers: Timers
  readonly clock: Clock
  readonly random: Random
  /** Makes connections of a protocol, for checks. */
  connectorFor(protocol: ClusterConfig['protocol']): Connector
  /** As in {@link SessionContext}. */
  hasTraffic(): boolean
  onPassed(host: SharedHost): void
}

type MakeProbe = (target: ProbeTarget, owner: ProbeOwner) => Probe

export class HealthChecker {
  readonly #context: SessionContext
  readonly #makeProbe: MakeProbe
  readonly #sessions = new Map<Endpoint, { readonly host: SharedHost; readonly session: HealthSession }>()
  readonly #firstRound = Promise.withResolvers<void>()
  /** Checks that have to be over before the cluster is used. */
  #awaited = 0

  constructor(config: HealthCheckConfig, context: CheckerContext) {
    const { statName, identity, stats, timers, random } = context
    const healthStats = new HealthStats(stats, statName)
    this.#context = {
      config,
      checker: checkerOf(identity),
      stats: healthStats,
      timers,
      random,
      hasTraffic: () => context.hasTraffic(),
      onPassed: (host) => context.onPassed(host),
      onCheckOver: () => this.#onCheckOver(),
    }
    this.#makeProbe = probeMaker(config, context, healthStats)
  }

  /** The endpoints from now on. */
  setEndpoints(endpoints: readonly Endpoint[]): void {
    const wanted = new Set(endpoints)
    for (const endpoint of this.#sessions.keys()) if (!wanted.has(endpoint)) this.#forget(endpoint)
    const added = endpoints.filter((endpoint) => isWatched(endpoint) && !this.#sessions.has(endpoint))
    for (const endpoint of added) this.#add(endpoint)
    for (const endpoint of added) this.#sessions.get(endpoint)?.session.start()
    if (this.#awaited === 0) this.#firstRound.resolve()
  }

  /** Resolves when as many checks are over as there are endpoints. As in Envoy, one that hangs does not hold up the others. */
  firstRound(): Promise<void> {
    return this.#firstRound.promise
  }

  /** An answer to a request has said that the endpoint is unhealthy. */
  onPassiveFailure(endpoint: Endpoint): void {
    this.#sessions.get(endpoint)?.session.onPassiveFailure()
  }

  /** No more checks; flags stay, for a cluster of the same name that follows. */
  stop(): void {
    for (const { session } of this.#sessions.values()) session.stop()
    this.#sessions.clear()
    this.#firstRound.resolve()
  }

  #add(endpoint: Endpoint): void {
    const target = targetOf(endpoint)
    const host = endpoint.health.shared!
    const session = new HealthSession(host, this.#context, (owner) => this.#makeProbe(target, owner))
    if (!session.isKnown) this.#awaited++
    this.#sessions.set(endpoint, { host, session })
  }

  /** If the endpoint comes again, it has to be checked first. */
  #forget(endpoint: Endpoint): void {
    const { host, session } = this.#sessions.get(endpoint)!
    this.#sessions.delete(endpoint)
    session.stop()
    const { Checked, CheckPassed, CheckDegraded, CheckTimedOut, LeftOut } = HostFlag
    host.change(0, Checked | CheckPassed | CheckDegraded | CheckTimedOut | LeftOut)
  }

  #onCheckOver(): void {
    if (--this.#awaited === 0) this.#firstRound.resolve()
  }
}

/** Enough of an identity to tell it from others, never 0. */
function checkerOf(identity: string): number {
  return Number.parseInt(identity.slice(0, 7), 16) + 1
}

/** One too many for the process stays as it began: as failed. */
function isWatched({ health }: Endpoint): boolean {
  return health.isChecked && health.shared !== null
}

function targetOf({ address: { check }, pools }: Endpoint): ProbeTarget {
  const { destination } = pools
  const host = check.host === '' ? destination.host : check.host
  const port = check.port === 0 ? destination.port : check.port
  return { destination: { ...destination, host, port }, hostname: check.hostname }
}

function probeMaker(config: HealthCheckConfig, context: CheckerContext, stats: HealthStats): MakeProbe {
  const { probe, reusesConnection, timeout } = config
  const { clusterName, clock } = context
  if (probe.kind === 'TCP') {
    return ({ destination }, owner) =>
      new TcpProbe(probe, reusesConnection, (onread) => openUpstream(destination, '', onread, { tls: null }), owner)
  }
  if (probe.kind === 'GRPC') {
    const authority = probe.authority === '' ? clusterName : probe.authority
    const question = new GrpcQuestion({ ...probe, authority }, timeout, reusesConnection, clock)
    const connector = context.connectorFor('HTTP/2')
    return (target, owner) => new GrpcProbe(question, connector, target, owner)
  }
  const host = probe.host === '' ? clusterName : probe.host
  const question = new HttpQuestion({ ...probe, host }, reusesConnection, clock, stats.verifyCluster)
  const connector = context.connectorFor(probe.protocol)
  return (target, owner) => new HttpProbe(question, connector, target, owner)
}
