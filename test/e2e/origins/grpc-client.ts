/** Calls to `test.Origin` (test/support/grpcio/server.py), each told by what its client sees. */
import { Metadata, credentials, makeGenericClientConstructor, status } from '@grpc/grpc-js'
import type {
  ClientDuplexStream,
  ClientReadableStream,
  ClientUnaryCall,
  ClientWritableStream,
  MethodDefinition,
  ServiceError,
  StatusObject,
} from '@grpc/grpc-js'

/** A method whose messages are bytes. */
function method(name: string, requestStream: boolean, responseStream: boolean): MethodDefinition<Buffer, Buffer> {
  const same = (bytes: Buffer): Buffer => bytes
  const codec = { requestSerialize: same, requestDeserialize: same, responseSerialize: same, responseDeserialize: same }
  return { path: `/test.Origin/${name}`, requestStream, responseStream, ...codec }
}

const CLIENT = makeGenericClientConstructor(
  {
    unary: method('Unary', false, false),
    upload: method('Upload', true, false),
    download: method('Download', false, true),
    talk: method('Talk', true, true),
    unknown: method('Unknown', false, false),
  },
  'test.Origin',
)

type Done = (error: ServiceError | null, answer?: Buffer) => void
type UnaryMethod = (message: Buffer, metadata: Metadata, options: object, done: Done) => ClientUnaryCall

interface Methods {
  readonly unary: UnaryMethod
  readonly unknown: UnaryMethod
  upload(metadata: Metadata, options: object, done: Done): ClientWritableStream<Buffer>
  download(message: Buffer, metadata: Metadata, options: object): ClientReadableStream<Buffer>
  talk(metadata: Metadata, options: object): ClientDuplexStream<Buffer, Buffer>
  close(): void
}

/** What the client of a call sees. */
export interface Outcome {
  /** Name of the status. */
  readonly code: string
  readonly details: string
  /** Number and bytes of the messages that came. */
  readonly messages: number
  readonly bytes: number
  /** The last message, as far as it is short. */
  readonly last: string
  /** `name: value` of metadata at both ends, bytes in hexadecimal. */
  readonly initial: readonly string[]
  readonly trailing: readonly string[]
}

export class OriginClient {
  readonly #methods: Methods
  readonly #headers = new Metadata()

  /** The proxies route by `x-cluster`, if it is given. */
  constructor(port: number, cluster = '') {
    const options = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1, 'grpc.enable_retries': 0 }
    this.#methods = new CLIENT(`127.0.0.1:${port}`, credentials.createInsecure(), options) as unknown as Methods
    if (cluster !== '') this.#headers.set('x-cluster', cluster)
    this.#headers.set('x-echo', 'a value')
    this.#headers.add('x-echo-bin', Buffer.from([0, 255, 44, 10]))
  }

  close(): void {
    this.#methods.close()
  }

  /** `cancelAfter` is in milliseconds. */
  unary(message: string | Buffer, options: object = {}, cancelAfter = -1): Promise<Outcome> {
    return this.#single((done) => {
      const call = this.#methods.unary(Buffer.from(message), this.#headers, options, done)
      if (cancelAfter >= 0) setTimeout(() => call.cancel(), cancelAfter)
      return call
    })
  }

  unknown(): Promise<Outcome> {
    return this.#single((done) => this.#methods.unknown(Buffer.alloc(1), this.#headers, {}, done))
  }

  upload(count: number, size: number): Promise<Outcome> {
    return this.#single((done) => {
      const call = this.#methods.upload(this.#headers, {}, done)
      for (let i = 0; i < count; i++) call.write(Buffer.alloc(size, i))
      call.end()
      return call
    })
  }

  download(count: number, size: number): Promise<Outcome> {
    return collected(this.#methods.download(Buffer.from(`${count} ${size}`), this.#headers, {}))
  }

  /** Each message is sent when the one before has come back, `pause` ms later; without a `last` one the client just ends. */
  talk(rounds: number, pause = 0, last?: string): Promise<Outcome> {
    const call = this.#methods.talk(this.#headers, {})
    let sent = 1
    call.on('data', () => {
      if (sent++ < rounds) setTimeout(() => call.write(Buffer.from(`message ${sent}`)), pause)
      else if (last === undefined) call.end()
      else if (sent === rounds + 1) call.write(Buffer.from(last))
    })
    call.write(Buffer.from('message 1'))
    return collected(call)
  }

  #single(start: (done: Done) => ClientUnaryCall | ClientWritableStream<Buffer>): Promise<Outcome> {
    return new Promise((resolve) => {
      let initial = new Metadata()
      let answer: Buffer | undefined
      const call = start((_, message) => void (answer = message))
      call.on('metadata', (fields: Metadata) => void (initial = fields))
      call.on('status', (end: StatusObject) =>
        setImmediate(() => resolve(outcome(end, answer === undefined ? [] : [answer], initial))),
      )
    })
  }
}

function collected(call: ClientReadableStream<Buffer>): Promise<Outcome> {
  return new Promise((resolve) => {
    const messages: Buffer[] = []
    let initial = new Metadata()
    call.on('data', (message: Buffer) => void messages.push(message))
    call.on('metadata', (fields: Metadata) => void (initial = fields))
    call.on('error', () => {})
    call.on('status', (end: StatusObject) => setImmediate(() => resolve(outcome(end, messages, initial))))
  })
}

function outcome({ code, details, metadata }: StatusObject, messages: readonly Buffer[], initial: Metadata): Outcome {
  const last = messages.at(-1) ?? Buffer.alloc(0)
  return {
    code: status[code],
    // The client writes how it waited into the details of its own deadline.
    details: code === status.DEADLINE_EXCEEDED ? '' : details,
    messages: messages.length,
    bytes: messages.reduce((sum, { length }) => sum + length, 0),
    last: last.length < 100 ? last.toString() : '',
    initial: linesOf(initial),
    trailing: linesOf(metadata),
  }
}

/** What proxies add, and what every answer has, is left out. */
const LEFT_OUT: ReadonlySet<string> = new Set(['content-type', 'date', 'server', 'x-envoy-upstream-service-time'])

function linesOf(metadata: Metadata): string[] {
  const names = Object.keys(metadata.getMap()).filter((name) => !LEFT_OUT.has(name))
  const text = (value: string | Buffer): string => (typeof value === 'string' ? value : value.toString('hex'))
  return names.flatMap((name) => metadata.get(name).map((value) => `${name}: ${text(value)}`)).toSorted()
}
