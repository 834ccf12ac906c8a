/**
 * A trace as JSON. Messages have the shape of `envoy.data.tap.v3.HttpBufferedTrace.Message`; texts are byte strings, one
 * character per byte.
 */
import { BufferType, MapType, MetricType, Status, StreamType } from '../abi/enums.ts'
import type { CallValue } from '../hostcalls/call-values.ts'
import type { StreamInfo } from '../http/stream-info.ts'
import { flagNames } from '../route/format/response-flags.ts'
import { LOG_LEVELS } from '../util/logger.ts'
import type { MessageTrace } from './message-trace.ts'
import { isSecret, MASKED, Secrets } from './secrets.ts'
import type { AttemptTrace, CallbackTrace, CalloutTrace, HostcallTrace, StreamTrace } from './stream-trace.ts'

export interface HeaderJson {
  readonly key: string
  readonly value: string
}

/** Printable ASCII as it is, all else in base64. */
export interface BodyJson {
  readonly as_string?: string
  readonly as_bytes?: string
  readonly truncated?: true
  /** Sizes of the parts in which it came, when there were several. */
  readonly chunks?: readonly number[]
}

export interface MessageJson {
  /** Absent when no head came. */
  readonly headers?: readonly HeaderJson[]
  /** Absent without a body. */
  readonly body?: BodyJson
  readonly trailers?: readonly HeaderJson[]
  readonly at_us?: number
  /** Why the message did not come to its end. */
  readonly reset?: string
}

export interface AttemptJson {
  readonly cluster: string
  readonly address?: string
  /** Of a callout: the plugin that made it. */
  readonly filter?: string
  readonly request: MessageJson
  readonly response: MessageJson
}

export interface CallbackJson {
  readonly at_us: number
  readonly duration_us: number
  readonly filter: string
  readonly root_id: string
  readonly context_id: number
  readonly callback: string
  readonly arguments: readonly number[]
  readonly result?: number
  readonly trap?: string
  readonly hostcalls: readonly {
    readonly name: string
    readonly arguments: readonly unknown[]
    readonly status: string
    readonly results?: readonly unknown[]
    readonly duration_us: number
  }[]
}

/** One line of `/tap`. */
export interface TraceJson {
  readonly listener: string
  readonly worker: number
  readonly start_time: string
  readonly duration_us: number
  readonly protocol: string
  readonly downstream: { readonly remote_address: string; readonly local_address: string; readonly connection_id: number }
  readonly virtual_host: string
  readonly route: string
  readonly cluster: string
  readonly response_code: number
  readonly response_code_details: string
  readonly response_flags: string
  /** Secrets stand in it as they were. */
  readonly unmasked?: true
  /** Callbacks, hostcalls and requests that were too many to be kept. */
  readonly dropped?: number
  /** What the client sent and saw. */
  readonly request: MessageJson
  readonly response: MessageJson
  /** What upstreams saw and sent. */
  readonly upstream: readonly AttemptJson[]
  readonly callouts: readonly AttemptJson[]
  readonly callbacks: readonly CallbackJson[]
}

/** Longer texts in arguments and results are cut. */
const MAX_SHOWN = 512

const TEXT = /^[\t\r\n\x20-\x7e]*$/
const ENUMS: Readonly<Record<string, ReadonlyMap<number, string>>> = {
  m: namesOf(MapType),
  b: namesOf(BufferType),
  k: namesOf(MetricType),
  t: namesOf(StreamType),
  l: new Map(LOG_LEVELS.map((level, at) => [at, level])),
}
const STATUSES = namesOf(Status)

/** Once the stream has ended. */
export function traceJson(trace: StreamTrace, info: StreamInfo, worker: number, isUnmasked: boolean): TraceJson {
  return new TraceWriter(isUnmasked ? null : secretsOf(trace)).write(trace, info, worker)
}

function secretsOf(trace: StreamTrace): Secrets {
  const secrets = new Secrets()
  for (const { request, response } of [trace, ...trace.upstream, ...trace.callouts]) {
    for (const fields of [request.headers, response.headers]) if (fields !== null) secrets.learn(fields)
  }
  return secrets
}

class TraceWriter {
  /** Null = nothing is hidden. */
  readonly #secrets: Secrets | null

  constructor(secrets: Secrets | null) {
    this.#secrets = secrets
  }

  write(trace: StreamTrace, info: StreamInfo, worker: number): TraceJson {
    const { remoteAddress, localAddress, id } = info.connection
    return {
      listener: trace.listener,
      worker,
      start_time: new Date(info.startWallMillis).toISOString(),
      duration_us: micros(trace.now()),
      protocol: info.protocol,
      downstream: { remote_address: remoteAddress, local_address: localAddress, connection_id: id },
      virtual_host: info.virtualHostName,
      route: info.routeName,
      cluster: info.clusterName,
      response_code: info.responseCode,
      response_code_details: info.responseCodeDetails,
      response_flags: flagNames(info.responseFlags) ?? '-',
      ...(this.#secrets === null ? { unmasked: true } : {}),
      ...(trace.dropped > 0 ? { dropped: trace.dropped } : {}),
      request: this.#message(trace.request),
      response: this.#message(trace.response),
      upstream: trace.upstream.map((attempt) => this.#attempt(attempt)),
      callouts: trace.callouts.map((callout) => this.#callout(callout)),
      callbacks: trace.callbacks.map((callback) => this.#callback(callback)),
    }
  }

  #attempt({ cluster, address, request, response }: AttemptTrace): AttemptJson {
    return { cluster, address, request: this.#message(request), response: this.#message(response) }
  }

  #callout({ filter, cluster, request, response }: CalloutTrace): AttemptJson {
    return { filter, cluster, request: this.#message(request), response: this.#message(response) }
  }

  #message(message: MessageTrace): MessageJson {
    const { headers, trailers, size, isComplete, reset, atMicros } = message
    return {
      ...(headers === null ? {} : { at_us: micros(atMicros), headers: this.#fields(headers) }),
      ...(size === 0 ? {} : { body: this.#body(message) }),
      ...(trailers === null ? {} : { trailers: this.#fields(trailers) }),
      ...(isComplete || reset === '' ? {} : { reset }),
    }
  }

  #body({ body, isTruncated, parts }: MessageTrace): BodyJson {
    const text = body.latin1Slice()
    const isText = TEXT.test(text)
    return {
      ...(isText ? { as_string: this.#mask(text) } : { as_bytes: Buffer.from(this.#mask(text), 'latin1').toString('base64') }),
      ...(isTruncated ? { truncated: true } : {}),
      ...(parts.length > 1 ? { chunks: parts } : {}),
    }
  }

  #fields(fields: readonly string[]): HeaderJson[] {
    const shown = this.#secrets === null ? fields : this.#secrets.maskFields(fields)
    return Array.from({ length: shown.length / 2 }, (_, at) => ({ key: shown[2 * at]!, value: shown[2 * at + 1]! }))
  }

  #callback(callback: CallbackTrace): CallbackJson {
    const { atMicros, filter, rootId, contextId, name, args, hostcalls, result, trap } = callback
    return {
      at_us: micros(atMicros),
      duration_us: micros(callback.micros),
      filter,
      root_id: rootId,
      context_id: contextId,
      callback: name,
      arguments: args,
      ...(result === null ? {} : { result }),
      ...(trap === '' ? {} : { trap }),
      hostcalls: hostcalls.map((hostcall) => this.#hostcall(hostcall)),
    }
  }

  #hostcall({ name, values: { inputs, outputs }, status, micros: took }: HostcallTrace): CallbackJson['hostcalls'][number] {
    // What follows the name of a secret header is its value.
    const hides =
      this.#secrets !== null && inputs.some(({ kind, value }) => kind === 's' && isSecret(String(value).toLowerCase()))
    const values = inputs.map((input, at) => (hides && at > 1 && input.kind === 's' ? MASKED : this.#value(input)))
    return {
      name,
      arguments: values,
      status: (name.startsWith('proxy_') ? STATUSES.get(status) : undefined) ?? String(status),
      ...(outputs.length === 0 ? {} : { results: outputs.map((output) => (hides ? MASKED : this.#value(output))) }),
      duration_us: micros(took),
    }
  }

  #value({ kind, value }: CallValue): unknown {
    if (value === undefined) return '(outside of memory)'
    if (typeof value === 'string') return this.#text(value)
    if (typeof value === 'bigint') return String(value)
    if (typeof value === 'number') return ENUMS[kind]?.get(value) ?? value
    return value === null ? null : this.#fields(value)
  }

  #text(text: string): string {
    const masked = this.#mask(text)
    return masked.length <= MAX_SHOWN ? masked : `${masked.slice(0, MAX_SHOWN)}… (${masked.length} bytes)`
  }

  #mask(text: string): string {
    return this.#secrets === null ? text : this.#secrets.mask(text)
  }
}

function namesOf(numbers: Readonly<Record<string, number>>): ReadonlyMap<number, string> {
  return new Map(Object.entries(numbers).map(([name, number]) => [number, name]))
}

/** Tenths are as fine as the clock. */
function micros(value: number): number {
  return Math.round(value * 10) / 10
}
