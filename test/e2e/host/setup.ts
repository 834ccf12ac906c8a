/** Hosts for end-to-end tests: a configuration from a few choices, an upstream that does what the test says, a raw client. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createHost, type Host } from '../../../host/index.ts'

const TYPE = 'type.googleapis.com/envoy.extensions.filters'

export interface Choices {
  readonly listener?: object
  /** Fields of the filter chain. */
  readonly chain?: object
  readonly http?: object
  readonly routes?: readonly object[]
  /** Entries of `http_filters` before the router. */
  readonly filters?: readonly object[]
  readonly router?: object
  /** Ports of the cluster `up`. */
  readonly ports: readonly number[]
  readonly cluster?: object
  readonly otherClusters?: readonly object[]
  readonly admin?: boolean
}

/** A bootstrap with the listener `main` on a free port, routed to the cluster `up`. */
export function bootstrap(choices: Choices): object {
  const {
    listener = {},
    chain = {},
    http = {},
    filters = [],
    router = {},
    ports,
    cluster = {},
    otherClusters = [],
    admin = false,
  } = choices
  const routes = choices.routes ?? [{ match: { prefix: '/' }, route: { cluster: 'up' } }]
  const manager = {
    '@type': `${TYPE}.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'e2e',
    route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
    http_filters: [...filters, { name: 'router', typed_config: { '@type': `${TYPE}.http.router.v3.Router`, ...router } }],
    ...http,
  }
  const filterChain = { filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }], ...chain }
  return {
    ...(admin ? { admin: { address: address(0) } } : {}),
    static_resources: {
      listeners: [{ name: 'main', address: address(0), filter_chains: [filterChain], ...listener }],
      clusters: [staticCluster('up', ports, cluster), ...otherClusters],
    },
  }
}

export function staticCluster(name: string, ports: readonly number[], more: object = {}): object {
  const endpoints = ports.map((port) => ({ endpoint: { address: address(port) } }))
  return { name, load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: endpoints }] }, ...more }
}

/** A filter of the chain that runs the module in `file`. */
export function wasmFilter(file: string, more: object = {}, vm: object = {}): object {
  const code = { local: { filename: file } }
  const config = { name: 'guest', root_id: 'guest', vm_config: { runtime: 'envoy.wasm.runtime.v8', code, ...vm }, ...more }
  return { name: 'guest', typed_config: { '@type': `${TYPE}.http.wasm.v3.Wasm`, config } }
}

export function address(port: number): object {
  return { socket_address: { address: '127.0.0.1', port_value: port } }
}

/** A running host and the port of its listener `main`. */
export async function startHost(choices: Choices, concurrency = 1): Promise<{ host: Host; port: number }> {
  return startConfig(bootstrap(choices), concurrency)
}

export async function startConfig(config: object, concurrency = 1): Promise<{ host: Host; port: number }> {
  const host = await createHost({ config, concurrency, logLevel: 'off' })
  return { host, port: host.addresses.get('main')!.port }
}

/** A TCP server whose connections are handled by the test; keeps what each one received. */
export class RawServer {
  readonly received: string[] = []
  readonly sockets: Socket[] = []
  readonly #server: Server

  constructor(onData: (socket: Socket, text: string, connection: number) => void) {
    this.#server = createServer({ noDelay: true }, (socket) => {
      const connection = this.sockets.push(socket) - 1
      this.received.push('')
      socket.on('error', () => socket.destroy())
      socket.on('data', (bytes: Buffer) => {
        const text = bytes.latin1Slice()
        this.received[connection] += text
        onData(socket, text, connection)
      })
    })
  }

  async start(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

/** Answers every request that has arrived whole (no body) with this text. */
export function answering(text: string): RawServer {
  return new RawServer((socket, request) => {
    for (let at = request.indexOf('\r\n\r\n'); at >= 0; at = request.indexOf('\r\n\r\n', at + 4)) socket.write(text, 'latin1')
  })
}

export const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'

/** A connection to the host that keeps what came. */
export class RawClient {
  readonly socket: Socket
  text = ''
  #hasEnded = false
  #wake: () => void = () => {}

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.socket.on('data', (bytes: Buffer) => {
      this.text += bytes.latin1Slice()
      this.#wake()
    })
    this.socket.on('error', () => this.socket.destroy())
    this.socket.on('end', () => this.#end())
    this.socket.on('close', () => this.#end())
  }

  send(text: string): this {
    this.socket.write(text, 'latin1')
    return this
  }

  /** Waits until `isDone` accepts what came; fails loudly when the connection ends before. */
  async until(isDone: (text: string) => boolean): Promise<string> {
    while (!isDone(this.text)) {
      if (this.#hasEnded) throw new Error(`connection ended after ${JSON.stringify(this.text)}`)
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    return this.text
  }

  /** Everything that came until the peer closed. */
  async untilEnd(): Promise<string> {
    while (!this.#hasEnded) await new Promise<void>((resolve) => (this.#wake = resolve))
    return this.text
  }

  close(): void {
    this.socket.destroy()
  }

  #end(): void {
    this.#hasEnded = true
    this.#wake()
  }
}

export const GET = 'GET / HTTP/1.1\r\nhost: a.test\r\n\r\n'

/** One request on a connection of its own; resolves with the whole answer once the peer closed. */
export async function ask(
  port: number,
  request = 'GET / HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n\r\n',
): Promise<string> {
  const client = new RawClient(port).send(request)
  const text = await client.untilEnd()
  client.close()
  return text
}

/** Status, body and lower-case headers of one answer. */
export function parse(text: string): { status: number; headers: Map<string, string>; body: string } {
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const [line = '', ...lines] = head.split('\r\n')
  const headers = new Map(lines.map((field) => [field.slice(0, field.indexOf(':')), field.slice(field.indexOf(':') + 1).trim()]))
  return { status: Number(line.split(' ')[1]), headers, body: rest.join('\r\n\r\n') }
}
