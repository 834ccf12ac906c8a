/** Connections through a network filter: their bytes, their ends, and what of HTTP answers in them. */
import { ABI_VERSIONS } from '../../abi/version.ts'
import { anyBytes, call, fields, hex, kind, pairs, size, stream, text, u32, type Call } from '../script.ts'
import { always, inTurn, scenario, type Chapter, type Move, type Scenario } from '../scenario.ts'
import type { KitPhase } from '../phases.ts'
import { NO_TICK, TICK } from './common.ts'

const TARGET = [':method', 'GET', ':path', '/callout/c', ':authority', 'callout.test']

const DOWNSTREAM_DATA = 2
const UPSTREAM_DATA = 3

/** Bytes both ways, then both halves end. */
const WHOLE: readonly Move[] = [{ client: 'abcdef' }, { upstream: 'uvwxyz' }, { end: 'client' }, { end: 'upstream' }]

/** What does not depend on the version is asked in one. */
function connection(id: string, script: Scenario['script'], moves: readonly Move[] = WHOLE): Scenario {
  return scenario(id, { mount: 'tcp', versions: ['0.2.1'], connection: moves, script })
}

/** The same calls in every callback of a connection, in those of data at the first bytes only. */
function inEveryPhase(id: string, calls: readonly Call[]): Scenario {
  const section = always(calls)
  return {
    ...connection(id, {
      context_create: section,
      new_connection: section,
      downstream_data: inTurn(calls),
      upstream_data: inTurn(calls),
      upstream_close: section,
      downstream_close: section,
      log: section,
      done: section,
      delete: section,
    }),
    versions: ABI_VERSIONS,
  }
}

function readsOf(type: number): Call[] {
  return [call('proxy_get_buffer_bytes', type, 0, 100, text), call('proxy_get_buffer_status', type, u32, u32)]
}

/** Buffer 8 shows what was read before: it is left out. */
const BUFFERS = [0, 1, 2, 3, 4, 5, 9, -1]
const MAPS = [0, 1, 2, 3, 4, 5, 6, 7, 8, -1]

function mapCalls(type: number): Call[] {
  return [
    call('proxy_get_header_map_size', type, u32),
    call('proxy_get_header_map_pairs', type, pairs),
    call('proxy_get_header_map_value', type, 'x-a', text),
    call('proxy_add_header_map_value', type, 'x-a', '1'),
    call('proxy_replace_header_map_value', type, 'x-a', '2'),
    call('proxy_remove_header_map_value', type, 'x-a'),
    call('proxy_set_header_map_pairs', type, 0, 0),
  ]
}

/** Sets a range of six bytes, shows the whole, and puts it back. */
function setRange(type: number, [start, count, data]: readonly [number, number, string]): Call[] {
  return [
    call('proxy_set_buffer_bytes', type, start, count, data),
    call('proxy_get_buffer_bytes', type, 0, -1, text),
    call('proxy_set_buffer_bytes', type, 0, -1, 'abcdef'),
  ]
}

const RANGES = [
  [0, 0, 'XY'],
  [0, 3, 'XY'],
  [0, 6, ''],
  [0, -1, 'XY'],
  [1, 3, 'XY'],
  [6, 0, 'XY'],
  [6, 5, 'XY'],
  [100, 0, 'XY'],
  [-1, 0, 'XY'],
] as const

const property = (view: typeof text, ...path: string[]): Call => call('proxy_get_property', path.join('\0'), view)

const PROPERTIES = [
  property(text, 'source', 'address'),
  property(size, 'source', 'port'),
  property(text, 'destination', 'address'),
  property(size, 'destination', 'port'),
  property(size, 'connection', 'id'),
  property(hex, 'connection', 'mtls'),
  property(text, 'connection', 'requested_server_name'),
  property(text, 'connection', 'termination_details'),
  property(text, 'connection', 'transport_failure_reason'),
  property(size, 'connection_id'),
  property(text, 'plugin_name'),
  property(text, 'plugin_root_id'),
  property(text, 'cluster_name'),
  property(hex, 'listener_direction'),
  property(text, 'xds', 'cluster_name'),
  property(text, 'request', 'path'),
  property(text, 'request', 'protocol'),
  property(hex, 'response', 'code'),
  property(hex, 'response', 'flags'),
  property(anyBytes, 'filter_state'),
  property(text, 'nobody'),
]

/** Stops a direction's first bytes and goes on from a tick. */
function continuedLater(id: string, pausing: KitPhase, type: number): Scenario {
  return connection(
    id,
    {
      [pausing]: inTurn({ occurrence: 1, calls: [TICK], result: 1 }),
      tick: inTurn([call('proxy_set_effective_context', stream), call('proxy_continue_stream', type), NO_TICK]),
    },
    [
      { client: 'abc' },
      { upstream: 'uvw' },
      { wait: 100 },
      { client: 'def' },
      { upstream: 'xyz' },
      { end: 'client' },
      { end: 'upstream' },
    ],
  )
}

/** Closes a side in one callback. */
function closedIn(phase: KitPhase, type: number): Scenario {
  return connection(`close-${type}-in-${phase.replace('_', '-')}`, { [phase]: inTurn([call('proxy_close_stream', type)]) })
}

const ODD_STREAMS = [0, 1, 4, -1].flatMap((type) => [call('proxy_continue_stream', type), call('proxy_close_stream', type)])

export const tcp: Chapter = {
  name: 'tcp',
  scenarios: [
    connection('pieces', {}, [
      { client: 'a' },
      { upstream: 'u' },
      { client: 'b' },
      { upstream: 'v' },
      { end: 'client' },
      { upstream: 'w' },
      { end: 'upstream' },
    ]),
    connection('upstream-first', {}, [{ upstream: 'u' }, { end: 'upstream' }, { client: 'a' }, { end: 'client' }]),
    connection('client-resets', {}, [{ client: 'a' }, { upstream: 'u' }, { reset: 'client' }]),
    connection('upstream-resets', {}, [{ client: 'a' }, { upstream: 'u' }, { reset: 'upstream' }]),
    inEveryPhase('reads', BUFFERS.flatMap(readsOf)),
    inEveryPhase(
      'writes',
      BUFFERS.map((type) => call('proxy_set_buffer_bytes', type, 0, 0, 'X')),
    ),
    scenario('ranges', {
      mount: 'tcp',
      connection: WHOLE,
      script: {
        downstream_data: inTurn(RANGES.flatMap((range) => setRange(DOWNSTREAM_DATA, range))),
        upstream_data: inTurn(RANGES.flatMap((range) => setRange(UPSTREAM_DATA, range))),
      },
    }),
    inEveryPhase('maps', MAPS.flatMap(mapCalls)),
    inEveryPhase('properties', PROPERTIES),
    inEveryPhase('streams', ODD_STREAMS),
    inEveryPhase('state', [
      call('proxy_set_property', 'own', 'value'),
      property(text, 'own'),
      call('proxy_get_status', u32, anyBytes),
    ]),
    connection('continued-in-callback', {
      new_connection: always([call('proxy_continue_stream', 2)], 1),
      downstream_data: always([call('proxy_continue_stream', 2)], 1),
    }),
    continuedLater('new-connection-waits', 'new_connection', 2),
    continuedLater('client-waits', 'downstream_data', 2),
    continuedLater('upstream-waits', 'upstream_data', 3),
    connection(
      'buffered',
      {
        downstream_data: inTurn(
          { occurrence: 1, calls: readsOf(DOWNSTREAM_DATA), result: 1 },
          {
            occurrence: 2,
            calls: [...readsOf(DOWNSTREAM_DATA), call('proxy_set_buffer_bytes', DOWNSTREAM_DATA, 0, 3, 'A')],
            result: 0,
          },
        ),
      },
      [{ client: 'abc' }, { client: 'def' }, { upstream: 'u' }, { end: 'client' }, { end: 'upstream' }],
    ),
    ...(['new_connection', 'downstream_data', 'upstream_data'] as const).flatMap((phase) => [
      closedIn(phase, 2),
      closedIn(phase, 3),
    ]),
    scenario('callout', {
      mount: 'tcp',
      connection: [{ client: 'abc' }, { wait: 50 }, { upstream: 'u' }, { end: 'client' }, { end: 'upstream' }],
      callouts: { c: { headers: [['x-c', '1']], body: 'done' } },
      script: {
        downstream_data: inTurn({
          occurrence: 1,
          result: 1,
          calls: [call('proxy_http_call', 'up', fields(...TARGET), '', 0, 0, 1000, kind)],
        }),
        http_call_response: always([
          call('proxy_get_header_map_value', 6, 'x-c', text),
          call('proxy_get_buffer_bytes', 4, 0, 100, text),
          call('proxy_set_effective_context', stream),
          call('proxy_continue_stream', 2),
        ]),
      },
    }),
  ],
}
