/** Header and trailer maps: every call on every map in every callback. */
import { any, call, fields, fill, outside, pairs, size, text, u32, type Call } from '../script.ts'
import { always, scenario, type Chapter, type KitRequest, type Scenario } from '../scenario.ts'
import { inEveryPhase } from './common.ts'

const MAPS = [0, 1, 2, 3, 4, 5, 6, 7, 8, -1]

/** Reads of one map that leave it as it was. */
function reads(map: number): Call[] {
  return [
    call('proxy_get_header_map_value', map, 'x-kit', text),
    call('proxy_get_header_map_value', map, 'x-missing', text),
    // A response carries a time whose digits count.
    call('proxy_get_header_map_size', map, map === 2 ? any : u32),
    call('proxy_get_header_map_pairs', map, pairs),
  ]
}

/** Each way to write a map; in Envoy some of them make trailers that were not there. */
function writes(map: number): Call[] {
  return [
    call('proxy_add_header_map_value', map, 'x-added', 'a'),
    call('proxy_replace_header_map_value', map, 'x-replaced', 'r'),
    call('proxy_remove_header_map_value', map, 'x-gone'),
    call('proxy_get_header_map_pairs', map, pairs),
  ]
}

const everyRead = MAPS.flatMap(reads)
const everyWrite = MAPS.flatMap(writes)

/** A message with everything in both directions. */
const WHOLE: KitRequest = {
  method: 'POST',
  headers: [
    ['x-kit', 'one'],
    ['x-kit', 'two'],
    ['x-empty', ''],
    ['x-gone', 'g'],
    ['Accept', 'a/b'],
    ['accept', 'c/d'],
    ['cookie', 'a=1'],
    ['cookie', 'b=2'],
    ['x-bytes', '\x80\xff'],
  ],
  chunks: ['abcdef'],
  trailers: [['x-kit', 'trailer']],
}
const ANSWER = {
  headers: [['x-kit', 'answer'] as const, ['x-gone', 'g'] as const],
  chunks: ['uvwxyz'],
  trailers: [['x-kit', 'answer trailer'] as const],
}

/** The same calls in every callback of this chapter's stream. */
const everywhere = (id: string, calls: readonly Call[]): Scenario => inEveryPhase(id, calls, { request: WHOLE, upstream: ANSWER })

const TARGET = [':authority', 'kit.test', ':path', '/set', ':method', 'POST', ':scheme', 'http']
const get = (name: string): Call => call('proxy_get_header_map_value', 0, name, text)

export const headers: Chapter = {
  name: 'headers',
  scenarios: [
    everywhere('reads', everyRead),
    everywhere('writes', everyWrite),
    scenario('names', {
      request: WHOLE,
      script: {
        request_headers: always([
          ...[
            'X-KIT',
            'x-empty',
            'x-bytes',
            '',
            'host',
            'Host',
            ':authority',
            ':path',
            ':method',
            ':scheme',
            'accept',
            'cookie',
          ].map(get),
          call('proxy_get_header_map_value', 0, fill(70_000), text),
        ]),
      },
    }),
    scenario('request-changes', {
      request: WHOLE,
      script: {
        request_headers: always([
          call('proxy_add_header_map_value', 0, 'X-Kit', 'three'),
          call('proxy_add_header_map_value', 0, 'accept', 'e/f'),
          call('proxy_replace_header_map_value', 0, 'x-kit', 'only'),
          call('proxy_replace_header_map_value', 0, 'x-new', ''),
          call('proxy_remove_header_map_value', 0, 'X-Gone'),
          call('proxy_remove_header_map_value', 0, 'x-never'),
          call('proxy_replace_header_map_value', 0, ':path', '/changed'),
          call('proxy_add_header_map_value', 0, 'x-long', fill(70_000)),
          call('proxy_get_header_map_value', 0, 'x-long', size),
          call('proxy_remove_header_map_value', 0, 'x-long'),
          call('proxy_get_header_map_pairs', 0, pairs),
          call('proxy_get_header_map_size', 0, u32),
        ]),
      },
    }),
    scenario('request-set', {
      request: WHOLE,
      script: {
        request_headers: always([
          call(
            'proxy_set_header_map_pairs',
            0,
            fields(...TARGET, 'x-forwarded-proto', 'http', 'X-Up', '1', 'x-up', '2', 'accept', 'a', 'accept', 'b'),
          ),
          call('proxy_get_header_map_pairs', 0, pairs),
        ]),
      },
    }),
    ...[':path', ':method', ':authority', ':scheme', 'x-forwarded-proto'].map((name) =>
      scenario(`without-${name.replace(':', '')}`, {
        script: { request_headers: always([call('proxy_remove_header_map_value', 0, name)]) },
      }),
    ),
    scenario('without-status', {
      script: { response_headers: always([call('proxy_remove_header_map_value', 2, ':status')]) },
    }),
    scenario('hop-by-hop', {
      request: {
        headers: [
          ['te', 'gzip, trailers'],
          ['keep-alive', 'timeout=5'],
          ['proxy-connection', 'keep-alive'],
        ],
      },
      upstream: {
        headers: [
          ['connection', 'keep-alive, x-own'],
          ['keep-alive', 'timeout=5'],
          ['x-own', '1'],
          ['proxy-connection', 'keep-alive'],
        ],
      },
      script: {
        request_headers: always([call('proxy_get_header_map_pairs', 0, pairs)]),
        response_headers: always([call('proxy_get_header_map_pairs', 2, pairs)]),
        log: always([call('proxy_get_header_map_pairs', 0, pairs), call('proxy_get_header_map_pairs', 2, pairs)]),
      },
    }),
    scenario('client-closes', {
      request: { headers: [['connection', 'close']] },
      script: { log: always([call('proxy_get_header_map_pairs', 2, pairs)]) },
    }),
    scenario('response-changes', {
      upstream: ANSWER,
      script: {
        response_headers: always([
          call('proxy_add_header_map_value', 2, 'x-kit', 'b'),
          call('proxy_replace_header_map_value', 2, 'x-r', 'r'),
          call('proxy_remove_header_map_value', 2, 'x-gone'),
          call('proxy_replace_header_map_value', 2, ':status', '201'),
          call('proxy_get_header_map_pairs', 2, pairs),
          call('proxy_set_header_map_pairs', 2, fields(':status', '202', 'x-set', 's')),
          call('proxy_get_header_map_size', 2, u32),
          call('proxy_get_header_map_pairs', 2, pairs),
        ]),
        response_trailers: always([
          call('proxy_add_header_map_value', 3, 'x-t', 't'),
          call('proxy_set_header_map_pairs', 3, fields('x-set', 't')),
          call('proxy_get_header_map_size', 3, u32),
        ]),
      },
    }),
    ...(
      [
        ['nothing', [0, 0]],
        ['garbage', ['garbage!']],
        ['short', [Buffer.from([1, 0, 0, 0, 1, 0, 0, 0])]],
        ['surplus', [Buffer.concat([Buffer.from([0, 0, 0, 0]), Buffer.from('x')])]],
        ['too-many', [fields(...Array.from({ length: 2050 }, (_, at) => `h${at >> 1}`))]],
      ] as const
    ).map(([id, blob]) =>
      scenario(`set-${id}`, {
        script: {
          request_headers: always([
            call('proxy_set_header_map_pairs', 0, ...blob),
            call('proxy_get_header_map_pairs', 0, pairs),
            call('proxy_get_header_map_size', 0, u32),
          ]),
        },
      }),
    ),
    scenario('addresses', {
      script: {
        request_headers: always([
          call('proxy_get_header_map_value', 0, outside(-1), 5, text),
          call('proxy_get_header_map_value', 0, 0, -1, text),
          call('proxy_get_header_map_value', 0, ':path', outside(), any),
          call('proxy_get_header_map_value', 0, ':path', any, outside(-3)),
          call('proxy_get_header_map_size', 0, outside()),
          call('proxy_get_header_map_size', 0, outside(-3)),
          call('proxy_get_header_map_pairs', 0, outside(), any),
          call('proxy_get_header_map_pairs', 0, any, outside()),
          call('proxy_get_header_map_pairs', 1, outside(), any),
          call('proxy_set_header_map_pairs', 0, outside(-1), 8),
          call('proxy_set_header_map_pairs', 1, outside(-1), 8),
          call('proxy_add_header_map_value', 0, outside(), 1, 'v'),
          call('proxy_add_header_map_value', 0, 'n', outside(), 1),
          call('proxy_add_header_map_value', 9, 'n', outside(), 1),
          call('proxy_replace_header_map_value', 0, outside(), 1, 'v'),
          call('proxy_replace_header_map_value', 0, 'n', outside(), 1),
          call('proxy_remove_header_map_value', 0, outside(), 1),
          call('allocator_fails', 1),
          call('proxy_get_header_map_value', 0, ':path', text),
          call('proxy_get_header_map_pairs', 0, pairs),
          call('allocator_fails', 0),
          call('proxy_get_header_map_value', 0, ':path', text),
        ]),
      },
    }),
  ],
}
