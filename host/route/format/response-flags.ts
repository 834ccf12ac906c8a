import { ResponseFlag } from '../../http/stream-info.ts'

type Names = readonly (readonly [number, string])[]

const RETRY_LIMIT: Names = [[ResponseFlag.UpstreamRetryLimitExceeded, 'URX']]
const OTHERS: Names = [
  [ResponseFlag.NoHealthyUpstream, 'UH'],
  [ResponseFlag.UpstreamConnectionFailure, 'UF'],
  [ResponseFlag.UpstreamOverflow, 'UO'],
  [ResponseFlag.NoRouteFound, 'NR'],
  [ResponseFlag.NoClusterFound, 'NC'],
  [ResponseFlag.DurationTimeout, 'DT'],
  [ResponseFlag.UpstreamRequestTimeout, 'UT'],
  [ResponseFlag.UpstreamRemoteReset, 'UR'],
  [ResponseFlag.UpstreamConnectionTermination, 'UC'],
  [ResponseFlag.DownstreamConnectionTermination, 'DC'],
  [ResponseFlag.StreamIdleTimeout, 'SI'],
  [ResponseFlag.DownstreamProtocolError, 'DPE'],
  [ResponseFlag.UpstreamProtocolError, 'UPE'],
  [ResponseFlag.DownstreamRemoteReset, 'DR'],
]

/** Envoy prints flags in the order they were set: a request reaches the retry limit before its last failure … */
const OF_REQUESTS: Names = [...RETRY_LIMIT, ...OTHERS]
/** … and a connection after it. */
const OF_CONNECTIONS: Names = [...OTHERS, ...RETRY_LIMIT]

const LONG_NAMES: ReadonlyMap<number, string> = new Map(Object.entries(ResponseFlag).map(([name, bit]) => [bit, name]))

/** Names of the set bits, joined with commas; null = none. */
export function flagNames(flags: number, isConnection = false): string | null {
  if (flags === 0) return null
  const all = isConnection ? OF_CONNECTIONS : OF_REQUESTS
  let names = ''
  for (let i = 0; i < all.length; i++) {
    const [bit, name] = all[i]!
    if ((flags & bit) !== 0) names += names === '' ? name : `,${name}`
  }
  return names === '' ? null : names
}

/** The long names, which are those of the bits. */
export function longFlagNames(flags: number): string | null {
  const names = OF_REQUESTS.filter(([bit]) => (flags & bit) !== 0).map(([bit]) => LONG_NAMES.get(bit) ?? '')
  return names.length === 0 ? null : names.join(',')
}

/** The bits of short names; no names = every bit. Names of what never happens here have none. */
export function flagsOf(names: readonly string[]): number {
  if (names.length === 0) return -1
  return OF_REQUESTS.reduce((flags, [bit, name]) => (names.includes(name) ? flags | bit : flags), 0)
}
