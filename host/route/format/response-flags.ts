import { ResponseFlag } from '../../http/stream-info.ts'

/** Short names by bit. Envoy prints flags in the order they were set; of two, the retry limit comes first. */
const NAMES: readonly (readonly [number, string])[] = [
  [ResponseFlag.UpstreamRetryLimitExceeded, 'URX'],
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

/** Names of the set bits, joined with commas; null = none. */
export function flagNames(flags: number): string | null {
  if (flags === 0) return null
  let names = ''
  for (let i = 0; i < NAMES.length; i++) {
    const [bit, name] = NAMES[i]!
    if ((flags & bit) !== 0) names += names === '' ? name : `,${name}`
  }
  return names === '' ? null : names
}
