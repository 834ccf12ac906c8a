/** What a connection manager changes in answers of its own (source/common/local_reply/local_reply.cc). */
import type { LocalRepliesConfig, ReplyMapperConfig } from '../config/types.ts'
import { type BodyFormat, compileBody } from './format/body.ts'
import type { FormatContext } from './format/context.ts'
import { type CompiledChanges, compileMutations, mutate } from './header-mutations.ts'
import { compileLogFilter, type LogFilter } from './log-filter.ts'
import { NO_MUTATIONS } from './plain-route.ts'

/** An answer as far as it can be changed, beside its headers. */
export interface MappedReply {
  readonly status: number
  readonly body: Buffer
  /** Of the body; '' = text/plain, unless a header says otherwise. */
  readonly contentType: string
}

interface Mapper {
  readonly matches: LogFilter
  readonly config: ReplyMapperConfig
  readonly changes: CompiledChanges | null
  readonly format: BodyFormat | null
}

export class LocalReplies {
  readonly #mappers: readonly Mapper[]
  readonly #format: BodyFormat | null

  constructor({ mappers, format }: LocalRepliesConfig) {
    this.#mappers = mappers.map(compileMapper)
    this.#format = format === null ? null : compileBody(format, 'body_format')
  }

  /** The first mapper that fits changes the answer, whose head is that of the stream. */
  map<Reply extends MappedReply>(reply: Reply, stream: FormatContext): Reply {
    const mapper = this.#mappers.find(({ matches }) => matches(stream))
    if (mapper?.changes != null) mutate(stream.responseHeaders!, mapper.changes, stream)
    const status = mapper?.config.status ?? reply.status
    const body = mapper?.config.body ?? reply.body
    if (status !== reply.status) setStatus(stream, status)
    const format = mapper?.format ?? this.#format
    if (format === null && mapper?.config.body == null) return { ...reply, status }
    if (format === null) return { ...reply, status, body: Buffer.from(body), contentType: 'text/plain' }
    const text = format.format(stream, Buffer.from(body).latin1Slice())
    return { ...reply, status, body: Buffer.from(text, 'latin1'), contentType: format.contentType || 'text/plain' }
  }
}

function setStatus({ info, responseHeaders }: FormatContext, status: number): void {
  info.responseCode = status
  responseHeaders!.setInPlace(':status', String(status))
}

function compileMapper(config: ReplyMapperConfig): Mapper {
  const { filter, headersToAdd, format } = config
  const mutations = compileMutations({ ...NO_MUTATIONS, responseAdd: headersToAdd })
  return {
    matches: compileLogFilter(filter),
    config,
    changes: mutations === null ? null : mutations.response,
    format: format === null ? null : compileBody(format, 'body_format_override'),
  }
}
