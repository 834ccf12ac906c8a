/** Which connections a filter chain takes. */
import { isIPv6 } from 'node:net'
import { utf8ByteString } from '../../util/bytes.ts'
import type { CidrRange as CidrMessage } from '../gen/envoy/config/core/v3/address_pb.ts'
import { FilterChainMatch_ConnectionSourceType as SourceType } from '../gen/envoy/config/listener/v3/listener_components_pb.ts'
import type { FilterChainMatch } from '../gen/envoy/config/listener/v3/listener_components_pb.ts'
import type { CidrRange, FilterChainMatchConfig } from '../types.ts'

const SOURCE_TYPES: Readonly<Record<number, FilterChainMatchConfig['sourceType']>> = {
  [SourceType.SAME_IP_OR_LOOPBACK]: 'SAME_IP_OR_LOOPBACK',
  [SourceType.EXTERNAL]: 'EXTERNAL',
}

/** A missing match takes every connection. */
export function buildFilterChainMatch(match: FilterChainMatch | undefined): FilterChainMatchConfig {
  return {
    destinationPort: match?.destinationPort ?? null,
    destinations: (match?.prefixRanges ?? []).map(buildRange),
    serverNames: (match?.serverNames ?? []).map(buildServerName),
    transportProtocol: utf8ByteString(match?.transportProtocol ?? ''),
    applicationProtocols: (match?.applicationProtocols ?? []).map(utf8ByteString),
    directSources: (match?.directSourcePrefixRanges ?? []).map(buildRange),
    sourceType: SOURCE_TYPES[match?.sourceType ?? SourceType.ANY] ?? 'ANY',
    sources: (match?.sourcePrefixRanges ?? []).map(buildRange),
    sourcePorts: match?.sourcePorts ?? [],
  }
}

function buildRange({ addressPrefix: host, prefixLen }: CidrMessage): CidrRange {
  return { host, bits: Math.min(prefixLen ?? 0, isIPv6(host) ? 128 : 32) }
}

function buildServerName(name: string): string {
  const lower = utf8ByteString(name.toLowerCase())
  return lower.startsWith('*.') ? lower.slice(1) : lower
}
