/** Asks by a call of `grpc.health.v1.Health.Check` (source/extensions/health_checkers/grpc/health_checker_impl.cc). */
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire'
import type { GrpcProbeConfig } from '../../config/types.ts'
import type { ClientStream } from '../../http/codec.ts'
import { frameGrpcMessage, GrpcDecoder } from '../../http/grpc-decoder.ts'
import { HeaderMap } from '../../http/header-map.ts'
import { compileChanges, type CompiledChanges } from '../../route/header-mutations.ts'
import { keep } from '../../socket/read-buffer.ts'
import type { Clock } from '../../util/clock.ts'
import type { Connector } from '../connector.ts'
import { USER_AGENT } from './http-probe.ts'
import type { ProbeOwner, ProbeTarget } from './probe.ts'
import { changeHeaders } from './probe-headers.ts'
import { StreamProbe } from './stream-probe.ts'

/** `HealthCheckResponse.ServingStatus`. */
const SERVING = 1
/** A status takes two bytes; an endpoint that has so much more to say is not listened to. */
const MAX_MESSAGE_BYTES = 64 * 1024
/** The field of both messages. */
const FIELD = 1

/** What all endpoints of a cluster are asked. */
export class GrpcQuestion {
  readonly isReused: boolean
  readonly body: Buffer
  readonly #config: GrpcProbeConfig
  readonly #timeout: number
  readonly #clock: Clock
  readonly #changes: CompiledChanges

  /** `timeout`: milliseconds, told to the server. */
  constructor(config: GrpcProbeConfig, timeout: number, isReused: boolean, clock: Clock) {
    this.#config = config
    this.#timeout = timeout
    this.isReused = isReused
    this.#clock = clock
    this.#changes = compileChanges(config.metadata, [])
    this.body = frameGrpcMessage(encodeRequest(config.service))
  }

  /** The head of the call. */
  head({ destination, hostname }: ProbeTarget): HeaderMap {
    const headers = new HeaderMap()
    headers.push(':method', 'POST')
    headers.push(':scheme', destination.tls !== null ? 'https' : 'http')
    headers.push(':authority', hostname === '' ? this.#config.authority : hostname)
    headers.push(':path', '/grpc.health.v1.Health/Check')
    headers.push('content-type', 'application/grpc')
    headers.push('te', 'trailers')
    headers.push('user-agent', USER_AGENT)
    changeHeaders(headers, this.#changes, 'HTTP/2', this.#clock)
    headers.set('grpc-timeout', `${this.#timeout}m`)
    return headers
  }
}

export class GrpcProbe extends StreamProbe {
  readonly #question: GrpcQuestion
  #decoder = new GrpcDecoder(MAX_MESSAGE_BYTES)
  /** What the server says of itself; -1 = nothing yet. */
  #status = -1

  constructor(question: GrpcQuestion, connector: Connector, target: ProbeTarget, owner: ProbeOwner) {
    super(connector, target, question.isReused, owner)
    this.#question = question
  }

  cancel(): void {
    this.#forget()
    this.endAnswer(false)
  }

  write(stream: ClientStream): void {
    const { body } = this.#question
    stream.head(this.#question.head(this.target), false)
    stream.data(body, 0, body.length, true)
  }

  /** A head that ends the call is no answer, whatever status it carries. */
  head(headers: HeaderMap, endStream: boolean): void {
    if (endStream || headers.get(':status') !== '200' || !isGrpc(headers)) this.#end(false, endStream)
  }

  data(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (endStream) return this.#end(false, true)
    const messages = this.#decoder.decode(keep(bytes, start, end))
    if (typeof messages === 'string') return this.#end(false, false)
    for (const message of messages.filter(({ length }) => length > 0)) {
      const status = this.#status < 0 ? decodeResponse(message) : null
      if (status === null) return this.#end(false, false)
      this.#status = status
    }
  }

  trailers(trailers: HeaderMap): void {
    this.#end(trailers.get('grpc-status') === '0' && this.#status === SERVING, true)
  }

  override onReset(): void {
    this.#forget()
    super.onReset()
  }

  #end(isServing: boolean, isComplete: boolean): void {
    this.#forget()
    this.endAnswer(isComplete)
    if (isServing) this.owner.onPass(false)
    else this.owner.onFail('answer', false)
  }

  #forget(): void {
    this.#decoder = new GrpcDecoder(MAX_MESSAGE_BYTES)
    this.#status = -1
  }
}

function isGrpc(headers: HeaderMap): boolean {
  return /^application\/grpc(\+|$)/.test(headers.get('content-type') ?? '')
}

/** `HealthCheckRequest` with the name of a service. */
function encodeRequest(service: string): Buffer {
  if (service === '') return Buffer.alloc(0)
  return Buffer.from(new BinaryWriter().tag(FIELD, 2).string(service).finish())
}

/** The status in a `HealthCheckResponse`; null = it is none. */
function decodeResponse(message: Buffer): number | null {
  try {
    let status = 0
    const reader = new BinaryReader(message)
    while (reader.pos < reader.len) {
      const [field, type] = reader.tag()
      if (field === FIELD && type === 0) status = reader.int32()
      else reader.skip(type)
    }
    return status
  } catch {
    return null
  }
}
