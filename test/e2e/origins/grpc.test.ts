/** A server of gRPC's C core behind host and Envoy: each call ends as it does without a proxy. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { fetchEnvoy } from '../../support/envoy-binary.ts'
import { fetchGrpcio, startGrpcOrigin, type GrpcOrigin } from '../../support/grpcio/origin.ts'
import { freePorts } from '../../support/ports.ts'
import { bootstrap, staticCluster } from '../host/setup.ts'
import { startEnvoy, startHost, type Proxy } from '../wire/proxies.ts'
import { OriginClient, type Outcome } from './grpc-client.ts'

const LIMIT = 60_000
const MEGABYTE = 1024 * 1024
const OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
const { value: program, reason: why } = await fetchOrReason(async () => (await fetchGrpcio(), fetchEnvoy()))

interface Call {
  readonly name: string
  readonly make: (client: OriginClient) => Promise<unknown>
  /** What must be among what comes of it. */
  readonly wanted: unknown
}

const OK = { code: 'OK', details: '' }
const INITIAL = ['x-bytes-bin: 0001ff', 'x-initial: here']
const TRAILING = ['x-echo-bin: 00ff2c0a', 'x-echo: a value']

const CALLS: readonly Call[] = [
  {
    name: 'a message there and back, with metadata at both ends',
    make: (client) => client.unary('hello'),
    wanted: { ...OK, last: 'hello', initial: INITIAL, trailing: TRAILING },
  },
  { name: 'a message of nothing', make: (client) => client.unary(''), wanted: { ...OK, messages: 1, bytes: 0 } },
  {
    name: 'a failure with details and trailers',
    make: (client) => client.unary('fail'),
    wanted: {
      code: 'FAILED_PRECONDITION',
      details: 'not now: 100 % – ü',
      messages: 0,
      trailing: ['grpc-status-details-bin: 080912046d6f7265', 'x-trailer: of a failure'],
    },
  },
  {
    name: 'a fault of the server',
    make: (client) => client.unary('raise'),
    wanted: { code: 'UNKNOWN', details: 'Exception calling application: a fault of the server' },
  },
  {
    name: 'every status',
    make: async (client) => {
      const ends: string[] = []
      for (let code = 1; code <= 16; code++) ends.push((await client.unary(`status ${code}`)).code)
      return ends.join(' ')
    },
    wanted:
      'CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED RESOURCE_EXHAUSTED ' +
      'FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED',
  },
  { name: 'a method that is not there', make: (client) => client.unknown(), wanted: { code: 'UNIMPLEMENTED', messages: 0 } },
  {
    name: 'a message of eight megabytes',
    make: (client) => client.unary(Buffer.alloc(8 * MEGABYTE, 'big')),
    wanted: { ...OK, bytes: 8 * MEGABYTE },
  },
  { name: 'a compressed answer', make: (client) => client.unary('gzip 500000'), wanted: { ...OK, bytes: 500_000 } },
  {
    name: 'a deadline that the server is told',
    make: (client) => client.unary('remaining', { deadline: Date.now() + 30_000 }),
    wanted: { ...OK, last: '30' },
  },
  {
    name: 'a deadline that passes',
    make: (client) => client.unary('hang', { deadline: Date.now() + 300 }),
    wanted: { code: 'DEADLINE_EXCEEDED', messages: 0 },
  },
  { name: 'a cancelled call', make: (client) => client.unary('hang', {}, 100), wanted: { code: 'CANCELLED' } },
  { name: 'a stream of the client', make: (client) => client.upload(300, 10_000), wanted: { ...OK, last: '3000000' } },
  { name: 'a stream of the client without messages', make: (client) => client.upload(0, 0), wanted: { ...OK, last: '0' } },
  {
    name: 'a stream of the server',
    make: (client) => client.download(1000, 1000),
    wanted: { ...OK, messages: 1000, bytes: 1_000_000 },
  },
  {
    name: 'a stream of large messages',
    make: (client) => client.download(8, MEGABYTE),
    wanted: { ...OK, messages: 8, bytes: 8 * MEGABYTE },
  },
  { name: 'a stream without messages', make: (client) => client.download(0, 0), wanted: { ...OK, messages: 0 } },
  { name: 'a conversation', make: (client) => client.talk(200), wanted: { ...OK, messages: 200, last: 'message 200' } },
  {
    name: 'a conversation that the server ends',
    make: (client) => client.talk(5, 0, 'stop'),
    wanted: { code: 'ABORTED', details: 'stopped', messages: 5 },
  },
  {
    name: 'fifty calls of all kinds at a time',
    make: async (client) => {
      const calls = Array.from({ length: 50 }, (_, at) => {
        if (at % 4 === 0) return client.upload(at, 100)
        if (at % 4 === 1) return client.download(at, 100)
        return at % 4 === 2 ? client.talk(at) : client.unary(`call ${at}`)
      })
      return (await Promise.all(calls)).map(({ code, messages }) => `${code} ${messages}`)
    },
    wanted: Array.from({ length: 50 }, (_, at) => `OK ${at % 4 === 1 || at % 4 === 2 ? at : 1}`),
  },
]

/** Their connections end under them: those of the server end with GOAWAY after 300 ms. */
const SHORT_LIVED: readonly Call[] = [
  {
    name: 'calls one after the other',
    make: async (client) => {
      const ends = new Set<string>()
      for (let i = 0; i < 60; i++) {
        ends.add((await client.unary('hello')).code)
        await sleep(15)
      }
      return [...ends]
    },
    wanted: ['OK'],
  },
  {
    name: 'a conversation that lasts longer',
    make: (client) => client.talk(10, 100),
    wanted: { ...OK, messages: 10 },
  },
]

function configuration({ port, shortLived }: GrpcOrigin, dead: number): object {
  const http2 = { '@type': `type.googleapis.com/${OPTIONS}`, explicit_http_config: { http2_protocol_options: {} } }
  const cluster = { typed_extension_protocol_options: { [OPTIONS]: http2 } }
  return bootstrap({
    ports: [port],
    cluster,
    otherClusters: [staticCluster('short-lived', [shortLived], cluster), staticCluster('dead', [dead], cluster)],
    routes: [
      { match: { prefix: '/', headers: [{ name: 'x-cluster' }] }, route: { cluster_header: 'x-cluster', timeout: '0s' } },
      { match: { prefix: '/' }, route: { cluster: 'up', timeout: '0s' } },
    ],
    admin: true,
  })
}

describe.skipIf(program === null)(`a gRPC server behind host and Envoy${why}`, () => {
  let origin: GrpcOrigin
  const proxies: Proxy[] = []
  const ports = new Map<string, number>()

  beforeAll(async () => {
    origin = await startGrpcOrigin()
    const [dead] = await freePorts(1)
    const config = configuration(origin, dead!)
    proxies.push(await startHost(config), await startEnvoy(config))
    ports.set('the host', proxies[0]!.ports.get('main')!).set('Envoy', proxies[1]!.ports.get('main')!)
  }, LIMIT)

  afterAll(async () => {
    for (const proxy of proxies) await proxy.stop()
    await origin.stop()
  })

  describe.each(['the host', 'Envoy', 'nothing between'])('%s', (name) => {
    async function outcomeOf(call: Call, cluster = ''): Promise<unknown> {
      const direct = cluster === '' ? origin.port : origin.shortLived
      const client = new OriginClient(ports.get(name) ?? direct, cluster)
      const result = await call.make(client)
      client.close()
      return result
    }

    test.each(CALLS.map((call) => [call.name, call] as const))('%s', async (_, call) => {
      const result = await outcomeOf(call)
      if (typeof call.wanted === 'object' && !Array.isArray(call.wanted)) expect(result).toMatchObject(call.wanted!)
      else expect(result).toEqual(call.wanted)
    })

    test.each(SHORT_LIVED.map((call) => [call.name, call] as const))('short-lived connections: %s', async (_, call) => {
      const result = await outcomeOf(call, 'short-lived')
      if (Array.isArray(call.wanted)) expect(result).toEqual(call.wanted)
      else expect(result).toMatchObject(call.wanted as object)
    })

    test('the server hears of calls that were given up', async () => {
      const client = new OriginClient(ports.get(name) ?? origin.port)
      const count = async (): Promise<number> => Number((await client.unary('cancelled')).last)
      const before = await count()
      await client.unary('hang', { deadline: Date.now() + 300 })
      await client.unary('hang', {}, 100)
      await expect.poll(count, { timeout: 5000 }).toBe(before + 2)
      client.close()
    })
  })

  test('no server', async () => {
    const outcomes: Outcome[] = []
    for (const port of ports.values()) {
      const client = new OriginClient(port, 'dead')
      outcomes.push(await client.unary('hello'))
      client.close()
    }
    expect(outcomes[0]).toEqual(outcomes[1])
    expect(outcomes[0]).toMatchObject({ code: 'UNAVAILABLE', messages: 0 })
  })
})
