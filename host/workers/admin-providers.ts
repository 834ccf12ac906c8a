/** What the admin interface asks of the running host. */
import { chainsOf } from '../config/chains-of.ts'
import { certificatesOf } from './certificates-view.ts'
import { redact } from './redact.ts'
import { toJson } from '@bufbuild/protobuf'
import type {
  AdminProviders,
  ClusterStatus,
  ConfigDump,
  ConfigResource,
  DynamicSecret,
  HostStatus,
  JsonObject,
} from '../admin/providers.ts'
import { emptyCounts, type EndpointCounts } from '../cluster/endpoint.ts'
import { ANY_REGISTRY, BootstrapSchema } from '../config/index.ts'
import { secretJson } from '../config/secrets.ts'
import type { ClusterConfig, Resource } from '../config/types.ts'
import { TagExtractor } from '../stats/tags.ts'
import type { HostProcess, HostProcessOptions } from './host-process.ts'
import type { ClusterView, EndpointView } from './messages.ts'
import { OneTap } from './one-tap.ts'
import type { SecretSource } from './secret-source.ts'
import type { Supervisor } from './supervisor.ts'
import type { ThreadState } from './thread-state.ts'

export function adminProviders(
  host: HostProcess,
  options: HostProcessOptions,
  state: ThreadState,
  supervisor: Supervisor,
): AdminProviders {
  const { concurrency, levels, version, restartEpoch, onQuit } = options
  // These do not change while the host runs.
  const { stats, node } = host.configuration.config
  let isHealthy = true
  return {
    stats: state.stats,
    tags: new TagExtractor(stats),
    loggers: state.loggers,
    server: {
      state: () => serverState(host, isHealthy),
      uptimeSeconds: () => Math.floor((Date.now() - host.startedAt) / 1000),
      version,
      commandLineOptions: { concurrency, log_level: levels.level, restart_epoch: restartEpoch },
      node: node.json as JsonObject, // the JSON form of a message is an object
      setHealthy: (isOk) => void (isHealthy = isOk),
      // The answer does not wait for the last connection.
      drainListeners: ({ isInboundOnly }) => void supervisor.drainListeners(isInboundOnly),
      reopenLogs: () => supervisor.reopenLogs(),
      quit: onQuit,
      handOver: () => void host.handOver(),
    },
    listeners: {
      statuses: () => host.addresses.map(({ name, host: ip, port }) => ({ name, address: { host: ip, port } })),
    },
    clusters: { statuses: async () => joinClusters(host.configuration.config.clusters, await supervisor.clusters()) },
    certificates: { statuses: () => certificatesOf(host.configuration.config, (key) => host.secrets.get(key)) },
    config: {
      dump: () => dumpOf(host),
    },
    tap: new OneTap(supervisor),
  }
}

function serverState(host: HostProcess, isHealthy: boolean): 'LIVE' | 'DRAINING' | 'INITIALIZING' {
  if (host.isDraining || !isHealthy) return 'DRAINING'
  return host.isStarted ? 'LIVE' : 'INITIALIZING'
}

/** Adds up what the workers count. */
function joinClusters(
  configs: readonly Resource<ClusterConfig>[],
  workers: readonly (readonly ClusterView[])[],
): ClusterStatus[] {
  return configs.map(({ name, value }) => {
    const seen = workers.flatMap((clusters) => clusters.filter((cluster) => cluster.name === name))
    return {
      name,
      statName: value.altStatName === '' ? name : value.altStatName,
      isAddedByApi: false,
      thresholds: value.breakers,
      highThresholds: value.highBreakers,
      hosts: joinEndpoints(seen.flatMap((cluster) => cluster.endpoints)),
    }
  })
}

function joinEndpoints(endpoints: readonly EndpointView[]): HostStatus[] {
  const byAddress = new Map<string, { endpoint: EndpointView; counts: EndpointCounts }>()
  for (const endpoint of endpoints) {
    const key = `${endpoint.host} ${endpoint.port}`
    const joined = byAddress.get(key) ?? { endpoint, counts: emptyCounts() }
    byAddress.set(key, joined)
    for (const name of Object.keys(joined.counts) as (keyof EndpointCounts)[]) joined.counts[name] += endpoint.counts[name]
  }
  return [...byAddress.values()].map(({ endpoint: { host, port, hostname, ...endpoint }, counts }) => ({
    address: { host, port },
    hostname: hostname === host ? '' : hostname,
    healthFlags: endpoint.healthFlags,
    weight: endpoint.weight,
    priority: endpoint.priority,
    locality: endpoint.locality,
    ...counts,
  }))
}

/** Plain JSON of a message: the fields that were set. */
interface BootstrapJson {
  readonly static_resources?: {
    readonly listeners?: readonly JsonObject[]
    readonly clusters?: readonly JsonObject[]
    readonly secrets?: readonly JsonObject[]
  }
}

function dumpOf(host: HostProcess): ConfigDump {
  const { message, config } = host.configuration
  const bootstrap = redact(toJson(BootstrapSchema, message, { registry: ANY_REGISTRY, useProtoFieldName: true })) as JsonObject
  const resource = (name: string, json: JsonObject): ConfigResource => ({ name, json, updatedAt: host.configuredAt })
  const { listeners = [], clusters = [], secrets = [] } = (bootstrap as BootstrapJson).static_resources ?? {}
  return {
    bootstrap: resource('bootstrap', bootstrap),
    staticClusters: clusters.map((json) => resource(String(json['name']), json)),
    staticListeners: listeners.map((json) => resource(String(json['name'] ?? ''), json)),
    dynamicListeners: [],
    staticRoutes: config.listeners.flatMap(({ value }, index) =>
      chainsOf(value).flatMap(({ http }, chain) =>
        http === null ? [] : [resource(http.routes.name, routesOf(listeners[index], chain))],
      ),
    ),
    staticSecrets: secrets.map((json) => resource(String(json['name'] ?? ''), json)),
    dynamicSecrets: host.secrets.sources.map(dynamicSecretOf),
  }
}

/** One that has not come is shown by its name, as Envoy does. */
function dynamicSecretOf({ config: { name }, used, openedAt }: SecretSource): DynamicSecret {
  if (used === null) return { name, json: { name }, version: 'uninitialized', updatedAt: openedAt, isActive: false }
  const json = redact(secretJson(used.message)) as JsonObject
  return { name, json, version: used.version, updatedAt: used.updatedAt, isActive: true }
}

/** The route configuration of a filter chain inside a listener's JSON. */
function routesOf(listener: JsonObject | undefined, chain: number): JsonObject {
  const { filter_chains: chains = [], default_filter_chain: last } = listener as ListenerJson
  return [...chains, last][chain]!.filters[0]!.typed_config.route_config
}

interface ListenerJson {
  readonly filter_chains?: readonly ChainJson[]
  readonly default_filter_chain?: ChainJson
}

interface ChainJson {
  readonly filters: readonly { readonly typed_config: { readonly route_config: JsonObject } }[]
}
