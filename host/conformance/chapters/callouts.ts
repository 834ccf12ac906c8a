/** HTTP calls of guests. */
import { any, call, fields, into, kind, outside, pairs, stream, text, u32, type ArgumentInit, type Call } from '../script.ts'
import { always, inTurn, scenario, type Chapter, type KitAnswer, type Scenario } from '../scenario.ts'
import { CONTINUE_REQUEST, inEveryPhase } from './common.ts'

const target = (path: string): string[] => [':method', 'GET', ':path', path, ':authority', 'callout.test']

/** A call to the kit's upstream. */
function send(
  cluster: string,
  headers: ArgumentInit,
  body = '',
  timeout = 1000,
  trailers: readonly ArgumentInit[] = [0, 0],
): Call {
  return call('proxy_http_call', cluster, headers, body, ...trailers, timeout, kind)
}

const get = (name: string): Call => send('up', fields(...target(`/callout/${name}`), 'x-c', '1'))

/** What can be read of an answer. */
const ANSWER: readonly Call[] = [
  call('proxy_get_header_map_value', 6, ':status', text),
  call('proxy_get_header_map_value', 6, 'x-a', text),
  call('proxy_get_header_map_value', 6, 'x-missing', text),
  call('proxy_get_header_map_size', 6, u32),
  call('proxy_get_header_map_pairs', 7, pairs),
  call('proxy_get_header_map_value', 7, 'x-t', text),
  call('proxy_add_header_map_value', 6, 'x-n', '1'),
  call('proxy_set_header_map_pairs', 7, fields('x-n', '1')),
  call('proxy_remove_header_map_value', 6, 'x-a'),
  call('proxy_get_buffer_bytes', 4, 0, 100, text),
  call('proxy_get_buffer_status', 4, u32, u32),
  call('proxy_set_buffer_bytes', 4, 0, 0, 'x'),
  call('proxy_get_status', u32, text),
]

/** A stream that waits for its callout. */
function answered(
  id: string,
  calls: readonly Call[],
  answers: Readonly<Record<string, KitAnswer>> = {},
  more: Partial<Scenario> = {},
): Scenario {
  return scenario(id, {
    callouts: answers,
    script: {
      request_headers: always(calls, 1),
      http_call_response: inTurn([...ANSWER, call('proxy_set_effective_context', stream), ...ANSWER, ...CONTINUE_REQUEST]),
    },
    ...more,
  })
}

/** Headers of a call that lacks one of them. */
function without(name: string): string[] {
  return target('/').filter((_, at, all) => all[at - (at % 2)] !== name)
}

export const callouts: Chapter = {
  name: 'callouts',
  scenarios: [
    answered('whole', [get('whole')], {
      whole: {
        status: 207,
        headers: [
          ['x-a', 'one'],
          ['x-a', 'two'],
        ],
        chunks: ['abcd'],
        trailers: [['x-t', 'end']],
      },
    }),
    answered(
      'with-body',
      [send('up', fields(...target('/callout/b').with(1, 'POST'), 'X-Up', '1'), 'payload', 0, [fields('x-t', '1')])],
      {
        b: { body: 'short', headers: [['x-a', '']] },
      },
    ),
    answered('empty-answer', [get('e')], { e: { status: 204 } }),
    answered('refused', [send('refused', fields(...target('/')))]),
    answered(
      'timeout',
      [send('up', fields(...target('/callout/slow')), '', 50)],
      { slow: { fail: 'hang' } },
      { waitMillis: 100 },
    ),
    answered('closed', [get('close')], { close: { fail: 'close' } }),
    answered('cut', [get('cut')], { cut: { fail: 'cut', body: '0123456789' } }),
    scenario('statuses', {
      script: {
        request_headers: always([
          send('nobody', fields(...target('/'))),
          send('', fields(...target('/'))),
          send('empty', fields(...target('/'))),
          send('up', fields()),
          call('proxy_http_call', 'up', 0, 0, 0, 0, 0, 0, 100, kind),
          ...[':method', ':path', ':authority'].map((name) => send('up', fields(...without(name)))),
          send('up', fields(...without(':authority'), 'host', 'h.test')),
          send('up', fields(...target('/')), '', -1),
          send('up', fields(...target('/callout/x')), '', 0x7fffffff),
          send('up', 'garbage!'),
        ]),
      },
    }),
    inEveryPhase(
      'in-every-phase',
      [into(0, get('phase')), send('nobody', fields(...target('/'))), send('empty', fields(...target('/')))],
      { waitMillis: 60 },
    ),
    scenario('stream-gone', {
      callouts: { gone: { delayMillis: 40 } },
      script: {
        request_headers: always([get('gone')]),
        http_call_response: inTurn([
          call('proxy_set_effective_context', stream),
          call('proxy_get_header_map_value', 6, ':status', text),
        ]),
      },
      until: 'http_call_response',
    }),
    scenario('addresses', {
      script: {
        request_headers: always([
          call('proxy_http_call', outside(), 1, fields(...target('/')), '', 0, 0, 100, any),
          call('proxy_http_call', 'up', outside(), 8, '', 0, 0, 100, any),
          call('proxy_http_call', 'up', fields(...target('/')), outside(), 1, 0, 0, 100, any),
          call('proxy_http_call', 'up', fields(...target('/')), '', outside(), 8, 100, any),
          call('proxy_http_call', 'up', fields(...target('/')), '', 0, 0, 100, outside()),
          call('proxy_http_call', 'nobody', fields(...target('/')), '', 0, 0, 100, outside()),
        ]),
      },
    }),
  ],
}
