/** Rules of the list of filter chains: which are allowed beside each other, and what their matches may say. */
import { isIP } from 'node:net'
import { buildFilterChainMatch } from '../build/filter-chain-match.ts'
import { show } from '../fault.ts'
import type { Fault } from '../fault.ts'
import type { CidrRange } from '../gen/envoy/config/core/v3/address_pb.ts'
import type { FilterChain, FilterChainMatch } from '../gen/envoy/config/listener/v3/listener_components_pb.ts'
import type { ConfigPath } from '../path.ts'

/** `path` leads to the list. */
export function judgeMatches(chains: readonly FilterChain[], path: ConfigPath, faults: Fault[]): void {
  const seen = new Map<string, number>()
  for (const [index, { filterChainMatch: match }] of chains.entries()) {
    const at = [...path, index, 'filter_chain_match']
    if (match !== undefined) judgeMatch(match, at, faults)
    for (const combination of combinationsOf(match)) {
      const earlier = seen.get(combination) ?? index
      seen.set(combination, earlier)
      if (earlier === index) continue
      const message = 'Multiple filter chains with overlapping matching rules are defined'
      faults.push({ code: 'SLUICE_CONFIG_DUPLICATE', message, path: at, wanted: `one that differs from item ${earlier}` })
      break
    }
  }
}

function judgeMatch(match: FilterChainMatch, path: ConfigPath, faults: Fault[]): void {
  judgeRanges(match.prefixRanges, [...path, 'prefix_ranges'], faults)
  judgeRanges(match.directSourcePrefixRanges, [...path, 'direct_source_prefix_ranges'], faults)
  judgeRanges(match.sourcePrefixRanges, [...path, 'source_prefix_ranges'], faults)
  for (const [index, name] of match.serverNames.entries()) {
    if (/^(\*\.)?[^*]*$/.test(name) && name !== '') continue
    const message = 'Partial wildcards are not supported'
    const at = [...path, 'server_names', index]
    faults.push({ code: 'SLUICE_CONFIG_INVALID', message, path: at, seen: show(name), wanted: 'a name, or *.suffix' })
  }
}

function judgeRanges(ranges: readonly CidrRange[], path: ConfigPath, faults: Fault[]): void {
  for (const [index, { addressPrefix }] of ranges.entries()) {
    if (addressPrefix === '' || isIP(addressPrefix) !== 0) continue
    const at = [...path, index, 'address_prefix']
    const wanted = 'an IPv4 or IPv6 address'
    faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'Malformed IP address', path: at, seen: show(addressPrefix), wanted })
  }
}

/** Every way to satisfy all conditions; two chains must not have one in common (Envoy would not know which to take). */
function combinationsOf(message: FilterChainMatch | undefined): string[] {
  const match = buildFilterChainMatch(message)
  const range = ({ host, bits }: { host: string; bits: number }): string => `${host}/${bits}`
  const conditions: readonly (readonly unknown[])[] = [
    [match.destinationPort],
    match.destinations.map(range),
    match.serverNames,
    [match.transportProtocol],
    match.applicationProtocols,
    match.directSources.map(range),
    [match.sourceType],
    match.sources.map(range),
    match.sourcePorts,
  ]
  return conditions.reduce<string[]>(
    (found, choices) =>
      (choices.length === 0 ? [''] : choices).flatMap((choice) => found.map((one) => `${one}\0${String(choice)}`)),
    [''],
  )
}
