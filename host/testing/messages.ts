/** Requests and answers as tests write and read them. Header and body texts are byte strings unless said otherwise. */
import { HeaderMap } from '../http/header-map.ts'
import { type Joining } from '../http/names.ts'
import { unframeGrpcMessages } from '../http/grpc-decoder.ts'
import { bodyBytes, type BodyInit } from './body-bytes.ts'
import { splitBody, type ChunkPlan } from './chunks.ts'
import type { Duration } from './duration.ts'

/** Headers in order; or a record, when no name repeats. */
export type HeaderList = readonly (readonly [name: string, value: string])[]
export type HeadersInit = HeaderList | Readonly<Record<string, string>>

/** What the scripted upstream answers; also the answer to a callout. */
export interface UpstreamAnswer {
  /** Default 200. */
  readonly status?: number
  readonly headers?: HeadersInit
  /** Answered with content-length; default none. */
  readonly body?: BodyInit
  /** Answered chunked, one data event each. */
  readonly chunks?: readonly BodyInit[]
  /** Cuts `body` into the parts in which it arrives; the head is the same. */
  readonly split?: ChunkPlan
  readonly trailers?: HeadersInit
  /** Messages of gRPC: answered as such, with `grpc-status: 0` in the trailers unless others are given. */
  readonly messages?: readonly BodyInit[]
  /** The answer begins with the head of the request instead of its end. */
  readonly early?: boolean
  /** Time between the end of the request and the head of the answer. */
  readonly delay?: Duration
  /** No answer comes until the test gives it: see {@link UpstreamRequest.answer}. */
  readonly hold?: boolean
  /** `close`, `reset`: before the head; `close_in_body`: after half of the body; `hang`: no answer ever comes. */
  readonly fail?: 'close' | 'reset' | 'close_in_body' | 'hang'
}

/** Chooses the answer when the head of a request has arrived; its body may still come. */
export type Upstream = (request: UpstreamRequest) => UpstreamAnswer

/** How a held request is answered by hand. */
export interface ReplyByHand {
  answer(answer: UpstreamAnswer): void
  /** Part of an answer that goes on; the first one brings the head. */
  send(message: Buffer): void
  end(trailers: HeadersInit): void
  reset(): void
}

/** A request that arrived at a cluster, through the chain or as a callout. */
export class UpstreamRequest {
  readonly cluster: string
  readonly isCallout: boolean
  readonly method: string
  readonly path: string
  /** With `host`, without pseudo headers. */
  readonly headers: HeaderList
  /** True once the whole request is here. */
  isComplete = false
  /** Whoever sent it still waits for its answer, or for the end of it. */
  isPending = true
  trailers: HeaderList = []
  readonly #parts: Buffer[] = []
  #held: ReplyByHand | null = null

  constructor(cluster: string, headers: HeaderMap, isCallout: boolean) {
    this.cluster = cluster
    this.isCallout = isCallout
    this.method = headers.get(':method') ?? ''
    this.path = headers.get(':path') ?? ''
    this.headers = wireHeaders(headers)
  }

  get body(): Buffer {
    return Buffer.concat(this.#parts)
  }

  get text(): string {
    return this.body.latin1Slice()
  }

  /** The body as messages of gRPC, byte strings. */
  get messages(): string[] {
    return unframeGrpcMessages(this.body).map((message) => message.latin1Slice())
  }

  /** First value of a header (lower-case name), or null. */
  header(name: string): string | null {
    return firstValue(this.headers, name)
  }

  /** The answer to a request that was held (`hold`); throws for any other. */
  answer(answer: UpstreamAnswer): void {
    this.#reply().answer(answer)
  }

  /** A message of gRPC to a held call: the stream goes on. */
  send(message: BodyInit): void {
    this.#reply().send(bodyBytes(message))
  }

  /** Ends the answer of a held call of gRPC. */
  end(trailers: HeadersInit = [['grpc-status', '0']]): void {
    this.#reply().end(trailers)
  }

  /** The upstream gives a held call up. */
  reset(): void {
    this.#reply().reset()
  }

  /** Called by the cluster. */
  hold(reply: ReplyByHand): void {
    this.#held = reply
  }

  addData(bytes: Buffer): void {
    if (bytes.length > 0) this.#parts.push(bytes)
  }

  #reply(): ReplyByHand {
    if (this.#held !== null) return this.#held
    throw new Error(`${this.method} ${this.path} at ${this.cluster} is not held: wanted the answer { hold: true }`)
  }
}

/** Value of the first header with this lower-case name, or null. */
export function firstValue(headers: HeaderList, name: string): string | null {
  for (let i = 0; i < headers.length; i++) if (headers[i]![0] === name) return headers[i]![1]
  return null
}

/** The fields of a map as they stand on an HTTP/1 wire: `:authority` as `host`, other pseudo headers left out. */
export function wireHeaders(map: HeaderMap): [string, string][] {
  const list: [string, string][] = []
  const fields = map.fields
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!
    if (name.charCodeAt(0) !== 0x3a) list.push([name, fields[i + 1]!])
    else if (name === ':authority') list.push(['host', fields[i + 1]!])
  }
  return list
}

/** All fields of a map, pseudo headers included; none of null. */
export function listOf(map: HeaderMap | null): [string, string][] {
  const fields = map?.fields ?? []
  return Array.from({ length: fields.length / 2 }, (_, at) => [fields[2 * at]!, fields[2 * at + 1]!])
}

/** As a map; names become lower-case. */
export function headerMap(init: HeadersInit | undefined, joining: Joining): HeaderMap {
  const map = new HeaderMap(joining)
  if (init !== undefined) addHeaders(map, init)
  return map
}

/** Adds as a codec does: some names join, others repeat. */
export function addHeaders(map: HeaderMap, init: HeadersInit): void {
  const list = isList(init) ? init : Object.entries(init)
  for (let i = 0; i < list.length; i++) map.add(list[i]![0].toLowerCase(), list[i]![1])
}

/** The body of a message: whole, cut by a plan, or sent chunked. */
export interface BodyParts {
  readonly body?: BodyInit
  readonly split?: ChunkPlan
  readonly chunks?: readonly BodyInit[]
}

/**
 * A body in the parts in which the HTTP/1 codec delivers it: the bytes as they came, then the end as an empty part of
 * its own, unless trailers (or a failure) end the message. A body of length 0 has no part at all, a chunked one has its end.
 */
export function bodyParts({ body, split, chunks }: BodyParts, hasOwnEnd: boolean): Buffer[] {
  const whole = body === undefined ? [] : split === undefined ? [bodyBytes(body)] : splitBody(body, split)
  const parts = (chunks?.map(bodyBytes) ?? whole).filter((part) => part.length > 0)
  if (!hasOwnEnd && (chunks !== undefined || parts.length > 0)) parts.push(Buffer.alloc(0))
  return parts
}

export function sizeOf(parts: readonly Buffer[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0)
}

function isList(init: HeadersInit): init is HeaderList {
  return Array.isArray(init)
}
