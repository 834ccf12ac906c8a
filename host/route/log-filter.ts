/** Conditions on streams, for access logs and for local replies (source/common/access_log/access_log_impl.cc). */
import type { LogFilterConfig } from '../config/types.ts'
import type { FormatContext } from './format/context.ts'
import { grpcStatusOfAnswer } from './format/grpc-status.ts'
import { systemRandom } from '../util/random.ts'
import { compileHeaderMatcher } from './value-matcher.ts'

/** Of gRPC. */
const UNKNOWN = 2

/** True for a stream that is meant. */
export type LogFilter = (stream: FormatContext) => boolean

export function compileLogFilter(config: LogFilterConfig): LogFilter {
  switch (config.kind) {
    case 'status':
      return ({ info }) => compare(info.responseCode, config.op, config.value)
    case 'duration':
      return ({ info }) => compare(Math.floor(info.completeMillis - info.startMillis), config.op, config.value)
    case 'header': {
      const test = compileHeaderMatcher(config.header)
      return ({ requestHeaders }) => test.matches(requestHeaders)
    }
    case 'flags':
      return ({ info }) => (info.responseFlags & config.flags) !== 0
    case 'any':
      return () => true
    case 'share':
      return ({ info }) => (config.isDrawn ? draw() : (numberOfId(info.requestId) ?? draw())) % config.of < config.share
    case 'grpc':
      // Without any status it is Unknown.
      return (stream) => config.statuses.includes(grpcStatusOfAnswer(stream) ?? UNKNOWN) !== config.isExcluding
    case 'and': {
      const all = config.filters.map(compileLogFilter)
      return (stream) => all.every((filter) => filter(stream))
    }
    case 'or': {
      const some = config.filters.map(compileLogFilter)
      return (stream) => some.some((filter) => filter(stream))
    }
  }
}

/** As Envoy makes a number of a request id: its first eight digits (source/extensions/request_id/uuid). */
function numberOfId(id: string): number | null {
  return /^[0-9a-f]{8}/i.test(id) ? Number.parseInt(id.slice(0, 8), 16) : null
}

function draw(): number {
  return Math.floor(systemRandom.fraction() * 2 ** 32)
}

function compare(value: number, op: 'EQ' | 'GE' | 'LE' | 'NE', wanted: number): boolean {
  switch (op) {
    case 'EQ':
      return value === wanted
    case 'GE':
      return value >= wanted
    case 'LE':
      return value <= wanted
    case 'NE':
      return value !== wanted
  }
}
