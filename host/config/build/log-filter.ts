/** Conditions on streams. */
import { flagsOf } from '../../route/format/response-flags.ts'
import type { ConfigPath } from '../path.ts'
import { ComparisonFilter_Op as Op } from '../gen/envoy/config/accesslog/v3/accesslog_pb.ts'
import type { AccessLogFilter, ComparisonFilter } from '../gen/envoy/config/accesslog/v3/accesslog_pb.ts'
import type { LogFilterConfig } from '../types.ts'
import type { BuildContext } from './context.ts'
import { buildHeaderMatchers } from './matchers.ts'

type Operator = 'EQ' | 'GE' | 'LE' | 'NE'

const OPERATORS: Readonly<Record<number, Operator>> = { [Op.GE]: 'GE', [Op.LE]: 'LE', [Op.NE]: 'NE' }

/** Of `FractionalPercent.DenominatorType`. */
const DENOMINATORS: readonly number[] = [100, 10_000, 1_000_000]

/** `path` leads to the message; null = there is none. */
export function buildLogFilter(
  filter: AccessLogFilter | undefined,
  path: ConfigPath,
  context: BuildContext,
): LogFilterConfig | null {
  const choice = filter?.filterSpecifier
  switch (choice?.case) {
    case 'statusCodeFilter':
      return { kind: 'status', ...buildComparison(choice.value.comparison) }
    case 'durationFilter':
      return { kind: 'duration', ...buildComparison(choice.value.comparison) }
    case 'notHealthCheckFilter':
      return { kind: 'any' }
    case 'headerFilter': {
      const { header } = choice.value
      const [matcher] = buildHeaderMatchers(header === undefined ? [] : [header], [...path, 'header_filter', 'header'], context)
      return matcher === undefined ? null : { kind: 'header', header: matcher }
    }
    case 'responseFlagFilter':
      return { kind: 'flags', flags: flagsOf(choice.value.flags) }
    case 'runtimeFilter': {
      const { percentSampled, useIndependentRandomness } = choice.value
      const [share, of] = [percentSampled?.numerator ?? 0, DENOMINATORS[percentSampled?.denominator ?? 0]!]
      return { kind: 'share', share, of, isDrawn: useIndependentRandomness }
    }
    case 'grpcStatusFilter':
      return { kind: 'grpc', statuses: choice.value.statuses, isExcluding: choice.value.exclude }
    case 'andFilter':
      return { kind: 'and', filters: buildAll(choice.value.filters, [...path, 'and_filter'], context) }
    case 'orFilter':
      return { kind: 'or', filters: buildAll(choice.value.filters, [...path, 'or_filter'], context) }
    case undefined:
      return null
  }
}

function buildAll(filters: readonly AccessLogFilter[], path: ConfigPath, context: BuildContext): LogFilterConfig[] {
  return filters.flatMap((filter, index) => buildLogFilter(filter, [...path, 'filters', index], context) ?? [])
}

function buildComparison(comparison: ComparisonFilter | undefined): { op: Operator; value: number } {
  return { op: OPERATORS[comparison?.op ?? Op.EQ] ?? 'EQ', value: comparison?.value?.defaultValue ?? 0 }
}
