/** Access logs. */
import type { Any } from '@bufbuild/protobuf/wkt'
import { unpackAs } from '../any.ts'
import type { ConfigPath } from '../path.ts'
import type { AccessLog } from '../gen/envoy/config/accesslog/v3/accesslog_pb.ts'
import { FileAccessLogSchema } from '../gen/envoy/extensions/access_loggers/file/v3/file_pb.ts'
import { StderrAccessLogSchema, StdoutAccessLogSchema } from '../gen/envoy/extensions/access_loggers/stream/v3/stream_pb.ts'
import { WasmAccessLogSchema } from '../gen/envoy/extensions/access_loggers/wasm/v3/wasm_pb.ts'
import type { AccessLogConfig, PluginConfig } from '../types.ts'
import type { BuildContext } from './context.ts'
import { buildFormat } from './format.ts'
import { buildPlugin, type PluginScope } from './plugin.ts'

const STREAMS: Readonly<Record<string, AccessLogConfig['target']>> = {
  '/dev/stdout': { kind: 'stdout' },
  '/dev/stderr': { kind: 'stderr' },
}

/** The logs that are lines of text. */
export function buildAccessLogs(logs: readonly AccessLog[], path: ConfigPath, context: BuildContext): AccessLogConfig[] {
  return logs.flatMap(({ configType: { value } }, index) =>
    unpackAs(value, WasmAccessLogSchema) === null ? [buildAccessLog(value, [...path, index, 'typed_config'], context)] : [],
  )
}

/** The logs that are plugins. */
export function buildLogPlugins(
  logs: readonly AccessLog[],
  scope: PluginScope,
  path: ConfigPath,
  context: BuildContext,
): PluginConfig[] {
  return logs.flatMap(({ configType: { value } }, index) => {
    const plugin = unpackAs(value, WasmAccessLogSchema)?.config
    return plugin === undefined ? [] : [buildPlugin(plugin, scope, [...path, index, 'typed_config', 'config'], context)]
  })
}

function buildAccessLog(config: Any | undefined, path: ConfigPath, context: BuildContext): AccessLogConfig {
  const file = unpackAs(config, FileAccessLogSchema)
  const stderr = unpackAs(config, StderrAccessLogSchema)
  const message = file ?? stderr ?? unpackAs(config, StdoutAccessLogSchema)
  const format = buildFormat(message?.accessLogFormat.value, [...path, 'log_format'], context)
  if (file !== null) return { target: STREAMS[file.path] ?? { kind: 'file', path: file.path }, format }
  return { target: { kind: stderr === null ? 'stdout' : 'stderr' }, format }
}
