/** From what a table writes to what upstream and client of the tests send. */
import type { ClientRequest } from '../support/client.ts'
import type { Answer } from '../support/upstream.ts'
import { parseDuration } from '../../host/testing/duration.ts'
import type { Pair, RequestStep, Script } from './table.ts'
import { fillPlaceholders, textBytes } from './text.ts'

/** The scripted answer; without a script 200 and no body. */
export function answerOf(script: Script = {}): Answer {
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
