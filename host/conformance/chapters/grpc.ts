/** gRPC calls and streams of guests. */
import {
  any,
  call,
  deadly,
  fields,
  into,
  kind,
  outside,
  pairs,
  register,
  stream,
  text,
  u32,
  type ArgumentInit,
  type Call,
} from '../script.ts'
import { always, inTurn, scenario, type Chapter, type KitAnswer, type Scenario, type Script } from '../scenario.ts'
import { CONTINUE_REQUEST, inEveryPhase, NO_TICK, TICK } from './common.ts'

/** Envoy's GrpcService message for a cluster: names that happen to be a message end Envoy. */
function service(cluster: string): Uint8Array {
  const name = Buffer.from(cluster, 'latin1')
  return Buffer.concat([Buffer.from([0x0a, name.length + 2, 0x0a, name.length]), name])
}

const RPC = service('rpc')

function start(method: string, target: ArgumentInit = RPC, timeout = 1000): Call {
  return call('proxy_grpc_call', target, 'kit.Service', method, fields('x-md', '1', 'key-bin', 'ab'), 'hello', timeout, kind)
}

function open(method: string, target: ArgumentInit = RPC): Call {
  return call('proxy_grpc_stream', target, 'kit.Service', method, fields('x-md', '1'), kind)
}

const send = (message: string, end: number): Call => call('proxy_grpc_send', register(0), message, end)

/** What can be read in a callback of a call. */
const READS: readonly Call[] = [
  call('proxy_get_buffer_bytes', 5, 0, 100, text),
  call('proxy_set_buffer_bytes', 5, 0, 0, 'x'),
  call('proxy_get_status', u32, text),
  call('proxy_get_header_map_value', 4, 'x-init', text),
  call('proxy_get_header_map_size', 4, any),
  call('proxy_add_header_map_value', 4, 'a', 'b'),
  call('proxy_get_header_map_value', 5, 'grpc-status', text),
  call('proxy_get_header_map_pairs', 5, pairs),
]

const GO_ON: readonly Call[] = [call('proxy_set_effective_context', stream), ...CONTINUE_REQUEST]

/** One length-prefixed message. */
function framed(message: string): string {
  return Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), Buffer.from(message, 'latin1')]).latin1Slice()
}

const OK: KitAnswer = {
  headers: [
    ['content-type', 'application/grpc'],
    ['x-init', 'i'],
  ],
  chunks: [framed('world')],
  trailers: [
    ['grpc-status', '0'],
    ['grpc-message', 'fine'],
  ],
}

function failing(status: string, message: string): KitAnswer {
  return {
    headers: [['content-type', 'application/grpc']],
    chunks: [''],
    trailers: [
      ['grpc-status', status],
      ['grpc-message', message],
    ],
  }
}

/** A stream that waits until its gRPC call has ended. */
function waiting(
  id: string,
  calls: readonly Call[],
  answers: Readonly<Record<string, KitAnswer>>,
  more: Partial<Scenario> = {},
): Scenario {
  const script: Script = {
    request_headers: always(calls, 1),
    grpc_receive: inTurn([...READS, ...GO_ON]),
    grpc_close: inTurn([...READS, ...GO_ON]),
  }
  return scenario(id, { callouts: answers, script, ...more })
}

/** A stream of calls; it goes on when that has closed. */
function streaming(
  id: string,
  calls: readonly Call[],
  answers: Readonly<Record<string, KitAnswer>>,
  more: Partial<Scenario> = {},
): Scenario {
  const script: Script = {
    request_headers: always(calls, 1),
    grpc_initial: always(READS),
    grpc_receive: always(READS),
    grpc_trailing: always(READS),
    grpc_close: inTurn([...READS, ...GO_ON]),
  }
  return scenario(id, { callouts: answers, script, ...more })
}

const abort = 'Envoy aborts: unset oneof'

export const grpc: Chapter = {
  name: 'grpc',
  scenarios: [
    waiting('call', [start('ok')], { ok: OK }),
    waiting('call-failure', [start('no')], { no: failing('5', 'no such%20thing') }),
    waiting('call-http-error', [start('http')], {
      http: { status: 500, headers: [['content-type', 'text/plain']], body: 'sorry' },
    }),
    waiting('call-timeout', [start('slow', RPC, 50)], { slow: { fail: 'hang' } }, { waitMillis: 100 }),
    waiting('call-refused', [start('x', service('refused'))], {}),
    waiting('call-closed', [start('close')], { close: { fail: 'close' } }),
    scenario('call-cancelled', {
      callouts: { later: { ...OK, delayMillis: 50 } },
      script: {
        request_headers: always(
          [
            into(0, start('later')),
            send('x', 0),
            call('proxy_grpc_cancel', register(0)),
            call('proxy_grpc_cancel', register(0)),
            TICK,
          ],
          1,
        ),
        tick: inTurn([call('proxy_grpc_close', register(0)), NO_TICK, ...GO_ON]),
      },
      waitMillis: 100,
      racesUpstream: true,
    }),
    streaming('stream', [into(0, open('ok')), send('one', 0), send('two', 1), send('three', 0)], { ok: OK }),
    streaming('stream-closed', [into(0, open('ok')), send('one', 0), call('proxy_grpc_close', register(0))], { ok: OK }),
    streaming('stream-failure', [into(0, open('no')), call('proxy_grpc_close', register(0))], { no: failing('9', 'bad') }),
    scenario('stream-cancelled', {
      racesUpstream: true,
      script: {
        request_headers: always([
          into(0, open('x')),
          call('proxy_grpc_cancel', register(0)),
          send('x', 0),
          call('proxy_grpc_close', register(0)),
          call('proxy_grpc_cancel', register(0)),
        ]),
      },
    }),
    scenario('statuses', {
      waitMillis: 60,
      racesUpstream: true,
      script: {
        request_headers: always([
          start('x', service('nobody')),
          start('x', 'nobody'),
          start('x', service('empty')),
          open('x', 'nobody'),
          deadly(abort, 2, start('x', '')),
          deadly(abort, 2, open('x', '')),
          deadly(abort, 2, start('x', 'empty')),
          into(0, start('x')),
          send('of a call', 0),
          call('proxy_grpc_close', register(0)),
          ...[0, 4, 7, 400_000, 400_001, 400_002, 400_003].flatMap((token) => [
            call('proxy_grpc_send', token, 'x', 0),
            call('proxy_grpc_cancel', token),
            call('proxy_grpc_close', token),
          ]),
        ]),
      },
    }),
    inEveryPhase('in-every-phase', [
      start('x', service('nobody')),
      open('x', 'nobody'),
      call('proxy_grpc_send', 400_002, 'x', 0),
    ]),
    scenario('addresses', {
      waitMillis: 60,
      racesUpstream: true,
      script: {
        request_headers: always([
          call('proxy_grpc_call', outside(), 1, 's', 'm', 0, 0, '', 100, any),
          call('proxy_grpc_call', RPC, outside(), 1, 'm', 0, 0, '', 100, any),
          call('proxy_grpc_call', RPC, 's', outside(), 1, 0, 0, '', 100, any),
          call('proxy_grpc_call', RPC, 's', 'm', outside(), 8, '', 100, any),
          call('proxy_grpc_call', RPC, 's', 'm', 0, 0, outside(), 1, 100, any),
          call('proxy_grpc_call', RPC, 's', 'm', 0, 0, '', 100, outside()),
          call('proxy_grpc_stream', outside(), 1, 's', 'm', 0, 0, any),
          call('proxy_grpc_stream', RPC, outside(), 1, 'm', 0, 0, any),
          call('proxy_grpc_stream', RPC, 's', outside(), 1, 0, 0, any),
          call('proxy_grpc_stream', RPC, 's', 'm', outside(), 8, any),
          call('proxy_grpc_stream', RPC, 's', 'm', 0, 0, outside()),
          call('proxy_grpc_send', 400_002, outside(), 1, 0),
        ]),
      },
    }),
  ],
}
