/** Rules of options of the connection manager that a single field does not show. */
import { isIP } from 'node:net'
import { show } from '../fault.ts'
import type { Fault } from '../fault.ts'
import type { ConfigPath } from '../path.ts'
import { judgeEarlyMutations } from './early-mutations.ts'
import { judgeLetterCase } from './letter-case.ts'
import type { AccessLogFilter } from '../gen/envoy/config/accesslog/v3/accesslog_pb.ts'
import type { CidrRange } from '../gen/envoy/config/core/v3/address_pb.ts'
import type { HttpConnectionManager } from '../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts'

/** `path` leads to the connection manager. */
export function judgeOptions(manager: HttpConnectionManager, path: ConfigPath, faults: Fault[]): void {
  if (manager.stripMatchingHostPort && manager.stripPortMode.value) {
    const message = 'Two ways to remove the port'
    const wanted = 'strip_matching_host_port or strip_any_host_port'
    faults.push({ code: 'SLUICE_CONFIG_INVALID', message, path, wanted })
  }
  if (manager.httpProtocolOptions !== undefined) {
    judgeLetterCase(manager.httpProtocolOptions, [...path, 'http_protocol_options'], faults)
  }
  judgeEarlyMutations(manager.earlyHeaderMutationExtensions, [...path, 'early_header_mutation_extensions'], faults)
  const ranges = [...path, 'internal_address_config', 'cidr_ranges']
  for (const [index, range] of (manager.internalAddressConfig?.cidrRanges ?? []).entries()) {
    judgeRange(range, [...ranges, index], faults)
  }
  const mappers = [...path, 'local_reply_config', 'mappers']
  for (const [index, { filter }] of (manager.localReplyConfig?.mappers ?? []).entries()) {
    if (filter !== undefined && asksDuration(filter)) faults.push(noDuration([...mappers, index, 'filter']))
  }
}

function judgeRange({ addressPrefix }: CidrRange, path: ConfigPath, faults: Fault[]): void {
  if (isIP(addressPrefix) !== 0) return
  const at = [...path, 'address_prefix']
  const wanted = 'an IPv4 or IPv6 address'
  faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'Not an address', path: at, seen: show(addressPrefix), wanted })
}

function asksDuration({ filterSpecifier: { case: kind, value } }: AccessLogFilter): boolean {
  if (kind === 'andFilter' || kind === 'orFilter') return value.filters.some(asksDuration)
  return kind === 'durationFilter'
}

/** A stream that is being answered has no duration yet. */
function noDuration(path: ConfigPath): Fault {
  const message = 'duration_filter is supported by sluice in access logs only'
  return { code: 'SLUICE_CONFIG_INVALID', message, path, wanted: 'another filter' }
}
