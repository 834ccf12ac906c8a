/** Rules of the letters of header names. */
import { unpackAs } from '../any.ts'
import type { Fault } from '../fault.ts'
import type { Http1ProtocolOptions } from '../gen/envoy/config/core/v3/protocol_pb.ts'
import { PreserveCaseFormatterConfigSchema } from '../gen/envoy/extensions/http/header_formatters/preserve_case/v3/preserve_case_pb.ts'
import type { ConfigPath } from '../path.ts'

/** `path` leads to the options. */
export function judgeLetterCase({ headerKeyFormat }: Http1ProtocolOptions, path: ConfigPath, faults: Fault[]): void {
  if (headerKeyFormat === undefined) return
  const format = headerKeyFormat.headerFormat
  const at = [...path, 'header_key_format']
  if (format.case !== 'statefulFormatter') return
  if (unpackAs(format.value.typedConfig, PreserveCaseFormatterConfigSchema) !== null) return
  const wanted = 'PreserveCaseFormatterConfig'
  faults.push({
    code: 'SLUICE_CONFIG_INVALID',
    message: 'Not a formatter',
    path: [...at, 'stateful_formatter', 'typed_config'],
    wanted,
  })
}
