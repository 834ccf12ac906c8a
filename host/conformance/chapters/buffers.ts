/** Bodies, configuration and other byte ranges. */
import { any, call, fill, outside, text, u32, type Call } from '../script.ts'
import { always, inTurn, scenario, type Chapter } from '../scenario.ts'
import { inEveryPhase } from './common.ts'

const TYPES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, -1]

function readsOf(type: number): Call[] {
  return [call('proxy_get_buffer_bytes', type, 0, 100, text), call('proxy_get_buffer_status', type, u32, u32)]
}

/** Envoy shows in buffer 8 whatever the context has read before: it is read alone. */
const reads = TYPES.filter((type) => type !== 8).flatMap(readsOf)

const writes = TYPES.map((type) => call('proxy_set_buffer_bytes', type, 0, 0, 'X'))

/** Sets a range of a body of six bytes, shows the whole, and puts it back. */
function setRange(start: number, count: number, data: string): Call[] {
  return [
    call('proxy_set_buffer_bytes', 0, start, count, data),
    call('proxy_get_buffer_bytes', 0, 0, -1, text),
    call('proxy_set_buffer_bytes', 0, 0, -1, 'abcdef'),
  ]
}

const SET_RANGES: readonly (readonly [number, number])[] = [
  [0, 0],
  [0, 3],
  [0, 6],
  [0, 7],
  [0, -1],
  [1, 0],
  [1, 3],
  [5, 1],
  [6, 0],
  [6, 5],
  [100, 0],
  [-1, 0],
  [-1, -1],
]
const GET_RANGES: readonly (readonly [number, number])[] = [...SET_RANGES, [1, 4], [5, 100], [6, 1], [2, 0]]

const BODY = { method: 'POST', chunks: ['abcdef'] }

export const buffers: Chapter = {
  name: 'buffers',
  scenarios: [
    inEveryPhase('reads', reads),
    inEveryPhase('foreign-arguments', readsOf(8)),
    inEveryPhase('writes', writes),
    scenario('get-ranges', {
      request: BODY,
      script: {
        request_body: inTurn(GET_RANGES.map(([start, count]) => call('proxy_get_buffer_bytes', 0, start, count, text))),
      },
    }),
    scenario('set-ranges', {
      request: BODY,
      script: { request_body: inTurn(SET_RANGES.flatMap(([start, count]) => setRange(start, count, 'XY'))) },
    }),
    scenario('set-nothing', {
      request: BODY,
      script: { request_body: inTurn(setRange(0, 6, ''), []) },
    }),
    scenario('last-chunk', {
      request: BODY,
      script: {
        request_body: inTurn([call('proxy_set_buffer_bytes', 0, 0, -1, '')], [call('proxy_set_buffer_bytes', 0, 0, 0, 'TAIL')]),
      },
    }),
    scenario('large', {
      request: BODY,
      script: {
        request_body: inTurn([
          call('proxy_set_buffer_bytes', 0, 0, -1, fill(100_000)),
          call('proxy_get_buffer_status', 0, u32, u32),
        ]),
      },
    }),
    scenario('response', {
      upstream: { chunks: ['uvw', 'xyz'] },
      script: {
        response_body: inTurn(
          [call('proxy_get_buffer_bytes', 1, 1, 1, text), call('proxy_set_buffer_bytes', 1, 0, 3, 'UVW')],
          [call('proxy_set_buffer_bytes', 1, 3, 0, '!'), call('proxy_set_buffer_bytes', 1, 1, 1, '?')],
        ),
      },
    }),
    scenario('buffered', {
      request: { method: 'POST', chunks: ['abc', 'def', 'ghi'] },
      script: {
        request_body: inTurn(
          { occurrence: 1, result: 1, calls: [call('proxy_get_buffer_bytes', 0, 0, -1, text)] },
          {
            occurrence: 2,
            result: 1,
            calls: [call('proxy_get_buffer_bytes', 0, 0, -1, text), call('proxy_set_buffer_bytes', 0, 0, 3, 'A')],
          },
          [call('proxy_get_buffer_bytes', 0, 0, -1, text), call('proxy_get_buffer_status', 0, u32, u32)],
        ),
      },
    }),
    scenario('addresses', {
      request: BODY,
      script: {
        request_body: inTurn([
          call('proxy_get_buffer_bytes', 0, 0, -1, outside(), any),
          call('proxy_get_buffer_bytes', 0, 0, -1, any, outside()),
          call('proxy_get_buffer_bytes', 9, 0, -1, outside(), any),
          call('proxy_get_buffer_bytes', 1, 0, -1, outside(), any),
          call('proxy_get_configuration', outside(), any),
          call('proxy_get_configuration', any, outside()),
          call('proxy_get_buffer_status', 0, outside(), any),
          call('proxy_get_buffer_status', 0, any, outside()),
          call('proxy_get_buffer_status', 9, outside(), any),
          call('proxy_set_buffer_bytes', 0, 0, 0, outside(), 1),
          call('proxy_set_buffer_bytes', 1, 0, 0, outside(), 1),
          call('proxy_set_buffer_bytes', 4, 0, 0, outside(), 1),
          call('proxy_set_buffer_bytes', 9, 0, 0, outside(), 1),
          call('allocator_fails', 1),
          call('proxy_get_buffer_bytes', 0, 0, -1, text),
          call('allocator_fails', 0),
        ]),
      },
    }),
    inEveryPhase('configuration', [call('proxy_get_configuration', text)], { versions: ['0.1.0'] }),
    scenario('restored', { request: BODY, script: { request_body: always([call('proxy_get_buffer_bytes', 0, 0, -1, text)]) } }),
  ],
}
