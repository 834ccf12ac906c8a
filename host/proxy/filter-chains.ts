/**
 * Chooses the filter chain of a connection: condition by condition, the most specific of what matches wins, and what was
 * passed over is not looked at again (source/common/listener_manager/filter_chain_manager_impl.cc).
 */
import { BlockList, isIPv6 } from 'node:net'
import type { CidrRange, FilterChainMatchConfig } from '../config/types.ts'

/** What is known of a connection when its chain is chosen. */
export interface ConnectionFacts {
  /** Where it was made to, from a PROXY header if there is one; the path of a socket file, with port 0. */
  readonly destinationHost: string
  readonly destinationPort: number
  /** Lower case; '' = none was asked for, or nobody has looked. */
  readonly serverName: string
  readonly transportProtocol: 'tls' | 'raw_buffer'
  readonly applicationProtocols: readonly string[]
  /** The peer itself. */
  readonly directSourceHost: string
  /** The client, from a PROXY header if there is one. */
  readonly sourceHost: string
  readonly sourcePort: number
}

/** How well a condition fits: -1 = not at all, 0 = it is not set, else the more the better. */
type Condition = (match: PreparedMatch, facts: ConnectionFacts) => number

interface PreparedMatch {
  readonly config: FilterChainMatchConfig
  readonly destinations: readonly Range[]
  readonly directSources: readonly Range[]
  readonly sources: readonly Range[]
}

interface Range {
  readonly list: BlockList
  readonly bits: number
}

interface Candidate<Chain> {
  readonly chain: Chain
  readonly match: PreparedMatch
}

const CONDITIONS: readonly Condition[] = [
  ({ config }, facts) => fitsOne(config.destinationPort, facts.destinationPort),
  ({ destinations }, facts) => fitsRange(destinations, facts.destinationHost),
  ({ config }, facts) => fitsName(config.serverNames, facts.serverName),
  ({ config }, facts) => (config.transportProtocol === '' ? 0 : config.transportProtocol === facts.transportProtocol ? 1 : -1),
  ({ config }, facts) => fitsProtocol(config.applicationProtocols, facts.applicationProtocols),
  ({ directSources }, facts) => fitsRange(directSources, facts.directSourceHost),
  ({ config }, facts) => fitsSourceType(config.sourceType, facts),
  ({ sources }, facts) => fitsRange(sources, facts.sourceHost),
  ({ config }, facts) => (config.sourcePorts.length === 0 ? 0 : config.sourcePorts.includes(facts.sourcePort) ? 1 : -1),
]

export class FilterChains<Chain> {
  readonly #candidates: readonly Candidate<Chain>[]
  readonly #otherwise: Chain | null
  /** The only chain takes everything: nothing has to be known. */
  readonly #only: Chain | null

  constructor(chains: readonly Chain[], matchOf: (chain: Chain) => FilterChainMatchConfig, otherwise: Chain | null) {
    this.#candidates = chains.map((chain) => ({ chain, match: prepare(matchOf(chain)) }))
    this.#otherwise = otherwise
    this.#only = chains.length === 1 && takesAll(matchOf(chains[0]!)) ? chains[0]! : null
  }

  /** Null when no chain takes the connection. */
  choose(facts: ConnectionFacts): Chain | null {
    if (this.#only !== null) return this.#only
    let left = this.#candidates
    for (const condition of CONDITIONS) left = bestOf(left, condition, facts)
    return left[0]?.chain ?? this.#otherwise
  }
}

function bestOf<Chain>(
  candidates: readonly Candidate<Chain>[],
  condition: Condition,
  facts: ConnectionFacts,
): readonly Candidate<Chain>[] {
  const fits = candidates.map(({ match }) => condition(match, facts))
  const best = Math.max(...fits)
  return best < 0 ? [] : candidates.filter((_, index) => fits[index] === best)
}

function prepare(config: FilterChainMatchConfig): PreparedMatch {
  return {
    config,
    destinations: config.destinations.map(prepareRange),
    directSources: config.directSources.map(prepareRange),
    sources: config.sources.map(prepareRange),
  }
}

function prepareRange({ host, bits }: CidrRange): Range {
  const list = new BlockList()
  list.addSubnet(host, bits, familyOf(host))
  return { list, bits }
}

function familyOf(host: string): 'ipv4' | 'ipv6' {
  return isIPv6(host) ? 'ipv6' : 'ipv4'
}

function takesAll(match: FilterChainMatchConfig): boolean {
  const { destinationPort, transportProtocol, sourceType, ...lists } = match
  const isOpen = destinationPort === null && transportProtocol === '' && sourceType === 'ANY'
  return isOpen && Object.values(lists).every((list) => list.length === 0)
}

function fitsOne(wanted: number | null, seen: number): number {
  if (wanted === null) return 0
  return wanted === seen ? 1 : -1
}

/** A socket file lies in no range. The range of all addresses fits better than none: hence the 1. */
function fitsRange(ranges: readonly Range[], host: string): number {
  if (ranges.length === 0) return 0
  const fits = ranges.map(({ list, bits }) => (list.check(host, familyOf(host)) ? bits + 1 : -1))
  return host.includes('/') ? -1 : Math.max(...fits)
}

/** The whole name fits best, else the longest suffix. */
function fitsName(names: readonly string[], seen: string): number {
  if (names.length === 0) return 0
  const fits = names.map((name) => {
    if (name === seen) return Infinity
    return name.startsWith('.') && seen.length > name.length && seen.endsWith(name) ? name.length : -1
  })
  return seen === '' ? -1 : Math.max(...fits)
}

/** What the client names first fits best. */
function fitsProtocol(wanted: readonly string[], offered: readonly string[]): number {
  if (wanted.length === 0) return 0
  const first = offered.findIndex((protocol) => wanted.includes(protocol))
  return first < 0 ? -1 : offered.length - first
}

function fitsSourceType(type: FilterChainMatchConfig['sourceType'], facts: ConnectionFacts): number {
  if (type === 'ANY') return 0
  return isLocal(facts) === (type === 'SAME_IP_OR_LOOPBACK') ? 1 : -1
}

function isLocal({ sourceHost, destinationHost }: ConnectionFacts): boolean {
  return sourceHost === destinationHost || sourceHost === '::1' || sourceHost.startsWith('127.') || sourceHost.includes('/')
}
