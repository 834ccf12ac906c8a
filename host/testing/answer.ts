/** A scripted answer in the form in which a client codec delivers it. */
import { frameGrpcMessage } from '../http/grpc-decoder.ts'
import { HeaderMap } from '../http/header-map.ts'
import { NameFlag } from '../http/names.ts'
import { parseDuration } from './duration.ts'
import { bodyBytes, type BodyInit } from './body-bytes.ts'
import { addHeaders, bodyParts, headerMap, sizeOf, type UpstreamAnswer } from './messages.ts'

export interface ScriptedAnswer {
  readonly delayMillis: number
  readonly isEarly: boolean
  readonly isHeld: boolean
  readonly fail: UpstreamAnswer['fail'] | null
  readonly head: HeaderMap
  readonly parts: readonly Buffer[]
  readonly trailers: HeaderMap | null
}

/** The script of an answer; for the answer to a HEAD request the length is named and no body follows. */
export function scriptAnswer(answer: UpstreamAnswer, method: string, isHttp2: boolean): ScriptedAnswer {
  return answer.messages === undefined ? scriptHttp(answer, method, isHttp2) : scriptGrpc(answer, answer.messages)
}

/** Over HTTP/2: no chunking, no length. */
function scriptGrpc(answer: UpstreamAnswer, messages: readonly BodyInit[]): ScriptedAnswer {
  const head = new HeaderMap(NameFlag.JoinsInResponse)
  head.push(':status', String(answer.status ?? 200))
  const given = headerMap(answer.headers, NameFlag.JoinsInResponse)
  if (!given.has('content-type')) head.push('content-type', 'application/grpc')
  addHeaders(head, answer.headers ?? [])
  return {
    delayMillis: answer.delay === undefined ? 0 : parseDuration(answer.delay),
    isEarly: answer.early ?? false,
    isHeld: answer.hold ?? false,
    fail: answer.fail ?? null,
    head,
    parts: messages.map((message) => frameGrpcMessage(bodyBytes(message))),
    trailers: headerMap(answer.trailers ?? [['grpc-status', '0']], NameFlag.JoinsInTrailers),
  }
}

function scriptHttp(answer: UpstreamAnswer, method: string, isHttp2: boolean): ScriptedAnswer {
  const { status = 200, headers, chunks, trailers, delay, fail } = answer
  const isChunked = chunks !== undefined || trailers !== undefined
  // An upstream that fails within the body never sends its end.
  const hasOwnEnd = trailers !== undefined || fail === 'close_in_body'
  const parts = bodyParts(answer, hasOwnEnd)
  const head = new HeaderMap(NameFlag.JoinsInResponse)
  head.push(':status', String(status))
  if (headers !== undefined) addHeaders(head, headers)
  const length = sizeOf(parts)
  if (isHttp2) {
    if (!isChunked && length > 0) head.push('content-length', String(length))
  } else if (isChunked) head.push('transfer-encoding', 'chunked')
  else if (status >= 200 && status !== 204 && status !== 304) head.push('content-length', String(length))
  return {
    delayMillis: delay === undefined ? 0 : parseDuration(delay),
    isEarly: answer.early ?? false,
    isHeld: answer.hold ?? false,
    fail: fail ?? null,
    head,
    parts: method === 'HEAD' ? [] : parts,
    trailers: trailers === undefined || method === 'HEAD' ? null : headerMap(trailers, NameFlag.JoinsInTrailers),
  }
}
