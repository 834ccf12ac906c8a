/** Pausing, continuing, closing and answering streams. */
import { call, deadly, fields, outside, text, type Call } from '../script.ts'
import { always, inTurn, scenario, type Chapter, type Scenario } from '../scenario.ts'
import {
  CONTINUE_REQUEST,
  CONTINUE_RESPONSE,
  IN_PIECES,
  inEveryPhase,
  NO_TICK,
  paused,
  TICK,
  WHOLE_ANSWER,
  WHOLE_REQUEST,
} from './common.ts'
import type { KitPhase } from '../phases.ts'

const NO_FIELDS = [0, 0] as const

/** A reply with this status and body. */
function reply(status: number, body: string, more: readonly string[] = [], grpc = -1, details = 'kit'): Call {
  return call('proxy_send_local_response', status, details, body, ...(more.length === 0 ? NO_FIELDS : [fields(...more)]), grpc)
}

/** A stream that is answered in this callback. */
function repliedIn(phase: KitPhase, more: Partial<Scenario> = {}): Scenario {
  return scenario(`reply-in-${phase.replace('_', '-')}`, {
    request: WHOLE_REQUEST,
    upstream: WHOLE_ANSWER,
    script: { [phase]: inTurn([reply(418, 'tea', ['x-a', '1'])]) },
    ...more,
  })
}

const statuses = [200, 204, 304, 400, 404, 413, 429, 503, 599]
const ODD_STATUSES = [600, 65536 + 429]
const grpcRequest = { method: 'POST', headers: [['content-type', 'application/grpc'] as const], chunks: ['x'] }

/** Pauses a direction in one callback and continues it from a tick. */
function continuedLater(
  id: string,
  pausing: KitPhase,
  result: number,
  then: readonly Call[],
  more: Partial<Scenario> = {},
): Scenario {
  return scenario(id, {
    request: WHOLE_REQUEST,
    upstream: WHOLE_ANSWER,
    script: {
      [pausing]: inTurn({ occurrence: 1, calls: [TICK], result }),
      tick: inTurn([call('proxy_set_effective_context', { kind: 'stream' }), ...then, NO_TICK]),
    },
    waitMillis: 60,
    ...more,
  })
}

/** The first of these callbacks returns an odd action; the next one, if any, goes on. */
function returning(phase: KitPhase, result: number): Scenario {
  return scenario(`${phase.replace('_', '-')}-returns-${result}`, {
    ...IN_PIECES,
    script: { [phase]: inTurn({ occurrence: 1, calls: [], result }) },
  })
}

const phases: readonly KitPhase[] = ['request_body', 'request_trailers', 'response_headers', 'response_body', 'response_trailers']
const crash = 'Envoy calls on_log again and again until its stack ends'

export const streams: Chapter = {
  name: 'streams',
  scenarios: [
    inEveryPhase(
      'types',
      [2, 3, 4, -1].flatMap((type) => [call('proxy_continue_stream', type), call('proxy_close_stream', type)]),
    ),
    scenario('clear-route-cache', {
      script: { request_headers: always([call('proxy_clear_route_cache')]), log: always([call('proxy_clear_route_cache')]) },
    }),
    scenario('continue-in-callback', {
      script: { request_headers: always([...CONTINUE_REQUEST, call('proxy_get_header_map_value', 0, ':path', text)], 1) },
    }),
    scenario('continue-response-early', {
      script: {
        request_headers: always(CONTINUE_RESPONSE.map((one) => deadly('Envoy dies of a response that is not there', 0, one))),
      },
    }),
    scenario('continue-in-log', { script: { log: always([...CONTINUE_REQUEST, ...CONTINUE_RESPONSE]) } }),
    paused('continue-from-tick', [TICK], 'tick', [NO_TICK], { waitMillis: 60 }),
    continuedLater('pause-headers', 'request_headers', 1, CONTINUE_REQUEST),
    ...[3, 4, 7].map((result) => continuedLater(`headers-return-${result}`, 'request_headers', result, CONTINUE_REQUEST)),
    ...[1, 2].map((result) => continuedLater(`trailers-return-${result}`, 'request_trailers', result, CONTINUE_REQUEST)),
    continuedLater('pause-response-headers', 'response_headers', 1, CONTINUE_RESPONSE),
    continuedLater('pause-response-trailers', 'response_trailers', 1, CONTINUE_RESPONSE),
    continuedLater('continue-twice', 'request_headers', 1, [
      ...CONTINUE_REQUEST,
      ...CONTINUE_REQUEST.map((one) => deadly('Envoy writes the end of the request twice', 0, one)),
    ]),
    returning('request_headers', 2),
    ...[1, 2, 3, 7].map((result) => returning('request_body', result)),
    ...[1, 2, 3].map((result) => returning('response_body', result)),
    scenario('hold-request', {
      mount: 'hold',
      request: WHOLE_REQUEST,
      script: {
        request_headers: always([], 1),
        request_body: always([call('proxy_get_header_map_value', 0, ':path', text)], 1),
        request_trailers: always([
          call('proxy_add_header_map_value', 0, 'x-late', '1'),
          call('proxy_get_buffer_bytes', 0, 0, -1, text),
        ]),
        response_headers: always([call('proxy_get_header_map_value', 0, ':path', text)]),
      },
    }),
    scenario('hold-response', {
      mount: 'hold',
      upstream: WHOLE_ANSWER,
      script: {
        response_headers: always([], 1),
        response_body: always([call('proxy_get_header_map_value', 2, ':status', text)], 1),
        response_trailers: always([call('proxy_add_header_map_value', 2, 'x-late', '1')]),
      },
    }),
    scenario('close-request', { request: WHOLE_REQUEST, script: { request_headers: always([call('proxy_close_stream', 0)]) } }),
    scenario('close-response', { upstream: WHOLE_ANSWER, script: { response_headers: always([call('proxy_close_stream', 1)]) } }),
    scenario('reply-in-request-headers', {
      request: WHOLE_REQUEST,
      script: {
        request_headers: always([reply(403, 'no', ['x-a', '1', 'X-B', '2', 'x-a', '3']), reply(401, 'second')]),
        response_headers: always([
          call('proxy_get_header_map_value', 2, ':status', text),
          call('proxy_add_header_map_value', 2, 'x-c', '3'),
        ]),
        log: always([call('proxy_get_property', 'response\0code_details', text)]),
      },
    }),
    ...phases.map((phase) => repliedIn(phase)),
    scenario('reply-then-continue', { script: { request_headers: always([reply(403, 'no'), ...CONTINUE_REQUEST]) } }),
    scenario('continue-then-reply', { script: { request_headers: always([...CONTINUE_REQUEST, reply(403, 'no')], 1) } }),
    scenario('reply-to-own-reply', {
      script: { request_headers: always([reply(403, 'no')]), response_headers: always([reply(402, 'pay')]) },
    }),
    paused(
      'reply-from-tick',
      [TICK],
      'tick',
      [NO_TICK, reply(500, 'nobody'), call('proxy_set_effective_context', { kind: 'stream' }), reply(503, 'late')],
      { waitMillis: 60 },
    ),
    ...[...statuses, ...ODD_STATUSES].map((status) =>
      scenario(`reply-${status}`, {
        script: {
          request_headers: always([reply(status, status === 204 || status === 304 ? '' : 'body')]),
        },
      }),
    ),
    ...[-1, 0, 5, 16, 17].map((code) =>
      scenario(`reply-grpc-${code < 0 ? 'none' : code}`, {
        request: grpcRequest,
        script: { request_headers: always([reply(403, 'no 100%', [], code)]) },
      }),
    ),
    scenario('reply-details', {
      script: {
        request_headers: always([reply(403, '', [], -1, 'a b\tc\r\nd{}')]),
        log: always([call('proxy_get_property', 'response\0code_details', text)]),
      },
    }),
    scenario('reply-garbage-headers', {
      script: { request_headers: always([call('proxy_send_local_response', 403, 'kit', 'no', 'garbage!', -1)]) },
    }),
    scenario('reply-addresses', {
      script: {
        request_headers: always([
          call('proxy_send_local_response', 403, outside(), 1, 'b', 0, 0, -1),
          call('proxy_send_local_response', 403, 'd', outside(), 1, 0, 0, -1),
          call('proxy_send_local_response', 403, 'd', 'b', outside(), 1, -1),
        ]),
      },
    }),
    scenario('reply-in-log', { script: { log: always([deadly(crash, 12, reply(403, 'no'))]) } }),
    scenario('reply-in-done', { script: { done: always([deadly(crash, 12, reply(403, 'no'))]) } }),
    scenario('close-in-log', { script: { log: always([deadly(crash, 12, call('proxy_close_stream', 0))]) } }),
  ],
}
