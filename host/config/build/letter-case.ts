/** Letters of header names. */
import { unpackAs } from '../any.ts'
import type { Http1ProtocolOptions } from '../gen/envoy/config/core/v3/protocol_pb.ts'
import {
  PreserveCaseFormatterConfig_FormatterTypeOnEnvoyHeaders as OtherNames,
  PreserveCaseFormatterConfigSchema,
} from '../gen/envoy/extensions/http/header_formatters/preserve_case/v3/preserve_case_pb.ts'
import type { LetterCaseConfig } from '../types.ts'

export function buildLetterCase(options: Http1ProtocolOptions | undefined): LetterCaseConfig {
  const format = options?.headerKeyFormat?.headerFormat
  if (format?.case === 'properCaseWords') return 'PROPER'
  if (format?.case !== 'statefulFormatter') return 'LOWER'
  const preserved = unpackAs(format.value.typedConfig, PreserveCaseFormatterConfigSchema)
  const isProper = preserved?.formatterTypeOnEnvoyHeaders === OtherNames.PROPER_CASE
  return { forwardsReason: preserved?.forwardReasonPhrase ?? false, others: isProper ? 'PROPER' : 'LOWER' }
}
