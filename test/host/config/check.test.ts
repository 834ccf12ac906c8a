import { create, fromBinary, fromJson, toBinary } from '@bufbuild/protobuf'
import type { JsonValue, UnknownEnum } from '@bufbuild/protobuf'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { anyPack, StringValueSchema } from '@bufbuild/protobuf/wkt'
import type { Any } from '@bufbuild/protobuf/wkt'
import { describe, expect, it } from 'vitest'
import { checkBootstrap, checkCluster, checkListener } from '../../../host/config/check.ts'
import { formatPath } from '../../../host/config/path.ts'
import type { Fault } from '../../../host/config/fault.ts'
import { BootstrapSchema } from '../../../host/config/gen/envoy/config/bootstrap/v3/bootstrap_pb.ts'
import type { Cluster_DiscoveryType } from '../../../host/config/gen/envoy/config/cluster/v3/cluster_pb.ts'
import { ClusterSchema } from '../../../host/config/gen/envoy/config/cluster/v3/cluster_pb.ts'
import { ListenerSchema } from '../../../host/config/gen/envoy/config/listener/v3/listener_pb.ts'
import type { Listener } from '../../../host/config/gen/envoy/config/listener/v3/listener_pb.ts'
import { ANY_REGISTRY } from '../../../host/config/registry.ts'
import { HCM, HCM_TYPE, LISTENER, sampleWith } from './sample.ts'
import type { Changes } from './sample.ts'

function listener(changes: Changes = {}): Listener {
  const json = JSON.parse(sampleWith(changes)).static_resources.listeners[0] as JsonValue
  return fromJson(ListenerSchema, json, { registry: ANY_REGISTRY })
}

function summary(faults: readonly Fault[]): unknown[] {
  return faults.map((fault) => [fault.code, fault.message, formatPath(fault.path), fault.seen])
}

/** The wire form of a message followed by one more varint field. */
function withField(bytes: Uint8Array, number: number): Uint8Array {
  const extra = new BinaryWriter().tag(number, WireType.Varint).uint32(1).finish()
  return Buffer.concat([bytes, extra])
}

const cluster = (number: number): Uint8Array => withField(toBinary(ClusterSchema, create(ClusterSchema, { name: 'a' })), number)

describe('checkCluster judges the wire form', () => {
  it('a field that Envoy has is refused by its name', () => {
    expect(summary(checkCluster(fromBinary(ClusterSchema, cluster(9))))).toEqual([
      [
        'SLUICE_CONFIG_UNKNOWN_FIELD',
        'Field is not supported by sluice',
        'max_requests_per_connection',
        'max_requests_per_connection',
      ],
    ])
  })

  it('a field that nobody has is refused by its number', () => {
    expect(summary(checkCluster(fromBinary(ClusterSchema, cluster(9999))))).toEqual([
      ['SLUICE_CONFIG_UNKNOWN_FIELD', 'Unknown field', '', 'field number 9999'],
    ])
  })

  it.each([
    [3, 'Value is not supported by sluice', 'EDS'],
    [77, 'Unknown value', '77'],
  ])('the enum value %i is refused', (number, message, seen) => {
    // As if it came in wire form: the type of the enum only knows our values.
    const type = { case: 'type' as const, value: number as UnknownEnum as Cluster_DiscoveryType }
    const faults = checkCluster(create(ClusterSchema, { name: 'a', clusterDiscoveryType: type }))
    expect(summary(faults)).toEqual([['SLUICE_CONFIG_TYPE', message, 'type', seen]])
  })
})

it('a DNS server is asked at an address, wherever the configuration names it', () => {
  const cares = 'type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig'
  const typed_dns_resolver_config = { name: 'r', typed_config: { '@type': cares, resolvers: [{ pipe: { path: '/r' } }] } }
  const typed_config = { '@type': 'type.googleapis.com/envoy.extensions.clusters.dns.v3.DnsCluster', typed_dns_resolver_config }
  const inside = { name: 'a', cluster_type: { name: 'envoy.clusters.dns', typed_config } }
  const outside = { name: 'a', type: 'STRICT_DNS', typed_dns_resolver_config }
  const paths = [inside, outside].map((json) =>
    checkCluster(fromJson(ClusterSchema, json, { registry: ANY_REGISTRY })).map(({ path }) => formatPath(path)),
  )
  const at = 'typed_dns_resolver_config.typed_config.resolvers[0].pipe'
  expect(paths).toEqual([[`cluster_type.typed_config.${at}`], [at]])
})

const inFilter = (change: (any: Any) => void): unknown[] => {
  const message = listener()
  change(message.filterChains[0]!.filters[0]!.configType.value!)
  return summary(checkListener(message, null))
}

describe('checkListener', () => {
  it('accepts the sample, whatever clusters there are, when they are not given', () => {
    expect(checkListener(listener(), null)).toEqual([])
  })

  it('refuses a route to a cluster that is not among those given', () => {
    const path = 'filter_chains[0].filters[0].typed_config.route_config.virtual_hosts[0].routes[0].route.cluster'
    expect(summary(checkListener(listener(), new Set(['upp'])))).toEqual([
      ['SLUICE_CONFIG_REFERENCE', 'Unknown cluster', path, '"up"'],
    ])
  })

  const path = 'filter_chains[0].filters[0].typed_config'

  it('refuses a known message in the wrong place', () => {
    const any = anyPack(StringValueSchema, create(StringValueSchema, { value: 'x' }))
    const faults = inFilter((target) => Object.assign(target, any))
    expect(faults).toEqual([
      ['SLUICE_CONFIG_INVALID', 'Type does not belong here or is not supported by sluice', `${path}.@type`, any.typeUrl],
    ])
  })

  it('refuses bytes that are not the message they claim to be', () => {
    const faults = inFilter((target) => (target.value = Uint8Array.of(0xff, 0xff, 0xff)))
    expect(faults).toEqual([['SLUICE_CONFIG_TYPE', 'Bytes are not a message of the type named beside them', path, HCM_TYPE]])
  })

  it('finds unknown fields inside an Any', () => {
    const faults = inFilter((target) => (target.value = withField(target.value, 40)))
    const name = 'stream_error_on_invalid_http_message'
    expect(faults).toEqual([['SLUICE_CONFIG_UNKNOWN_FIELD', 'Field is not supported by sluice', `${path}.${name}`, name]])
  })
})

const at = (port: number): Changes => ({ [`${LISTENER}.address.socket_address.port_value`]: port })

/** Paths of the faults of two listeners at one port. */
function twice(port: number): string[] {
  const listeners = [listener(at(port)), listener(at(port))]
  listeners[1]!.name = 'm'
  const faults = checkBootstrap(create(BootstrapSchema, { staticResources: { listeners, clusters: [{ name: 'up' }] } }))
  return faults.map((fault) => formatPath(fault.path))
}

describe('checkBootstrap', () => {
  it('refuses two listeners at one address, but not at port 0', () => {
    expect(twice(18080)).toEqual(['static_resources.listeners[1].address'])
    expect(twice(0)).toEqual([])
  })

  it('reports several faults of one message', () => {
    const changes = { [`${HCM}.stat_prefix`]: undefined, [`${HCM}.http_filters`]: [] }
    const faults = checkListener(listener(changes), new Set())
    expect(faults.map((fault) => fault.path.at(-1))).toEqual(['stat_prefix', 'http_filters', 'cluster'])
  })
})
