/** gRPC calls and streams of the SDK, through a guest that a tiny host drives. */
import { beforeAll, describe, expect, it } from 'vitest'
import { compileSdkGuest } from './support/compile-sdk-guest.ts'
import type { Pairs } from './support/pairs.ts'
import { RecordingHost } from './support/recording-host.ts'

/** `GrpcService {envoy_grpc {cluster_name}}`, by hand. */
const target = (cluster: string): string =>
  Buffer.concat([Buffer.from([0x0a, cluster.length + 2, 0x0a, cluster.length]), Buffer.from(cluster)]).toString('hex')

let wasm: Buffer

beforeAll(async () => {
  wasm = await compileSdkGuest('probe', '--exportRuntime')
})

/** A host with a started plugin and one open stream, after its request headers. */
function host(mode: string, headers: Pairs = []): RecordingHost {
  const made = new RecordingHost(wasm)
  made.start(mode)
  made.calls.length = 0
  made.logs.length = 0
  made.request(2, headers)
  return made
}

function receive(made: RecordingHost, token: number, message: string): void {
  made.buffers.set(5, Buffer.from(message))
  made.call('proxy_on_grpc_receive', 1, token, message.length)
}

function close(made: RecordingHost, token: number, code: number, message: string): void {
  made.status = { code, message }
  made.call('proxy_on_grpc_close', 1, token, code)
}

describe('Context.grpcCall', () => {
  it('sends a serialized GrpcService, never the bare name', () => {
    const made = host('grpc call')
    expect(made.callsOf('grpc_call')).toEqual([`grpc_call ${target('authorino')} /test.Check/Ask x-user=alice question 500`])
    expect(made.logs).toEqual(['started=1'])
  })

  it('hands the answer to the stream that asked, once', () => {
    const made = host('grpc call')
    made.request(3)
    made.calls.length = 0
    receive(made, 9, 'for three')
    receive(made, 9, 'again')
    close(made, 9, 13, 'late')
    receive(made, 5, '')
    expect(made.logs.slice(2)).toEqual(['answer for three', 'answer '])
    expect(made.callsOf('set_effective_context')).toEqual(['set_effective_context 3', 'set_effective_context 2'])
  })

  it('hands status and message of a failure over', () => {
    const made = host('grpc call')
    close(made, 5, 14, 'no healthy upstream')
    close(made, 5, 14, 'twice')
    expect(made.logs.slice(1)).toEqual(['failure 14 no healthy upstream'])
  })

  it('reports what could not be sent', () => {
    const made = new RecordingHost(wasm)
    made.start('grpc call')
    made.logs.length = 0
    made.grpcStatus = 4
    made.request(2)
    expect(made.logs).toEqual(['started=0'])
    receive(made, 5, 'nobody waits')
    expect(made.logs).toHaveLength(1)
  })

  it('is cancelled once, and never answered afterwards', () => {
    const made = host('grpc call', [['x-cancel', '1']])
    receive(made, 5, 'late')
    expect(made.logs).toEqual(['started=1', 'first=1', 'second=0'])
    made.end(2)
    expect(made.callsOf('grpc_cancel')).toEqual(['grpc_cancel 5'])
  })

  it('is cancelled when its stream is deleted', () => {
    const made = host('grpc call')
    made.end(2)
    expect(made.callsOf('grpc_cancel')).toEqual(['grpc_cancel 5'])
    receive(made, 5, 'late')
    close(made, 5, 1, 'late')
    expect(made.logs).toEqual(['started=1'])
  })

  it('says nothing to a stream the host dropped', () => {
    const made = host('grpc call')
    made.liveContexts = new Set([1])
    receive(made, 5, 'late')
    close(made, 5, 13, 'late')
    expect(made.logs).toEqual(['started=1'])
  })

  it('refuses what would end Envoy or split the request', () => {
    const made = host('grpc refusals')
    expect(made.logs.filter((line) => line === 'refused=1')).toHaveLength(6)
    expect(made.logs.filter((line) => line.startsWith('sdk: grpc refused'))).toHaveLength(12)
    expect(made.callsOf('grpc_call').concat(made.callsOf('grpc_stream'))).toEqual([])
  })
})

describe('Context.grpcStream', () => {
  it('sends and receives messages, metadata and the end', () => {
    const made = host('grpc stream')
    expect(made.callsOf('grpc_stream')).toEqual([`grpc_stream ${target('chat')} /test.Chat/Talk `])
    made.maps.set(4, [['content-type', 'application/grpc']])
    made.call('proxy_on_grpc_receive_initial_metadata', 1, 5, 1)
    receive(made, 5, 'echo')
    receive(made, 5, 'last')
    receive(made, 5, 'refused')
    made.maps.set(5, [['grpc-status', '0']])
    made.call('proxy_on_grpc_receive_trailing_metadata', 1, 5, 1)
    close(made, 5, 0, 'bye')
    expect(made.callsOf('grpc_send')).toEqual(['grpc_send 5 hello 0', 'grpc_send 5 echo 0', 'grpc_send 5 last 1'])
    const refused = 'sdk: grpc send refused: stream ended'
    expect(made.logs).toEqual(['sent=1', 'application/grpc', refused, '0', 'closed 0 bye', refused])
    made.end(2)
    expect(made.callsOf('grpc_cancel')).toEqual([])
  })

  it('half-closes once', () => {
    const made = host('grpc stream', [['x-half-close', '1']])
    expect(made.logs.filter((line) => !line.startsWith('sdk'))).toEqual(['sent=1', 'closed=1', 'sent=0', 'closed=0'])
    expect(made.callsOf('grpc_close')).toEqual(['grpc_close 5'])
  })

  it('ends when its handler cancels it', () => {
    const made = host('grpc stream')
    receive(made, 5, 'cancel')
    receive(made, 5, 'echo')
    close(made, 5, 1, '')
    expect(made.callsOf('grpc_cancel')).toEqual(['grpc_cancel 5'])
    expect(made.callsOf('grpc_send')).toEqual(['grpc_send 5 hello 0'])
  })

  it('is cancelled when its context is deleted, and leaves no memory behind', () => {
    const made = host('grpc stream')
    made.logLevel = 6
    made.call('proxy_on_tick', 1)
    let afterWarmUp = 0
    for (let id = 3; id < 20_000; id++) {
      made.request(id)
      made.end(id)
      made.calls.length = 0
      if (id === 2000) afterWarmUp = made.memoryBytes
    }
    made.request(20_000)
    made.end(20_000)
    expect(made.callsOf('grpc_cancel')).toHaveLength(1)
    expect(made.memoryBytes).toBe(afterWarmUp)
  })
})

describe('functions of the proxy', () => {
  it('get their arguments in protobuf and give typed results', () => {
    const made = new RecordingHost(wasm)
    made.start('foreign')
    made.calls.length = 0
    made.logs.length = 0
    made.foreign.set('verify_signature', () => Buffer.from([0x12, 3, ...Buffer.from('bad')]))
    made.foreign.set('sign', () => Buffer.from([8, 1, 0x12, 2, 0x41, 0x42]))
    made.foreign.set('compress', (argument) => Buffer.from(`[${argument.toString()}]`))
    made.foreign.set('uncompress', () => 3)
    made.foreign.set('set_envoy_filter_state', () => 1)
    made.foreign.set('declare_property', () => Buffer.alloc(0))
    made.foreign.set('clear_route_cache', () => Buffer.alloc(0))
    made.foreign.set('expr_create', (argument) => (argument.toString() === 'true' ? Buffer.from([7, 0, 0, 0]) : 2))
    made.foreign.set('expr_evaluate', () => Buffer.from([1]))
    made.foreign.set('expr_delete', () => Buffer.alloc(0))
    made.request(2)
    expect(made.callsOf('foreign')).toEqual([
      `foreign verify_signature ${hex('\n\x06sha256\x12\x03key\x1a\x03sig"\x04text')}`,
      `foreign sign ${hex('\n\x06sha256"\x03PEM\x1a\x04text')}`,
      `foreign compress ${hex('plain')}`,
      `foreign uncompress ${hex('junk')}`,
      `foreign set_envoy_filter_state ${hex('\n\x0cenvoy.string\x12\x01v\x18\x01')}`,
      `foreign declare_property ${hex('\n\x01p\x10\x01\x18\x01(\x00')}`,
      'foreign clear_route_cache ',
      'foreign own 0100',
      `foreign expr_create ${hex('1 +')}`,
      `foreign expr_create ${hex('true')}`,
      'foreign expr_evaluate 07000000',
      'foreign expr_evaluate 07000000',
      'foreign expr_delete 07000000',
    ])
    expect(made.logs).toEqual([
      'verified=0',
      'bad',
      'signed=1',
      'AB',
      '[plain]',
      'uncompressed=0',
      'state=1',
      'declared=0',
      'cleared=0',
      'own=1',
      'unparsed=1',
      'true=1',
      '01',
    ])
  })

  it('can call a context', () => {
    const made = host('none')
    made.buffers.set(8, Buffer.from('argument'))
    made.call('proxy_on_foreign_function', 2, 77, 8)
    made.call('proxy_on_foreign_function', 999, 77, 8)
    expect(made.logs).toEqual(['function=77', 'argument'])
  })
})

function hex(text: string): string {
  return Buffer.from(text, 'latin1').toString('hex')
}
