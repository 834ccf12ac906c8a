/** Pieces that several chapters share. */
import { call, root, stream, type Call } from '../script.ts'
import { always, inTurn, scenario, type KitAnswer, type KitRequest, type Scenario } from '../scenario.ts'
import type { KitPhase } from '../phases.ts'

/** A request and an answer that lead through every callback of an HTTP stream. */
export const WHOLE_REQUEST: KitRequest = { method: 'POST', chunks: ['abcdef'], trailers: [['x-t', 'request']] }
export const WHOLE_ANSWER: KitAnswer = { chunks: ['uvwxyz'], trailers: [['x-t', 'response']] }

/** The same in pieces. */
export const IN_PIECES = {
  request: { ...WHOLE_REQUEST, chunks: ['abc', 'def'] },
  upstream: { ...WHOLE_ANSWER, chunks: ['uvw', 'xyz'] },
}

/** The same calls in every callback of an HTTP stream, in body callbacks at the first chunk only. */
export function inEveryPhase(id: string, calls: readonly Call[], more: Partial<Scenario> = {}): Scenario {
  const section = always(calls)
  return scenario(id, {
    request: WHOLE_REQUEST,
    upstream: WHOLE_ANSWER,
    script: {
      context_create: section,
      request_headers: section,
      request_body: inTurn(calls),
      request_trailers: section,
      response_headers: section,
      response_body: inTurn(calls),
      response_trailers: section,
      log: section,
      done: section,
      delete: section,
    },
    ...more,
  })
}

/** A stream that pauses in its request headers after `calls`, and goes on after `later` in another callback. */
export function paused(
  id: string,
  calls: readonly Call[],
  phase: KitPhase,
  later: readonly Call[],
  more: Partial<Scenario> = {},
): Scenario {
  return scenario(id, {
    script: {
      request_headers: always(calls, 1),
      [phase]: inTurn([...later, call('proxy_set_effective_context', stream), ...CONTINUE_REQUEST]),
    },
    ...more,
  })
}

/** Continues the request of the effective context, in the words of each version. */
export const CONTINUE_REQUEST: readonly Call[] = [call('proxy_continue_stream', 0), call('proxy_continue_request')]

/** Continues the response. */
export const CONTINUE_RESPONSE: readonly Call[] = [call('proxy_continue_stream', 1), call('proxy_continue_response')]

/** A tick soon, once. */
export const TICK = call('proxy_set_tick_period_milliseconds', 20)
export const NO_TICK = call('proxy_set_tick_period_milliseconds', 0)

/** Switches to the root context. */
export const AS_ROOT = call('proxy_set_effective_context', root)
