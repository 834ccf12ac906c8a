/** The TCP proxy and the Wasm filters before it, with Envoy's defaults. */
import { utf8ByteString } from '../../util/bytes.ts'
import { unpackAs } from '../any.ts'
import { millisecondsOr } from '../duration.ts'
import type { ConfigPath } from '../path.ts'
import type { Filter } from '../gen/envoy/config/listener/v3/listener_components_pb.ts'
import type { TcpProxy } from '../gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.ts'
import { WasmSchema } from '../gen/envoy/extensions/filters/network/wasm/v3/wasm_pb.ts'
import type { FilterConfig, TcpProxyConfig } from '../types.ts'
import { buildAccessLogs, buildLogPlugins } from './access-log.ts'
import type { BuildContext } from './context.ts'
import { buildPlugin } from './plugin.ts'
import type { PluginScope } from './plugin.ts'

const DEFAULT_IDLE_TIMEOUT = 3_600_000

/** `proxy` is the last of `filters`, to which `path` leads; `scope` is the listener around them. */
export function buildTcpProxy(
  proxy: TcpProxy,
  filters: readonly Filter[],
  scope: PluginScope,
  path: ConfigPath,
  context: BuildContext,
): TcpProxyConfig {
  const at = [...path, filters.length - 1, 'typed_config', 'access_log']
  return {
    statPrefix: utf8ByteString(proxy.statPrefix),
    accessLogs: buildAccessLogs(proxy.accessLog, at, context),
    logPlugins: buildLogPlugins(proxy.accessLog, scope, at, context),
    filters: buildFilters(filters, scope, path, context),
    cluster: buildChoice(proxy.clusterSpecifier),
    idleTimeout: millisecondsOr(proxy.idleTimeout, DEFAULT_IDLE_TIMEOUT),
    maxConnectionDuration: millisecondsOr(proxy.maxDownstreamConnectionDuration, 0),
    maxConnectAttempts: proxy.maxConnectAttempts ?? 1,
  }
}

function buildFilters(filters: readonly Filter[], scope: PluginScope, path: ConfigPath, context: BuildContext): FilterConfig[] {
  const built: FilterConfig[] = []
  for (const [index, filter] of filters.entries()) {
    const plugin = unpackAs(filter.configType.value, WasmSchema)?.config
    if (plugin === undefined) continue
    const at = [...path, index, 'typed_config', 'config']
    built.push({ name: utf8ByteString(filter.name), isDisabled: false, plugin: buildPlugin(plugin, scope, at, context) })
  }
  return built
}

function buildChoice(specifier: TcpProxy['clusterSpecifier']): TcpProxyConfig['cluster'] {
  if (specifier.case !== 'weightedClusters') return { kind: 'name', name: utf8ByteString(specifier.value ?? '') }
  const clusters = specifier.value.clusters.map(({ name, weight }) => ({ name: utf8ByteString(name), weight }))
  return { kind: 'weighted', clusters, total: clusters.reduce((sum, cluster) => sum + cluster.weight, 0) }
}
