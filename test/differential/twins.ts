/**
 * A filter of the suite and the filter of Envoy's own that does the same, on two listeners of one Envoy, before the same
 * upstream: the same request goes to both.
 */
import { EnvoyProcess } from '../support/envoy.ts'
import { freePorts } from '../support/ports.ts'
import { address, parse, RawClient, RawServer, staticCluster } from '../e2e/host/setup.ts'

const MANAGER = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const ROUTER = {
  name: 'router',
  typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
}
/** What differs from one request to the next, whoever passes it on. */
const UNSTEADY = /^x-request-id:|^x-envoy-expected-rq-timeout-ms:/i

/** What a client was told. */
export interface Answer {
  readonly status: number
  /** Of an answer by the filter its text; else the request as the upstream got it. */
  readonly body: string
  /** Headers by name in lower case. */
  readonly headers: ReadonlyMap<string, string>
}

/** The answers of both to one request. */
export interface Answers {
  readonly ours: Answer
  readonly native: Answer
}

export interface TwinsConfig {
  /** Entries of `http_filters` before the router. */
  readonly ours: readonly object[]
  readonly native: readonly object[]
  /** Clusters that filters ask. */
  readonly clusters?: readonly object[]
  /** Fields of the connection manager, for both. */
  readonly http?: object
}

export class Twins {
  readonly #envoy: EnvoyProcess
  readonly #upstream: RawServer
  readonly #ports: readonly [number, number]

  private constructor(envoy: EnvoyProcess, upstream: RawServer, ports: readonly [number, number]) {
    this.#envoy = envoy
    this.#upstream = upstream
    this.#ports = ports
  }

  static async start(config: TwinsConfig): Promise<Twins> {
    const upstream = new RawServer((socket, request) => {
      for (const head of request.split('\r\n\r\n').slice(0, -1)) socket.write(echo(head), 'latin1')
    })
    const upstreamPort = await upstream.start()
    const ports = (await freePorts(2)) as [number, number]
    const envoy = await EnvoyProcess.start(0, () => Promise.resolve(bootstrap(config, ports, upstreamPort)))
    return new Twins(envoy, upstream, ports)
  }

  /** Sends a request of HTTP/1.1 without body, byte for byte, to both. */
  async ask(request: string): Promise<Answers> {
    const [ours, native] = await Promise.all(this.#ports.map((port) => answer(port, request)))
    return { ours: ours!, native: native! }
  }

  /** `/stats` of Envoy, of the counters whose name fits. */
  stats(filter: string): Promise<string> {
    return this.#envoy.admin(`/stats?filter=${encodeURIComponent(filter)}`)
  }

  async stop(): Promise<void> {
    await this.#envoy.stop()
    await this.#upstream.stop()
  }
}

/** What came back, without waiting for the end of the connection: Envoy takes a second for that. */
async function answer(port: number, request: string): Promise<Answer> {
  const client = new RawClient(port).send(request)
  const text = await client.until(isWhole)
  client.close()
  return parse(text)
}

function isWhole(text: string): boolean {
  const { headers, body } = parse(text)
  return text.includes('\r\n\r\n') && body.length >= Number(headers.get('content-length') ?? 0)
}

/** Answers with the request as it arrived: its line, and its fields in an order of their own. */
function echo(head: string): string {
  const [line, ...fields] = head.split('\r\n')
  const body = [line, ...fields.filter((field) => !UNSTEADY.test(field)).toSorted()].join('\n')
  return `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

function bootstrap({ ours, native, clusters = [], http = {} }: TwinsConfig, ports: readonly number[], upstream: number): object {
  const listener = (name: string, port: number, filters: readonly object[]): object => {
    const routes = [{ match: { prefix: '/' }, route: { cluster: 'up' } }]
    const manager = {
      '@type': MANAGER,
      stat_prefix: name,
      route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
      http_filters: [...filters, ROUTER],
      ...http,
    }
    return { name, address: address(port), filter_chains: [{ filters: [{ name: 'http', typed_config: manager }] }] }
  }
  return {
    node: { id: 'twins', cluster: 'twins' },
    admin: { address: address(0) },
    static_resources: {
      listeners: [listener('ours', ports[0]!, ours), listener('native', ports[1]!, native)],
      clusters: [staticCluster('up', [upstream]), ...clusters],
    },
  }
}
