/** ext-authz beside Envoy's ext_authz, before a service over gRPC that answers with the message that the request carries. */
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js'
import type { Dice } from '../fuzz/http1/messages.ts'
import { staticCluster } from '../e2e/host/setup.ts'
import { describeTwins } from './describe-twins.ts'
import { requestOf } from './requests.ts'
import { nativeFilter, suiteFilter } from './suite-filter.ts'

/** Header of a request that carries the `CheckResponse`, in base64. */
const SCRIPT = 'x-script'
const H2 = {
  typed_extension_protocol_options: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      explicit_http_config: { http2_protocol_options: {} },
    },
  },
}

const service = new Server()

describeTwins({
  name: 'ext-authz over gRPC',
  count: 2000,
  config: async () => {
    const port = await startService()
    const grpc = { envoy_grpc: { cluster_name: 'authz' }, timeout: '5s' }
    return {
      ours: [suiteFilter('ext-authz', { grpc_service: { cluster: 'authz', timeout: '5s' } })],
      native: [nativeFilter('ext_authz', 'ExtAuthz', { grpc_service: grpc, transport_api_version: 'V3' })],
      clusters: [staticCluster('authz', [port], H2)],
    }
  },
  request: (dice) => requestOf(dice.pick(['GET', 'DELETE']), dice.pick(['/', '/a', '/a?q=1', '/a?q=1&r=2&s=3']), fields(dice)),
  headers: ['content-type', 'location', 'set-cookie', 'x-a', 'x-b', 'x-c'],
  differences: [],
  stop: () => new Promise((resolve) => service.tryShutdown(() => resolve())),
})

async function startService(): Promise<number> {
  const bytes = { requestSerialize: same, requestDeserialize: same, responseSerialize: same, responseDeserialize: same }
  const check = { path: '/envoy.service.auth.v3.Authorization/Check', requestStream: false, responseStream: false, ...bytes }
  service.addService({ Check: check }, { Check: answer })
  return new Promise((resolve, reject) => {
    const bound = (error: Error | null, port: number): void => (error === null ? resolve(port) : reject(error))
    service.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), bound)
  })
}

function same(bytes: Buffer): Buffer {
  return bytes
}

function answer(call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>): void {
  const [, script = ''] = /x-script.{2,3}?([\w+/]+=*)/s.exec(call.request.latin1Slice()) ?? []
  callback(null, Buffer.from(script, 'base64'))
}

function fields(dice: Dice): [string, string][] {
  const list: [string, string][] = []
  for (let i = dice.roll(4); i > 0; i--) list.push([dice.pick(NAMES), dice.pick(VALUES)])
  return [...list, [SCRIPT, response(dice).toString('base64')]]
}

const NAMES = ['x-a', 'x-b', 'x-c', 'cookie', 'authorization']
const VALUES = ['1', 'two', 'a, b', '']

/** A random `CheckResponse`. */
function response(dice: Dice): Buffer {
  const isOk = dice.roll(3) > 0
  const status = field(1, isOk ? '' : number(1, dice.pick([7, 16, 5])))
  const parts = Array.from({ length: dice.roll(5) }, () => (isOk ? okPart(dice) : deniedPart(dice))).join('')
  // One of a response, since Envoy changes these by kind and not in their order.
  const ofResponse = isOk && dice.roll(2) === 0 ? field(6, option(dice)) : ''
  const more = dice.roll(5) === 0 ? '' : field(isOk ? 3 : 2, parts + ofResponse)
  return Buffer.from(status + more, 'latin1')
}

function okPart(dice: Dice): string {
  return dice.pick([
    () => field(2, option(dice)),
    () => field(2, option(dice)),
    () => field(5, dice.pick([...NAMES, ':path', 'host', 'x-none'])),
  ])()
}

function deniedPart(dice: Dice): string {
  return dice.pick([
    () => field(1, number(1, dice.pick([401, 403, 302, 429, 503]))),
    () => field(2, option(dice)),
    () => field(3, dice.pick(['', 'no', '<p>no</p>'])),
  ])()
}

/** A `HeaderValueOption`. */
function option(dice: Dice): string {
  const pair = field(1, field(1, dice.pick(['x-a', 'x-b', 'X-C'])) + field(2, dice.pick(['new', 'a, b'])))
  return pair + dice.pick(['', field(2, ''), field(2, number(1, 1)), number(3, 0), number(3, 1), number(3, 2), number(3, 3)])
}

function field(at: number, bytes: string): string {
  return varint(at * 8 + 2) + varint(bytes.length) + bytes
}

function number(at: number, value: number): string {
  return varint(at * 8) + varint(value)
}

function varint(value: number): string {
  return value < 128 ? String.fromCodePoint(value) : String.fromCodePoint((value & 127) | 128) + varint(value >> 7)
}
