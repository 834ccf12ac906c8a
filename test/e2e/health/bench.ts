/** A proxy before upstreams that are asked for their health, and upstreams whose answers the test changes. */
import { createServer as createTcpServer, type Socket } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { address, ask, bootstrap, parse, RawServer } from '../host/setup.ts'
import type { Proxy, ProxyKind } from '../plugins/proxies.ts'

/** An endpoint of the cluster `up`. */
export interface Target {
  readonly port: number
  /** Fields of its `Endpoint`. */
  readonly endpoint?: object
  /** Fields of its `LbEndpoint`. */
  readonly more?: object
}

/** What runs until the end of a test. */
export class Running {
  readonly #all: { stop(): Promise<unknown> }[] = []

  add<T extends { stop(): Promise<unknown> }>(one: T): T {
    this.#all.push(one)
    return one
  }

  async stop(): Promise<void> {
    for (const one of this.#all.splice(0).toReversed()) await one.stop()
  }
}

/** A proxy whose cluster `up` has these endpoints. */
export class Checked {
  readonly port: number
  readonly #proxy: Proxy

  constructor(proxy: Proxy, port: number) {
    this.#proxy = proxy
    this.port = port
  }

  /** `chain`: fields of the listener's filter chain. */
  static async start(kind: ProxyKind, targets: readonly Target[], cluster: object, workers = 1, chain = {}): Promise<Checked> {
    const lbEndpoints = targets.map(({ port, endpoint = {}, more = {} }) => ({
      endpoint: { address: address(port), ...endpoint },
      ...more,
    }))
    const load_assignment = { cluster_name: 'up', endpoints: [{ lb_endpoints: lbEndpoints }] }
    const config = (port: number): object =>
      bootstrap({ ports: [], listener: { address: address(port) }, chain, cluster: { load_assignment, ...cluster } })
    const { proxy, port } = await kind.start(config, workers)
    return new Checked(proxy, port)
  }

  stop(): Promise<unknown> {
    return this.#proxy.stop()
  }

  /** Bodies of the answers to requests one after the other. */
  async bodies(count: number): Promise<string[]> {
    const all: string[] = []
    for (let i = 0; i < count; i++) all.push(parse(await ask(this.port)).body)
    return all
  }

  /** Who of the upstreams answers, in order of their names. */
  async reached(requests: number): Promise<string[]> {
    return [...new Set(await this.bodies(requests))].toSorted()
  }

  async stat(name: string): Promise<number> {
    const text = await this.#proxy.admin(`/stats?filter=^cluster\\.up\\.${name.replaceAll('.', '\\.')}$`)
    return Number(/: (\d+)/.exec(text)?.[1])
  }

  /** Of these names, their figures. */
  async stats(...names: string[]): Promise<Record<string, number>> {
    return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await this.stat(name)] as const)))
  }

  /** The health flags of the endpoint with the port. */
  async flags(port: number): Promise<string> {
    const text = await this.#proxy.admin('/clusters')
    return new RegExp(`^up::127\\.0\\.0\\.1:${port}::health_flags::(.*)$`, 'm').exec(text)?.[1] ?? 'no such endpoint'
  }
}

/** A check of the path `/healthz` every 50 ms. */
export function httpCheck(http: object = {}, more: object = {}): object {
  const times = { timeout: '1s', interval: '0.05s', no_traffic_interval: '0.05s' }
  const thresholds = { unhealthy_threshold: 3, healthy_threshold: 2 }
  return { health_checks: [{ ...times, ...thresholds, http_health_check: { path: '/healthz', ...http }, ...more }] }
}

/** What an upstream answers. */
export interface Answer {
  readonly status?: number
  readonly headers?: string
  readonly body?: string
  /** It says nothing. */
  readonly hangs?: true
  /** It ends the connection. */
  readonly closes?: true
}

/** An HTTP/1 server that answers checks one way and other requests with its name. */
export class Upstream {
  readonly name: string
  /** The answer to checks. */
  check: Answer
  /** Headers of answers to other requests. */
  headers = ''
  /** Heads and bodies of the checks that came. */
  readonly checks: string[] = []
  /** When they came, milliseconds. */
  readonly times: number[] = []
  port = 0
  readonly #checking = new Set<Socket>()
  readonly #serving = new Set<Socket>()
  readonly #server = new RawServer((socket, text) => this.#onData(socket, text))

  constructor(name: string, check: Answer = {}) {
    this.name = name
    this.check = check
  }

  async start(): Promise<this> {
    this.port = await this.#server.start()
    return this
  }

  stop(): Promise<void> {
    return this.#server.stop()
  }

  /** Connections that checks came over. */
  get connections(): number {
    return this.#checking.size
  }

  /** Connections that other requests came over. */
  get servingConnections(): number {
    return this.#serving.size
  }

  #onData(socket: Socket, text: string): void {
    for (const request of text.split(/(?<=\r\n\r\n)(?=[A-Z]+ \/)/)) this.#onRequest(socket, request)
  }

  #onRequest(socket: Socket, request: string): void {
    if (!/^\S+ \/healthz /.test(request)) return this.#serve(socket)
    this.checks.push(request)
    this.#checking.add(socket)
    this.times.push(performance.now())
    writeAnswer(socket, this.check)
  }

  #serve(socket: Socket): void {
    this.#serving.add(socket)
    writeAnswer(socket, { headers: this.headers, body: this.name })
  }
}

function writeAnswer(socket: Socket, { status = 200, headers = '', body = '', hangs, closes }: Answer): void {
  if (closes) return void socket.destroy()
  if (!hangs) socket.write(`HTTP/1.1 ${status} X\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`)
}

/** A TCP server that keeps what came and answers each piece with `answer`. */
export class TcpUpstream {
  answer: string
  readonly received: string[] = []
  connections = 0
  port = 0
  readonly #sockets = new Set<Socket>()
  readonly #server = createTcpServer((socket) => {
    this.connections++
    this.#sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('data', (bytes: Buffer) => {
      this.received.push(bytes.latin1Slice())
      socket.write(this.answer, 'latin1')
    })
  })

  constructor(answer: string) {
    this.answer = answer
  }

  async start(): Promise<this> {
    this.#server.listen(this.port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.port = (this.#server.address() as AddressInfo).port
    return this
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    if (!this.#server.listening) return
    this.#server.close()
    await once(this.#server, 'close')
  }
}
