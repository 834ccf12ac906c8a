/** Access logs. */
import type { Any } from '@bufbuild/protobuf/wkt'
import { unpackAs } from '../any.ts'
import type { ConfigPath } from '../path.ts'
import type { AccessLog, AccessLogFilter } from '../gen/envoy/config/accesslog/v3/accesslog_pb.ts'
import { FileAccessLogSchema } from '../gen/envoy/extensions/access_loggers/file/v3/file_pb.ts'
import { StderrAccessLogSchema, StdoutAccessLogSchema } from '../gen/envoy/extensions/access_loggers/stream/v3/stream_pb.ts'
import { WasmAccessLogSchema } from '../gen/envoy/extensions/access_loggers/wasm/v3/wasm_pb.ts'
import type { AccessLogConfig, PluginConfig } from '../types.ts'
import type { BuildContext } from './context.ts'
import { buildFormat } from './format.ts'
import { buildLogFilter } from './log-filter.ts'
import { buildPlugin, type PluginScope } from './plugin.ts'

const STREAMS: Readonly<Record<string, AccessLogConfig['target']>> = {
  '/dev/stdout': { kind: 'stdout' },
  '/dev/stderr': { kind: 'stderr' },
}

/** The logs that are lines of text. */
export function buildAccessLogs(logs: readonly AccessLog[], path: ConfigPath, context: BuildContext): AccessLogConfig[] {
  return logs.flatMap(({ configType: { value }, filter }, index) =>
    unpackAs(value, WasmAccessLogSchema) === null ? [buildAccessLog(value, filter, [...path, index], context)] : [],
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

/** `path` leads to the log. */
function buildAccessLog(
  config: Any | undefined,
  filter: AccessLogFilter | undefined,
  path: ConfigPath,
  context: BuildContext,
): AccessLogConfig {
  const file = unpackAs(config, FileAccessLogSchema)
  const stderr = unpackAs(config, StderrAccessLogSchema)
  const message = file ?? stderr ?? unpackAs(config, StdoutAccessLogSchema)
  return {
    target: file === null ? { kind: stderr === null ? 'stdout' : 'stderr' } : fileTarget(file.path),
    format: buildFormat(message?.accessLogFormat.value, [...path, 'typed_config', 'log_format'], context),
    filter: buildLogFilter(filter, [...path, 'filter'], context),
  }
}

function fileTarget(path: string): AccessLogConfig['target'] {
  return STREAMS[path] ?? { kind: 'file', path }
}
