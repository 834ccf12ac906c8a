/** A scripted answer in the form in which a client codec delivers it. */
import { HeaderMap } from '../http/header-map.ts'
import { parseDuration } from './duration.ts'
import { addHeaders, bodyParts, headerMap, type UpstreamAnswer } from './messages.ts'

export interface ScriptedAnswer {
  readonly delayMillis: number
  readonly fail: UpstreamAnswer['fail'] | null
  readonly head: HeaderMap
  readonly parts: readonly Buffer[]
  readonly trailers: HeaderMap | null
}

/** For the answer to a HEAD request the length is named and no body follows. */
export function scriptAnswer(answer: UpstreamAnswer, method: string): ScriptedAnswer {
  const { status = 200, headers, body, chunks, trailers, delay, fail } = answer
  const isChunked = chunks !== undefined || trailers !== undefined
  // An upstream that fails within the body never sends its end.
  const hasOwnEnd = trailers !== undefined || fail === 'close_in_body'
  const parts = bodyParts(chunks ?? (body === undefined ? [] : [body]), chunks !== undefined, hasOwnEnd)
  const head = new HeaderMap()
  head.push(':status', String(status))
  if (headers !== undefined) addHeaders(head, headers)
  if (isChunked) head.push('transfer-encoding', 'chunked')
  else if (status >= 200 && status !== 204 && status !== 304) head.push('content-length', String(parts[0]?.length ?? 0))
  return {
    delayMillis: delay === undefined ? 0 : parseDuration(delay),
    fail: fail ?? null,
    head,
    parts: method === 'HEAD' ? [] : parts,
    trailers: trailers === undefined || method === 'HEAD' ? null : headerMap(trailers),
  }
}
