/** `%COMMON_DURATION(START:END:PRECISION)%`: time between two moments of a stream (source/common/formatter/stream_info_formatter.cc). */
import type { StreamInfo } from '../../http/stream-info.ts'
import type { FormatContext } from './context.ts'

/** Monotonic milliseconds; -1 = not reached. DS is the client's side, US the upstream's; RX is received, TX is sent. */
const MOMENTS: ReadonlyMap<string, (info: StreamInfo) => number> = new Map([
  ['DS_RX_BEG', (info: StreamInfo) => info.startMillis],
  ['DS_RX_END', (info: StreamInfo) => info.requestCompleteMillis],
  ['US_TX_BEG', (info: StreamInfo) => info.upstreamFirstByteSentMillis],
  ['US_TX_END', (info: StreamInfo) => info.upstreamLastByteSentMillis],
  ['US_RX_BEG', (info: StreamInfo) => info.upstreamFirstByteReceivedMillis],
  ['US_RX_END', (info: StreamInfo) => info.upstreamLastByteReceivedMillis],
  ['DS_TX_BEG', (info: StreamInfo) => info.firstByteSentMillis],
  ['DS_TX_END', (info: StreamInfo) => info.completeMillis],
])

/** Parts of a millisecond. */
const PRECISIONS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['us', 1000],
  ['ns', 1_000_000],
])

/** Null for moments that are not known here, and for another precision. */
export function commonDuration(argument: string | null): ((context: FormatContext) => number | null) | null {
  const [from = '', to = '', unit = '', ...rest] = (argument ?? '').split(':')
  const [start, end, parts] = [MOMENTS.get(from), MOMENTS.get(to), PRECISIONS.get(unit)]
  if (start === undefined || end === undefined || parts === undefined || rest.length > 0) return null
  return ({ info }) => {
    const [begun, ended] = [start(info), end(info)]
    return begun < 0 || ended < 0 ? null : Math.floor((ended - begun) * parts)
  }
}
