/** From what a table writes to what upstream and client send. */
import { parseDuration } from '../duration.ts'
import type { Pair, RequestStep, AnswerScript } from './table.ts'
import { fillPlaceholders, textBytes } from './text.ts'

/** An answer; texts are byte strings, times milliseconds. */
export interface ScriptedMessage {
  readonly status: number
  readonly headers: readonly Pair[]
  /** Sent with content-length when there are no chunks and no trailers. */
  readonly body: string
  /** Null = not chunked. */
  readonly chunks: readonly string[] | null
  readonly trailers: readonly Pair[]
  /** Messages of gRPC, framed by the upstream; null = none. Only for HTTP/2. */
  readonly messages: readonly string[] | null
  /** The answer begins with the head of the request, not with its end. Only for HTTP/2. */
  readonly early: boolean
  readonly delayMillis: number
  /** `close` and `reset` act before the head, `close_in_body` after half the body, `hang` never answers. */
  readonly fail: 'close' | 'reset' | 'close_in_body' | 'hang' | null
}

export const EMPTY_ANSWER: ScriptedMessage = {
  status: 200,
  headers: [],
  body: '',
  chunks: null,
  trailers: [],
  messages: null,
  early: false,
  delayMillis: 0,
  fail: null,
}

/** Texts are byte strings. */
export interface ClientRequest {
  /** The client's own address. */
  readonly from: string
  readonly method: string
  readonly path: string
  readonly headers: readonly Pair[]
  /** '' = none, unless `headers` name a length. */
  readonly body: string
  /** Null = not chunked. */
  readonly chunks: readonly string[] | null
  readonly trailers: readonly Pair[]
  /** Closes the connection so many milliseconds after the request; null = waits for the answer. */
  readonly abortMillis: number | null
}

/** The scripted answer; without a script 200 and no body. */
export function answerOf(script: AnswerScript = {}): ScriptedMessage {
  return {
    status: script.status ?? 200,
    headers: (script.headers ?? []).map(pairBytes),
    body: textBytes(script.body ?? ''),
    chunks: script.chunks === undefined ? null : script.chunks.map(textBytes),
    trailers: (script.trailers ?? []).map(pairBytes),
    messages: script.messages === undefined ? null : script.messages.map(textBytes),
    early: script.early ?? false,
    delayMillis: script.delay === undefined ? 0 : parseDuration(script.delay),
    fail: script.fail ?? null,
  }
}

/** The request with its placeholders filled. */
export function requestOf(step: RequestStep, listener: string, clusters: ReadonlyMap<string, string>): ClientRequest {
  const fill = ([name, value]: Pair): Pair => pairBytes([name, fillPlaceholders(value, listener, clusters)])
  return {
    from: step.from ?? '127.0.0.1',
    method: step.method ?? 'GET',
    path: textBytes(step.path ?? '/'),
    headers: (step.headers ?? []).map(fill),
    body: textBytes(step.body ?? ''),
    chunks: step.chunks === undefined ? null : step.chunks.map(textBytes),
    trailers: (step.trailers ?? []).map(fill),
    abortMillis: step.abort_after === undefined ? null : parseDuration(step.abort_after),
  }
}

function pairBytes([name, value]: Pair): Pair {
  return [textBytes(name), textBytes(value)]
}
