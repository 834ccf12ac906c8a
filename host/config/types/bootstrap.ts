/** The whole configuration, and what belongs to the process. See ../types.ts. */
import type { ClusterConfig, LocalityConfig } from './cluster.ts'
import type { ListenerConfig } from './listener.ts'
import type { OverloadConfig } from './overload.ts'
import type { PluginConfig } from './plugin.ts'
import type { SecretSourceConfig } from './tls.ts'

/** A resource under its name with the identity of its message: equal identity, no work (see identity.ts). */
export interface Resource<T> {
  readonly name: string
  /** sha256 in hex over the message serialized with sorted map keys. */
  readonly identity: string
  readonly value: T
}

/** `envoy.config.bootstrap.v3.Bootstrap`. */
export interface BootstrapConfig {
  readonly node: NodeConfig
  /** Null = no admin interface. */
  readonly admin: AdminConfig | null
  readonly listeners: readonly Resource<ListenerConfig>[]
  readonly clusters: readonly Resource<ClusterConfig>[]
  /** Those that contexts of listeners and clusters name. */
  readonly secrets: readonly SecretSourceConfig[]
  readonly stats: StatsConfig
  readonly services: readonly WasmServiceConfig[]
  readonly overload: OverloadConfig
  /** Measures event loops and callbacks. */
  readonly dispatcherStats: boolean
}

/** `extensions.wasm.v3.WasmService`: a plugin without streams. */
export interface WasmServiceConfig {
  readonly plugin: PluginConfig
  /** Runs in the main thread only; otherwise there and in each worker. */
  readonly singleton: boolean
}

export interface NodeConfig {
  readonly id: string
  readonly cluster: string
  /** Null = it does not say where it runs. */
  readonly locality: Omit<LocalityConfig, 'weight'> | null
  /** The cluster of proxies like this one; '' = not known. */
  readonly localCluster: string
  /** The whole Node message in binary form, for the property `xds.node`, and as plain JSON for members. */
  readonly message: Uint8Array
  readonly json: unknown
}

/** TCP address, or a unix-domain socket. */
export interface SocketAddress {
  /** IP literal, or the path of a socket file: what contains a slash is one. */
  readonly host: string
  /** 0 = any free port; 0 with a socket file. */
  readonly port: number
}

export interface AdminConfig {
  readonly address: SocketAddress
}

export interface StatsConfig {
  /** In configuration order, the defaults of Envoy's well-known tags after them when `useDefaultTags`. */
  readonly tags: readonly StatsTag[]
  readonly useDefaultTags: boolean
  /** `stats_matcher.reject_all`. */
  readonly rejectAll: boolean
}

/** A `stats_tags` entry: a regex whose first group is cut from the name and whose second (or first) group is the value, or a fixed value. */
export type StatsTag = { readonly name: string; readonly regex: RegExp } | { readonly name: string; readonly fixedValue: string }

/** A `core.v3.Metadata`: binary form for properties that return the message, JSON for its members. */
export interface MetadataConfig {
  readonly message: Uint8Array
  readonly json: unknown
}
