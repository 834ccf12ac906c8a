/** The HTTP connection manager, with Envoy's defaults. */
import { BlockList, isIP } from 'node:net'
import { NO_ROUTES } from '../../route/plain-route.ts'
import { utf8ByteString } from '../../util/bytes.ts'
import { unpackAs } from '../any.ts'
import { millisecondsOr } from '../duration.ts'
import type { ConfigPath } from '../path.ts'
import { HttpProtocolOptions_HeadersWithUnderscoresAction as Underscores } from '../gen/envoy/config/core/v3/protocol_pb.ts'
import type { CidrRange } from '../gen/envoy/config/core/v3/address_pb.ts'
import { RouterSchema } from '../gen/envoy/extensions/filters/http/router/v3/router_pb.ts'
import { WasmSchema } from '../gen/envoy/extensions/filters/http/wasm/v3/wasm_pb.ts'
import {
  HttpConnectionManager_CodecType as CodecType,
  HttpConnectionManager_ForwardClientCertDetails as ForwardCert,
  HttpConnectionManager_PathWithEscapedSlashesAction as EscapedSlashes,
  HttpConnectionManager_ServerHeaderTransformation as ServerHeader,
} from '../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts'
import type { HttpConnectionManager } from '../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts'
import type {
  ClientCertificateConfig,
  FilterConfig,
  HostChangesConfig,
  Http1Config,
  HttpConnectionManagerConfig,
  RouterConfig,
} from '../types.ts'
import { buildAccessLogs, buildLogPlugins } from './access-log.ts'
import type { BuildContext } from './context.ts'
import { buildEarlyMutations } from './early-mutations.ts'
import { buildHeaderName } from './headers.ts'
import { buildLetterCase } from './letter-case.ts'
import { buildLocalReplies } from './local-replies.ts'
import { buildHttp2 } from './http2-options.ts'
import { buildPlugin } from './plugin.ts'
import type { PluginScope } from './plugin.ts'
import { buildRouteTable } from './routes.ts'

const DEFAULT_IDLE_TIMEOUT = 3_600_000
const DEFAULT_STREAM_IDLE_TIMEOUT = 300_000
const DEFAULT_DRAIN_TIMEOUT = 5000
const DEFAULT_DELAYED_CLOSE_TIMEOUT = 1000
const DEFAULT_MAX_HEADERS_KB = 60
const DEFAULT_MAX_HEADERS = 100

const CODECS: Readonly<Record<number, HttpConnectionManagerConfig['codec']>> = {
  [CodecType.HTTP1]: 'HTTP1',
  [CodecType.HTTP2]: 'HTTP2',
}
const SERVER_HEADERS: Readonly<Record<number, HttpConnectionManagerConfig['serverHeader']>> = {
  [ServerHeader.OVERWRITE]: 'OVERWRITE',
  [ServerHeader.APPEND_IF_ABSENT]: 'APPEND_IF_ABSENT',
  [ServerHeader.PASS_THROUGH]: 'PASS_THROUGH',
}
const ESCAPED_SLASHES: Readonly<Record<number, HttpConnectionManagerConfig['escapedSlashes']>> = {
  [EscapedSlashes.REJECT_REQUEST]: 'REJECT_REQUEST',
  [EscapedSlashes.UNESCAPE_AND_REDIRECT]: 'UNESCAPE_AND_REDIRECT',
  [EscapedSlashes.UNESCAPE_AND_FORWARD]: 'UNESCAPE_AND_FORWARD',
}
const CLIENT_CERTIFICATES: Readonly<Record<number, ClientCertificateConfig['mode']>> = {
  [ForwardCert.FORWARD_ONLY]: 'FORWARD_ONLY',
  [ForwardCert.APPEND_FORWARD]: 'APPEND_FORWARD',
  [ForwardCert.SANITIZE_SET]: 'SANITIZE_SET',
  [ForwardCert.ALWAYS_FORWARD_ONLY]: 'ALWAYS_FORWARD_ONLY',
}
const UNDERSCORES: Readonly<Record<number, Http1Config['underscores']>> = {
  [Underscores.REJECT_REQUEST]: 'REJECT_REQUEST',
  [Underscores.DROP_HEADER]: 'DROP_HEADER',
}

const SCHEMES: Readonly<Record<string, HttpConnectionManagerConfig['scheme']>> = { http: 'http', https: 'https' }

/** `path` leads to the message; `scope` is the listener around it. */
export function buildConnectionManager(
  manager: HttpConnectionManager,
  scope: PluginScope,
  path: ConfigPath,
  context: BuildContext,
): HttpConnectionManagerConfig {
  const common = manager.commonHttpProtocolOptions
  const routes = manager.routeSpecifier.value
  return {
    statPrefix: utf8ByteString(manager.statPrefix),
    codec: CODECS[manager.codecType] ?? 'AUTO',
    accessLogs: buildAccessLogs(manager.accessLog, [...path, 'access_log'], context),
    logPlugins: buildLogPlugins(manager.accessLog, scope, [...path, 'access_log'], context),
    routes: routes === undefined ? NO_ROUTES : buildRouteTable(routes, [...path, 'route_config'], context),
    filters: buildFilters(manager, scope, path, context),
    router: buildRouter(manager),
    http1: buildHttp1(manager),
    http2: buildHttp2(manager.http2ProtocolOptions),
    idleTimeout: millisecondsOr(common?.idleTimeout, DEFAULT_IDLE_TIMEOUT),
    streamIdleTimeout: millisecondsOr(manager.streamIdleTimeout, DEFAULT_STREAM_IDLE_TIMEOUT),
    requestTimeout: millisecondsOr(manager.requestTimeout, 0),
    requestHeadersTimeout: millisecondsOr(manager.requestHeadersTimeout, 0),
    maxStreamDuration: millisecondsOr(common?.maxStreamDuration, 0),
    delayedCloseTimeout: millisecondsOr(manager.delayedCloseTimeout, DEFAULT_DELAYED_CLOSE_TIMEOUT),
    drainTimeout: millisecondsOr(manager.drainTimeout, DEFAULT_DRAIN_TIMEOUT),
    maxRequestsPerConnection: common?.maxRequestsPerConnection ?? 0,
    useRemoteAddress: manager.useRemoteAddress ?? false,
    clientCertificate: buildClientCertificate(manager),
    skipXffAppend: manager.skipXffAppend,
    xffNumTrustedHops: manager.xffNumTrustedHops,
    generateRequestId: manager.generateRequestId ?? true,
    preserveExternalRequestId: manager.preserveExternalRequestId,
    alwaysSetRequestIdInResponse: manager.alwaysSetRequestIdInResponse,
    serverName: manager.serverName === '' ? 'envoy' : utf8ByteString(manager.serverName),
    serverHeader: SERVER_HEADERS[manager.serverHeaderTransformation] ?? 'OVERWRITE',
    via: utf8ByteString(manager.via),
    normalizePath: manager.normalizePath ?? false,
    mergeSlashes: manager.mergeSlashes,
    escapedSlashes: ESCAPED_SLASHES[manager.pathWithEscapedSlashesAction] ?? 'KEEP_UNCHANGED',
    hostChanges: buildHostChanges(manager),
    earlyChanges: buildEarlyMutations(
      manager.earlyHeaderMutationExtensions,
      [...path, 'early_header_mutation_extensions'],
      context,
    ),
    scheme: SCHEMES[manager.schemeHeaderTransformation?.transformation.value ?? ''] ?? '',
    appendsForwardedPort: manager.appendXForwardedPort,
    internalAddresses: buildRanges(manager.internalAddressConfig?.cidrRanges ?? []),
    maxConnectionDuration: millisecondsOr(common?.maxConnectionDuration, 0),
    upgrades: buildUpgrades(manager),
    localReplies: buildLocalReplies(manager.localReplyConfig, [...path, 'local_reply_config'], context),
  }
}

function buildFilters(
  manager: HttpConnectionManager,
  scope: PluginScope,
  path: ConfigPath,
  context: BuildContext,
): FilterConfig[] {
  const filters: FilterConfig[] = []
  for (const [index, filter] of manager.httpFilters.entries()) {
    const plugin = unpackAs(filter.configType.value, WasmSchema)?.config
    if (plugin === undefined) continue
    const at = [...path, 'http_filters', index, 'typed_config', 'config']
    filters.push({
      name: utf8ByteString(filter.name),
      isDisabled: filter.disabled,
      plugin: buildPlugin(plugin, scope, at, context),
    })
  }
  return filters
}

function buildClientCertificate(manager: HttpConnectionManager): ClientCertificateConfig {
  const { subject, cert = false, chain = false, dns = false, uri = false } = manager.setCurrentClientCertDetails ?? {}
  return {
    mode: CLIENT_CERTIFICATES[manager.forwardClientCertDetails] ?? 'SANITIZE',
    subject: subject ?? false,
    cert,
    chain,
    dns,
    uri,
  }
}

function buildRouter(manager: HttpConnectionManager): RouterConfig {
  const router = unpackAs(manager.httpFilters.at(-1)?.configType.value, RouterSchema)
  return { suppressEnvoyHeaders: router?.suppressEnvoyHeaders ?? false }
}

function buildHttp1(manager: HttpConnectionManager): Http1Config {
  const options = manager.httpProtocolOptions
  const common = manager.commonHttpProtocolOptions
  return {
    maxHeadBytes: (manager.maxRequestHeadersKb ?? DEFAULT_MAX_HEADERS_KB) * 1024,
    maxHeaders: common?.maxHeadersCount ?? DEFAULT_MAX_HEADERS,
    allowAbsoluteUrl: options?.allowAbsoluteUrl ?? true,
    acceptHttp10: options?.acceptHttp10 ?? false,
    defaultHostForHttp10: utf8ByteString(options?.defaultHostForHttp10 ?? ''),
    enableTrailers: options?.enableTrailers ?? false,
    allowChunkedLength: options?.allowChunkedLength ?? false,
    allowCustomMethods: options?.allowCustomMethods ?? false,
    underscores: UNDERSCORES[common?.headersWithUnderscoresAction ?? Underscores.ALLOW] ?? 'ALLOW',
    letterCase: buildLetterCase(options),
  }
}

function buildUpgrades(manager: HttpConnectionManager): ReadonlySet<string> {
  const enabled = manager.upgradeConfigs.filter((upgrade) => upgrade.enabled ?? true)
  return new Set(enabled.map((upgrade) => buildHeaderName(upgrade.upgradeType)))
}

function buildHostChanges(manager: HttpConnectionManager): HostChangesConfig | null {
  const stripsPort = manager.stripPortMode.value ? 'any' : manager.stripMatchingHostPort ? 'own' : 'none'
  const stripsDot = manager.stripTrailingHostDot
  return stripsPort === 'none' && !stripsDot ? null : { stripsPort, stripsDot }
}

function buildRanges(ranges: readonly CidrRange[]): BlockList | null {
  if (ranges.length === 0) return null
  const list = new BlockList()
  for (const { addressPrefix, prefixLen = 0 } of ranges) {
    const version = isIP(addressPrefix)
    if (version === 4) list.addSubnet(addressPrefix, Math.min(prefixLen, 32), 'ipv4')
    if (version === 6) list.addSubnet(addressPrefix, prefixLen, 'ipv6')
  }
  return list
}
