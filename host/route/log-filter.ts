/** Conditions on streams, for access logs and for local replies (source/common/access_log/access_log_impl.cc). */
import type { LogFilterConfig } from '../config/types.ts'
import type { FormatContext } from './format/context.ts'
import { compileHeaderMatcher } from './value-matcher.ts'

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
