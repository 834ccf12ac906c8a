/** Access logs. Formats are only checked here: whoever writes lines compiles them. */
import type { JsonObject } from '@bufbuild/protobuf'
import type { Any } from '@bufbuild/protobuf/wkt'
import { compileJson } from '../../route/format/json.ts'
import { compileText } from '../../route/format/text.ts'
import { unpackAs } from '../any.ts'
import type { ConfigPath } from '../path.ts'
import { FileAccessLogSchema } from '../gen/envoy/extensions/access_loggers/file/v3/file_pb.ts'
import { StderrAccessLogSchema, StdoutAccessLogSchema } from '../gen/envoy/extensions/access_loggers/stream/v3/stream_pb.ts'
import type { SubstitutionFormatString } from '../gen/envoy/config/core/v3/substitution_format_string_pb.ts'
import type { AccessLogConfig, AccessLogFormat } from '../types.ts'
import type { BuildContext } from './context.ts'

const STREAMS: Readonly<Record<string, AccessLogConfig['target']>> = {
  '/dev/stdout': { kind: 'stdout' },
  '/dev/stderr': { kind: 'stderr' },
}

export function buildAccessLog(config: Any | undefined, path: ConfigPath, context: BuildContext): AccessLogConfig {
  const file = unpackAs(config, FileAccessLogSchema)
  const stderr = unpackAs(config, StderrAccessLogSchema)
  const message = file ?? stderr ?? unpackAs(config, StdoutAccessLogSchema)
  const format = buildFormat(message?.accessLogFormat.value, [...path, 'log_format'], context)
  if (file !== null) return { target: STREAMS[file.path] ?? { kind: 'file', path: file.path }, format }
  return { target: { kind: stderr === null ? 'stdout' : 'stderr' }, format }
}

function buildFormat(format: SubstitutionFormatString | undefined, path: ConfigPath, context: BuildContext): AccessLogFormat {
  const choice = format?.format
  if (choice?.case === 'jsonFormat') return buildJson(choice.value, [...path, 'json_format'], context)
  if (choice?.case === 'textFormat') return buildText(choice.value, [...path, 'text_format'], context)
  if (choice?.case !== 'textFormatSource') return { kind: 'text', text: null }
  const at = [...path, 'text_format_source']
  return buildText(Buffer.from(context.bytes(choice.value, at)).toString('utf8'), at, context)
}

function buildText(text: string, path: ConfigPath, context: BuildContext): AccessLogFormat {
  context.checkFormat(() => compileText(text, ''), path)
  return { kind: 'text', text }
}

function buildJson(template: JsonObject, path: ConfigPath, context: BuildContext): AccessLogFormat {
  context.checkFormat(() => compileJson(template, ''), path)
  return { kind: 'json', template }
}
