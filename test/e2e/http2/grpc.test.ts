/** A real gRPC server and client with a proxy between them, or two: what the client sees is the same through host and Envoy. */
import { Metadata, Server, ServerCredentials, credentials, makeGenericClientConstructor, status } from '@grpc/grpc-js'
import type {
  ClientDuplexStream,
  ClientReadableStream,
  ClientUnaryCall,
  ClientWritableStream,
  MethodDefinition,
  ServiceError,
  ServerDuplexStream,
  ServerReadableStream,
  ServerUnaryCall,
  ServerWritableStream,
  UntypedServiceImplementation,
  sendUnaryData,
} from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { fetchEnvoy } from '../../support/envoy-binary.ts'
import { freePorts } from '../../support/ports.ts'
import { bootstrap, staticCluster } from '../host/setup.ts'
import { startEnvoy, startHost, type Proxy } from '../wire/proxies.ts'

const { value: program, reason: missing } = await fetchOrReason(fetchEnvoy)
const OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
const LIMIT = 60_000
const MEGABYTE = 1024 * 1024

/** A method whose messages are bytes. */
function method(name: string, requestStream: boolean, responseStream: boolean): MethodDefinition<Buffer, Buffer> {
  const same = (bytes: Buffer): Buffer => bytes
  const codec = { requestSerialize: same, requestDeserialize: same, responseSerialize: same, responseDeserialize: same }
  return { path: `/test.Echo/${name}`, requestStream, responseStream, ...codec }
}

const SERVICE = {
  unary: method('Unary', false, false),
  upload: method('Upload', true, false),
  download: method('Download', false, true),
  talk: method('Talk', true, true),
}

interface EchoClient {
  unary(
    message: Buffer,
    metadata: Metadata,
    options: object,
    done: (error: ServiceError | null, answer?: Buffer) => void,
  ): ClientUnaryCall
  upload(
    metadata: Metadata,
    options: object,
    done: (error: ServiceError | null, answer?: Buffer) => void,
  ): ClientWritableStream<Buffer>
  download(message: Buffer, metadata: Metadata, options: object): ClientReadableStream<Buffer>
  talk(metadata: Metadata, options: object): ClientDuplexStream<Buffer, Buffer>
  close(): void
}

type Handler = UntypedServiceImplementation[string]

/** Calls that the client has cancelled, as the server heard of them. */
let cancelled = 0

const IMPLEMENTATION: UntypedServiceImplementation = {
  /** Echoes message and metadata; `fail` asks for an error with trailers of its own, `hang` for none at all. */
  unary: ((call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => {
    const kind = call.request.toString()
    call.on('cancelled', () => cancelled++)
    if (kind === 'hang') return
    const trailer = new Metadata()
    trailer.set('x-trailer', String(call.metadata.get('x-header')[0] ?? 'none'))
    if (kind === 'fail') return done({ code: status.FAILED_PRECONDITION, details: 'not now: 100 %', metadata: trailer })
    const initial = new Metadata()
    initial.set('x-initial-bin', Buffer.from([0, 1, 255]))
    call.sendMetadata(initial)
    done(null, call.request, trailer)
  }) as Handler,
  upload: ((call: ServerReadableStream<Buffer, Buffer>, done: sendUnaryData<Buffer>) => {
    let bytes = 0
    call.on('data', (message: Buffer) => void (bytes += message.length))
    call.on('end', () => done(null, Buffer.from(String(bytes))))
  }) as Handler,
  download: ((call: ServerWritableStream<Buffer, Buffer>) => {
    const [count = 0, size = 0] = call.request.toString().split('x').map(Number)
    for (let i = 0; i < count; i++) call.write(Buffer.alloc(size, i))
    call.end()
  }) as Handler,
  talk: ((call: ServerDuplexStream<Buffer, Buffer>) => {
    call.on('data', (message: Buffer) => call.write(message))
    call.on('end', () => call.end())
    call.on('cancelled', () => cancelled++)
  }) as Handler,
}

function configuration(port: number, dead: number): object {
  const upstream = {
    '@type': `type.googleapis.com/${OPTIONS}`,
    explicit_http_config: { http2_protocol_options: {} },
  }
  return bootstrap({
    ports: [port],
    cluster: { typed_extension_protocol_options: { [OPTIONS]: upstream } },
    otherClusters: [staticCluster('dead', [dead], { typed_extension_protocol_options: { [OPTIONS]: upstream } })],
    routes: [
      { match: { prefix: '/test.Dead/' }, route: { cluster: 'dead' } },
      { match: { prefix: '/test.Echo/' }, route: { cluster: 'up', timeout: '0s' } },
    ],
    admin: true,
  })
}

const CLIENT = makeGenericClientConstructor(SERVICE, 'test.Echo')

function clientOf(port: number): EchoClient {
  const options = { 'grpc.max_receive_message_length': -1, 'grpc.enable_retries': 0 }
  return new CLIENT(`127.0.0.1:${port}`, credentials.createInsecure(), options) as unknown as EchoClient
}

interface Answer {
  readonly code: number
  readonly details: string
  readonly bytes: number
  readonly trailer: string
  readonly initial: string
}

/** What a unary call brings. */
async function unary(client: EchoClient, message: Buffer, deadline = 5000, cancelAfter = -1): Promise<Answer> {
  const metadata = new Metadata()
  metadata.set('x-header', 'here')
  let [initial, trailer] = ['', '']
  return new Promise((resolve) => {
    const call = client.unary(message, metadata, { deadline: Date.now() + deadline }, (error, answer) => {
      const code = error?.code ?? status.OK
      setImmediate(() =>
        resolve({
          code,
          details: code === status.DEADLINE_EXCEEDED ? '' : (error?.details ?? ''),
          bytes: answer?.length ?? -1,
          trailer,
          initial,
        }),
      )
    })
    call.on(
      'metadata',
      (fields: Metadata) =>
        void (initial = fields
          .get('x-initial-bin')
          .map((bytes) => Buffer.from(bytes).toString('hex'))
          .join()),
    )
    call.on('status', ({ metadata: fields }) => void (trailer = fields.get('x-trailer').join()))
    if (cancelAfter >= 0) setTimeout(() => call.cancel(), cancelAfter)
  })
}

async function upload(client: EchoClient, count: number, size: number): Promise<string> {
  return new Promise((resolve) => {
    const call = client.upload(new Metadata(), {}, (error, answer) => resolve(error?.message ?? answer!.toString()))
    for (let i = 0; i < count; i++) call.write(Buffer.alloc(size, i))
    call.end()
  })
}

async function download(client: EchoClient, count: number, size: number, pause = 0): Promise<string> {
  let [messages, bytes] = [0, 0]
  const call = client.download(Buffer.from(`${count}x${size}`), new Metadata(), {})
  return new Promise((resolve) => {
    call.on('data', (message: Buffer) => {
      messages++
      bytes += message.length
      if (pause > 0 && messages === 1) {
        call.pause()
        setTimeout(() => call.resume(), pause)
      }
    })
    call.on('error', (error) => resolve(error.message))
    call.on('end', () => resolve(`${messages} messages, ${bytes} bytes`))
  })
}

/** Sends the next message when the last one came back. */
async function talk(client: EchoClient, rounds: number): Promise<number> {
  const call = client.talk(new Metadata(), {})
  let echoed = 0
  return new Promise((resolve, reject) => {
    call.on('data', () => {
      if (++echoed < rounds) call.write(Buffer.from(`message ${echoed}`))
      else call.end()
    })
    call.on('error', reject)
    call.on('end', () => resolve(echoed))
    call.write(Buffer.from('message'))
  })
}

async function cancelTalk(client: EchoClient): Promise<string> {
  const call = client.talk(new Metadata(), {})
  return new Promise((resolve) => {
    call.on('data', () => call.cancel())
    call.on('error', (error: ServiceError) => resolve(error.message))
    call.write(Buffer.from('message'))
  })
}

const OK_ANSWER = { code: status.OK, details: '', trailer: 'here', initial: '0001ff' }

describe.skipIf(program === null)(`gRPC${missing}`, () => {
  const server = new Server({ 'grpc.max_receive_message_length': -1 })
  const proxies: Proxy[] = []
  const clients = new Map<string, EchoClient>()

  beforeAll(async () => {
    server.addService(SERVICE, IMPLEMENTATION)
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      ),
    )
    const [dead] = await freePorts(1)
    const config = (upstream: number): object => configuration(upstream, dead!)
    const inner = await startHost(config(port))
    const outer = await startHost(config(inner.ports.get('main')!))
    const envoy = await startEnvoy(config(port))
    const beforeEnvoy = await startHost(config(envoy.ports.get('main')!))
    proxies.push(beforeEnvoy, outer, inner, envoy)
    clients.set('the host', clientOf(inner.ports.get('main')!))
    clients.set('two hosts', clientOf(outer.ports.get('main')!))
    clients.set('host and Envoy', clientOf(beforeEnvoy.ports.get('main')!))
    clients.set('Envoy', clientOf(envoy.ports.get('main')!))
  }, LIMIT)

  afterAll(async () => {
    for (const client of clients.values()) client.close()
    for (const proxy of proxies) await proxy.stop()
    server.forceShutdown()
  })

  describe.each(['the host', 'two hosts', 'host and Envoy', 'Envoy'])('through %s', (name) => {
    const client = (): EchoClient => clients.get(name)!

    it('a message there and back, with binary metadata and trailers', async () => {
      expect(await unary(client(), Buffer.from('hello'))).toEqual({ ...OK_ANSWER, bytes: 5 })
    })

    it('an error with its text and trailers', async () => {
      const { code, details, trailer } = await unary(client(), Buffer.from('fail'))
      expect({ code, details, trailer }).toEqual({ code: status.FAILED_PRECONDITION, details: 'not now: 100 %', trailer: 'here' })
    })

    it('a message of eight megabytes', async () => {
      expect(await unary(client(), Buffer.alloc(8 * MEGABYTE))).toMatchObject({ code: status.OK, bytes: 8 * MEGABYTE })
    })

    it('a hundred calls at a time', async () => {
      const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => unary(client(), Buffer.alloc(i + 10))))
      expect(answers.map(({ bytes }) => bytes)).toEqual(Array.from({ length: 100 }, (_, i) => i + 10))
    })

    it('a stream of the client', async () => {
      expect(await upload(client(), 300, 10_000)).toBe('3000000')
    })

    it('a stream of the server', async () => {
      expect(await download(client(), 1000, 100)).toBe('1000 messages, 100000 bytes')
    })

    it('a stream of the server whose reader pauses, while other calls go on', async () => {
      const slow = download(client(), 300, 100_000, 300)
      expect(await unary(client(), Buffer.from('hello'))).toMatchObject({ code: status.OK })
      expect(await slow).toBe('300 messages, 30000000 bytes')
    })

    it('a conversation', async () => {
      expect(await talk(client(), 200)).toBe(200)
    })

    it('a deadline, which ends the call at the server', async () => {
      const before = cancelled
      expect(await unary(client(), Buffer.from('hang'), 200)).toMatchObject({ code: status.DEADLINE_EXCEEDED })
      await expect.poll(() => cancelled).toBe(before + 1)
    })

    it('a cancelled call, which ends at the server', async () => {
      const before = cancelled
      expect(await unary(client(), Buffer.from('hang'), 5000, 50)).toMatchObject({ code: status.CANCELLED })
      expect(await cancelTalk(client())).toBe('1 CANCELLED: Cancelled on client')
      await expect.poll(() => cancelled).toBe(before + 2)
    })

    it('an upstream that is not there', async () => {
      const Dead = makeGenericClientConstructor({ unary: { ...SERVICE.unary, path: '/test.Dead/Unary' } }, 'test.Dead')
      const proxy = (client() as unknown as { getChannel(): { getTarget(): string } }).getChannel().getTarget()
      const dead = new Dead(proxy.replace(/^dns:/, ''), credentials.createInsecure()) as unknown as EchoClient
      const { code, details } = await unary(dead, Buffer.from('x'))
      dead.close()
      expect(code).toBe(status.UNAVAILABLE)
      expect(details).toMatch(
        /^upstream connect error or disconnect\/reset before headers\. reset reason: remote connection failure/,
      )
    })
  })
})
