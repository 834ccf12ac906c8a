/** Rules of a cluster. */
import type { Fault } from '../fault.ts'
import { CONFIG_PAGE } from '../fault.ts'
import type { ConfigPath } from '../path.ts'
import { unpackAs } from '../any.ts'
import { buildDiscovery } from '../build/dns.ts'
import { judgeDns } from './dns.ts'
import { judgeOriginalDst } from './original-dst.ts'
import type { Cluster } from '../gen/envoy/config/cluster/v3/cluster_pb.ts'
import type { LbEndpoint } from '../gen/envoy/config/endpoint/v3/endpoint_components_pb.ts'
import type { Http1ProtocolOptions, HttpProtocolOptions } from '../gen/envoy/config/core/v3/protocol_pb.ts'
import { Http1ProtocolOptionsSchema, HttpProtocolOptionsSchema } from '../gen/envoy/config/core/v3/protocol_pb.ts'
import { HttpProtocolOptionsSchema as UpstreamOptionsSchema } from '../gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.ts'
import { reflect } from '@bufbuild/protobuf/reflect'
import type { ReflectMessage } from '@bufbuild/protobuf/reflect'
import { checkAddress } from './address.ts'
import { checkBalancing } from './balancing.ts'
import { checkSubsets } from './subsets.ts'
import { judgeLetterCase } from './letter-case.ts'
import { judgeHealthChecks } from './health-check.ts'
import { judgeUpstreamSocket } from './tls.ts'

/** Of the options of HTTP/1, those that mean something for a cluster. */
const HTTP1_OPTIONS = ['header_key_format', 'enable_trailers', 'allow_chunked_length', 'send_fully_qualified_url']

/** The key of `typed_extension_protocol_options` that this host reads. */
export const UPSTREAM_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'

/** Adds what is wrong with a cluster beyond its single fields. */
export function judgeCluster(cluster: Cluster, path: ConfigPath, faults: Fault[]): void {
  const isStatic = buildDiscovery(cluster) === 'STATIC'
  const places = [...path, 'load_assignment', 'endpoints']
  for (const [i, place] of (cluster.loadAssignment?.endpoints ?? []).entries()) {
    for (const [k, endpoint] of place.lbEndpoints.entries())
      judgeEndpoint(endpoint, [...places, i, 'lb_endpoints', k], isStatic, faults)
  }
  judgeUpstreamSocket(cluster.transportSocket, [...path, 'transport_socket'], faults)
  for (const [index, { transportSocket }] of cluster.transportSocketMatches.entries())
    judgeUpstreamSocket(transportSocket, [...path, 'transport_socket_matches', index, 'transport_socket'], faults)
  judgeDns(cluster, path, faults)
  judgeOriginalDst(cluster, path, faults)
  checkBalancing(cluster, path, faults)
  checkSubsets(cluster, path, faults)
  judgeHealthChecks(cluster, speaksHttp2(cluster), [...path, 'health_checks'], faults)
  judgeOptions(cluster, [...path, 'typed_extension_protocol_options'], faults)
}

function judgeEndpoint(endpoint: LbEndpoint, path: ConfigPath, isStatic: boolean, faults: Fault[]): void {
  const address = endpoint.hostIdentifier.value?.address
  if (address === undefined)
    faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'Endpoint without address', path, wanted: 'endpoint.address' })
  else if (isStatic) checkAddress(address, [...path, 'endpoint', 'address'], faults)
  const checked = endpoint.hostIdentifier.value?.healthCheckConfig?.address
  if (checked !== undefined) checkAddress(checked, [...path, 'endpoint', 'health_check_config', 'address'], faults)
}

function speaksHttp2({ typedExtensionProtocolOptions: options }: Cluster): boolean {
  const explicit = unpackAs(options[UPSTREAM_OPTIONS], UpstreamOptionsSchema)?.upstreamProtocolOptions.value?.protocolConfig
  return explicit?.case === 'http2ProtocolOptions'
}

function judgeOptions(cluster: Cluster, path: ConfigPath, faults: Fault[]): void {
  for (const [key, any] of Object.entries(cluster.typedExtensionProtocolOptions)) {
    const at = [...path, { key }]
    if (key !== UPSTREAM_OPTIONS) {
      faults.push({
        code: 'SLUICE_CONFIG_INVALID',
        message: 'Options are not supported by sluice',
        path: at,
        seen: key,
        wanted: UPSTREAM_OPTIONS,
        next: CONFIG_PAGE,
      })
    }
    const options = unpackAs(any, UpstreamOptionsSchema)
    const explicit = options?.upstreamProtocolOptions.value?.protocolConfig
    const http1 = explicit?.case === 'httpProtocolOptions' ? explicit.value : undefined
    refuseCommon(options?.commonHttpProtocolOptions, [...at, 'common_http_protocol_options'], faults)
    refuseHttp1(http1, [...at, 'explicit_http_config', 'http_protocol_options'], faults)
  }
}

/** The messages serve clients and clusters, but only these fields mean something for a cluster here. */
function refuseCommon(options: HttpProtocolOptions | undefined, path: ConfigPath, faults: Fault[]): void {
  if (options !== undefined) refuseAllBut(['idle_timeout'], reflect(HttpProtocolOptionsSchema, options), path, faults)
}

function refuseHttp1(options: Http1ProtocolOptions | undefined, path: ConfigPath, faults: Fault[]): void {
  if (options === undefined) return
  refuseAllBut(HTTP1_OPTIONS, reflect(Http1ProtocolOptionsSchema, options), path, faults)
  judgeLetterCase(options, path, faults)
}

function refuseAllBut(names: readonly string[], message: ReflectMessage, path: ConfigPath, faults: Fault[]): void {
  for (const field of message.fields) {
    if (names.includes(field.name) || !message.isSet(field)) continue
    const text = 'Field is not supported by sluice in a cluster'
    faults.push({
      code: 'SLUICE_CONFIG_UNKNOWN_FIELD',
      message: text,
      path: [...path, field.name],
      seen: field.name,
      wanted: names.join(', '),
      next: CONFIG_PAGE,
    })
  }
}
