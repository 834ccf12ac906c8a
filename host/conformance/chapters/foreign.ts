/** Functions by name: those that Envoy registers. */
import { any, anyBytes, call, hex, outside, stream, text, unique, type ArgumentInit, type Call } from '../script.ts'
import { always, scenario, type Chapter } from '../scenario.ts'
import { AS_ROOT, inEveryPhase } from './common.ts'

function foreign(name: string, argument: ArgumentInit, view = text): Call {
  return call('proxy_call_foreign_function', name, argument, view)
}

/** Fields of a protobuf message: numbers are varints, texts and messages have a length. */
function message(...parts: readonly (readonly [field: number, value: string | number])[]): Uint8Array {
  return Buffer.concat(
    parts.map(([field, value]) =>
      typeof value === 'number'
        ? Buffer.from([field << 3, value])
        : Buffer.concat([Buffer.from([(field << 3) | 2, value.length]), Buffer.from(value, 'latin1')]),
    ),
  )
}

const token = (value: number): Uint8Array => Buffer.from([value, 0, 0, 0])
const ZLIB = Buffer.from('789c4bcacf07000282013d', 'hex')

const EXPRESSIONS = [
  '1 + 1',
  'true',
  '"text"',
  '1.5',
  'request.method == "GET"',
  'request.path.startsWith("/expr")',
  'duration("1s")',
  '[1, 2]',
  'nothing.there',
  'null',
]

export const foreignFunctions: Chapter = {
  name: 'foreign',
  scenarios: [
    scenario('expressions', {
      script: {
        request_headers: always([
          ...EXPRESSIONS.map((expression) => foreign('expr_create', expression, hex)),
          ...EXPRESSIONS.map((_, at) => foreign('expr_evaluate', token(at), hex)),
          foreign('expr_create', '1 +', hex),
          foreign('expr_create', '', hex),
          foreign('expr_evaluate', token(99), hex),
          foreign('expr_evaluate', 'xyz', hex),
          foreign('expr_delete', token(99), hex),
          foreign('expr_delete', 'xyz', hex),
        ]),
      },
    }),
    scenario('names', {
      script: {
        request_headers: always([
          foreign('nobody', ''),
          foreign('', ''),
          foreign('clear_route_cache', ''),
          foreign('clear_route_cache', 'x'),
        ]),
      },
    }),
    scenario('compression', {
      script: {
        request_headers: always([
          foreign('compress', '', hex),
          foreign('compress', 'boo', anyBytes),
          foreign('uncompress', ZLIB),
          foreign('uncompress', ''),
          foreign('uncompress', 'garbage'),
        ]),
      },
    }),
    scenario('signatures', {
      script: {
        request_headers: always([
          foreign('verify_signature', '', hex),
          foreign('verify_signature', 'garbage', hex),
          foreign('verify_signature', message([1, 'sha256'], [2, 'key'], [3, 'sig'], [4, 'text']), hex),
          foreign('verify_signature', message([1, 'md5'], [2, 'key'], [3, 'sig'], [4, 'text']), hex),
          foreign('sign', '', hex),
          foreign('sign', message([1, 'zzz'], [2, 'key'], [3, 'text']), hex),
        ]),
      },
    }),
    scenario('filter-state', {
      script: {
        request_headers: always([
          foreign('set_envoy_filter_state', message([1, 'envoy.string'], [2, 'v1'])),
          call('proxy_get_property', 'filter_state\0envoy.string', text),
          foreign('set_envoy_filter_state', message([1, 'nobody'], [2, 'v1'])),
          foreign('set_envoy_filter_state', 'garbage!'),
          AS_ROOT,
          foreign('declare_property', message([1, 'kit.ro'], [2, 1], [3, 1])),
          foreign('declare_property', message([1, 'kit.ro'], [2, 1], [3, 1])),
          call('proxy_set_effective_context', stream),
          call('proxy_set_property', 'kit.ro', 'first'),
          call('proxy_set_property', 'kit.ro', 'second'),
          call('proxy_get_property', 'kit.ro', text),
          foreign('declare_property', unique('garbage')),
        ]),
      },
    }),
    inEveryPhase('in-every-phase', [
      foreign('nobody', ''),
      foreign('clear_route_cache', ''),
      foreign('compress', 'boo', anyBytes),
    ]),
    scenario('addresses', {
      script: {
        request_headers: always([
          call('proxy_call_foreign_function', outside(), 1, '', any, any),
          call('proxy_call_foreign_function', 'compress', outside(), 1, any, any),
          call('proxy_call_foreign_function', 'compress', '', outside(), any),
          call('proxy_call_foreign_function', 'clear_route_cache', '', 0, 0),
          call('proxy_call_foreign_function', 'nobody', '', 0, 0),
        ]),
      },
    }),
  ],
}
