/** Changes of answers that the proxy makes itself. */
import type { ConfigPath } from '../path.ts'
import type {
  LocalReplyConfig,
  ResponseMapper,
} from '../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts'
import type { LocalRepliesConfig, ReplyMapperConfig } from '../types.ts'
import type { BuildContext } from './context.ts'
import { buildBodyFormat } from './format.ts'
import { buildAdditions } from './headers.ts'
import { buildLogFilter } from './log-filter.ts'

/** `path` leads to the message. */
export function buildLocalReplies(
  config: LocalReplyConfig | undefined,
  path: ConfigPath,
  context: BuildContext,
): LocalRepliesConfig | null {
  if (config === undefined) return null
  const mappers = config.mappers.map((mapper, index) => buildMapper(mapper, [...path, 'mappers', index], context))
  return { mappers, format: buildBodyFormat(config.bodyFormat, [...path, 'body_format'], context) }
}

function buildMapper(mapper: ResponseMapper, path: ConfigPath, context: BuildContext): ReplyMapperConfig {
  const { filter, statusCode, body, bodyFormatOverride, headersToAdd } = mapper
  return {
    filter: buildLogFilter(filter, [...path, 'filter'], context) ?? { kind: 'any' },
    status: statusCode ?? null,
    body: body === undefined ? null : context.bytes(body, [...path, 'body']),
    format: buildBodyFormat(bodyFormatOverride, [...path, 'body_format_override'], context),
    headersToAdd: buildAdditions(headersToAdd, [...path, 'headers_to_add'], context),
  }
}
