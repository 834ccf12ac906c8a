/** Formats of lines and bodies. They are only checked here: whoever writes them compiles them. */
import type { JsonObject } from '@bufbuild/protobuf'
import { compileJson } from '../../route/format/json.ts'
import { compileText } from '../../route/format/text.ts'
import { utf8ByteString } from '../../util/bytes.ts'
import type { ConfigPath } from '../path.ts'
import type { SubstitutionFormatString } from '../gen/envoy/config/core/v3/substitution_format_string_pb.ts'
import type { AccessLogFormat, BodyFormatConfig } from '../types.ts'
import type { BuildContext } from './context.ts'

interface TextFormatConfig {
  readonly kind: 'text'
  readonly text: string
}

interface JsonFormatConfig {
  readonly kind: 'json'
  readonly template: JsonObject
}

/** `path` leads to the message. */
export function buildFormat(
  format: SubstitutionFormatString | undefined,
  path: ConfigPath,
  context: BuildContext,
): AccessLogFormat {
  const choice = format?.format
  const omitsEmpty = format?.omitEmptyValues ?? false
  if (choice?.case === 'jsonFormat') return { ...buildJson(choice.value, [...path, 'json_format'], context), omitsEmpty }
  if (choice?.case === 'textFormat') return { ...buildText(choice.value, [...path, 'text_format'], context), omitsEmpty }
  if (choice?.case !== 'textFormatSource') return { kind: 'text', text: null, omitsEmpty }
  const at = [...path, 'text_format_source']
  return { ...buildText(Buffer.from(context.bytes(choice.value, at)).toString('utf8'), at, context), omitsEmpty }
}

export function buildBodyFormat(
  format: SubstitutionFormatString | undefined,
  path: ConfigPath,
  context: BuildContext,
): BodyFormatConfig | null {
  if (format === undefined) return null
  return { format: toBytes(buildFormat(format, path, context)), contentType: utf8ByteString(format.contentType) }
}

/** The texts of a format as byte strings. */
function toBytes(format: AccessLogFormat): AccessLogFormat {
  if (format.kind === 'text') return { ...format, text: format.text === null ? null : utf8ByteString(format.text) }
  return { ...format, template: JSON.parse(utf8ByteString(JSON.stringify(format.template))) }
}

function buildText(text: string, path: ConfigPath, context: BuildContext): TextFormatConfig {
  context.checkFormat(() => compileText(text, ''), path)
  return { kind: 'text', text }
}

function buildJson(template: JsonObject, path: ConfigPath, context: BuildContext): JsonFormatConfig {
  context.checkFormat(() => compileJson(template, ''), path)
  return { kind: 'json', template }
}
