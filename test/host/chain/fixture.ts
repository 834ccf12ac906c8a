/** A connection manager in memory: scripted filters, a scripted terminal, a recording client, one list of all events. */
import { buildHttp2 } from '../../../host/config/build/http2-options.ts'
import { HttpConnectionManager } from '../../../host/chain/connection-manager.ts'
import type { HttpFilterContext, HttpFilterFactory } from '../../../host/chain/filter-context.ts'
import type { HttpStream } from '../../../host/chain/http-stream.ts'
import type { Terminal, TerminalStream } from '../../../host/chain/terminal.ts'
import type { AccessLogConfig, HttpConnectionManagerConfig, RouteConfig } from '../../../host/config/types.ts'
import type { CodecRefusal } from '../../../host/http/codec.ts'
import { HeaderMap } from '../../../host/http/header-map.ts'
import type { ConnectionInfo } from '../../../host/http/stream-info.ts'
import type { Services } from '../../../host/hostcalls/services.ts'
import type { LocalReply, HttpHost } from '../../../host/plugin/stream-host.ts'
import { AccessLog } from '../../../host/route/access-log.ts'
import { RouteTable } from '../../../host/route/route-table.ts'
import { SeededRandom } from '../../../host/testing/seeded-random.ts'
import { VirtualTime } from '../../../host/testing/virtual-time.ts'
import { Client } from './client.ts'
import { responseHead, ScriptedTerminal } from './scripted-terminal.ts'
import { NO_MUTATIONS, routeConfig, tableConfig } from '../route/fixture.ts'

/** What a scripted callback gets: the view of its guest. */
export interface Guest {
  readonly host: HttpHost
  readonly end: boolean
  readonly size: number
  /** Text of the body that the guest sees now, or null. */
  body(direction: 0 | 1): string | null
  reply(status: number, options?: Partial<ReplyOptions>): void
  /** The VM dies. */
  trap(): number
}

export interface ReplyOptions {
  body: string
  details: string
  headers: [string, string][]
  grpcStatus: number
}

export type Callback = (guest: Guest) => number | void

export interface FilterScript {
  reqh?: Callback
  reqb?: Callback
  reqt?: Callback
  resh?: Callback
  resb?: Callback
  rest?: Callback
  log?: Callback
  /** What `openStream` answers. */
  open?: 'bypass' | 'fail'
}

export const Action = { Continue: 0, Pause: 1, PauseWatermark: 2, Drop: 3, StopAllBuffer: 3, StopAll: 4 } as const

/** A filter of the chain; its VM is shared by its streams. */
export class ScriptedFilter implements HttpFilterFactory {
  readonly name: string
  readonly script: FilterScript
  readonly vm: { failed: boolean; callbacks: { requestBody: unknown; responseBody: unknown } }
  readonly hosts: HttpHost[] = []
  events: string[] = []
  alive = 0

  constructor(name: string, script: FilterScript) {
    this.name = name
    this.script = script
    this.vm = { failed: false, callbacks: { requestBody: script.reqb ?? null, responseBody: script.resb ?? null } }
  }

  openStream(host: HttpHost): HttpFilterContext | 'bypass' | 'fail' {
    if (this.script.open !== undefined) return this.script.open
    this.hosts.push(host)
    this.alive++
    return new ScriptedContext(this, host)
  }
}

class ScriptedContext implements HttpFilterContext {
  readonly filter: ScriptedFilter
  readonly host: HttpHost

  constructor(filter: ScriptedFilter, host: HttpHost) {
    this.filter = filter
    this.host = host
  }

  get vm(): ScriptedFilter['vm'] {
    return this.filter.vm
  }

  onRequestHeaders(_count: number, end: boolean): number {
    return this.#run('reqh', end ? ' end' : '', this.filter.script.reqh, end, 0)
  }

  onRequestBody(size: number, end: boolean): number {
    return this.filter.script.reqb === undefined
      ? this.#silent()
      : this.#run('reqb', ` ${size}${end ? ' end' : ''}`, this.filter.script.reqb, end, size)
  }

  onRequestTrailers(_count: number): number {
    return this.#run('reqt', '', this.filter.script.reqt, true, 0)
  }

  onResponseHeaders(_count: number, end: boolean): number {
    return this.#run('resh', end ? ' end' : '', this.filter.script.resh, end, 0)
  }

  onResponseBody(size: number, end: boolean): number {
    return this.filter.script.resb === undefined
      ? this.#silent()
      : this.#run('resb', ` ${size}${end ? ' end' : ''}`, this.filter.script.resb, end, size)
  }

  onResponseTrailers(_count: number): number {
    return this.#run('rest', '', this.filter.script.rest, true, 0)
  }

  onLog(): void {
    if (!this.vm.failed) this.#run('log', '', this.filter.script.log, true, 0)
  }

  onDone(): void {
    if (!this.vm.failed) this.filter.events.push(`${this.filter.name}.done`)
  }

  onDelete(): void {
    this.filter.alive--
    if (!this.vm.failed) this.filter.events.push(`${this.filter.name}.delete`)
  }

  #silent(): number {
    return this.vm.failed ? -1 : 0
  }

  #run(name: string, detail: string, callback: Callback | undefined, end: boolean, size: number): number {
    if (this.vm.failed) return -1
    this.filter.events.push(`${this.filter.name}.${name}${detail}`)
    const action = callback?.(guest(this, end, size)) ?? 0
    return this.vm.failed ? -1 : action
  }
}

function guest(context: ScriptedContext, end: boolean, size: number): Guest {
  const { host, filter } = context
  return {
    host,
    end,
    size,
    body: (direction) => bodyText(host, direction),
    reply: (status, options) => host.sendLocalReply(localReply(status, options)),
    trap: () => {
      filter.vm.failed = true
      return -1
    },
  }
}

export function bodyText(host: HttpHost, direction: 0 | 1): string | null {
  const body = host.body(direction, false)
  return body === null ? null : Buffer.concat(body.chunks).toString('latin1')
}

export function localReply(status: number, options: Partial<ReplyOptions> = {}): LocalReply {
  const { body = '', details = '', headers = [], grpcStatus = -1 } = options
  return { status, details, body: Buffer.from(body, 'latin1'), headers: HeaderMap.from(headers), grpcStatus }
}

export interface ChainOptions {
  filters?: Record<string, FilterScript>
  config?: Partial<HttpConnectionManagerConfig>
  routes?: RouteConfig[]
  bufferLimit?: number
  accessLog?: AccessLogConfig['format']
}

export const CONNECTION: ConnectionInfo = {
  id: 7,
  remoteAddress: '10.0.0.9:4000',
  remoteHost: '10.0.0.9',
  directRemoteAddress: '10.0.0.9:4000',
  requestedServerName: '',
  tls: null,
  transportFailure: '',
  localAddress: '10.0.0.1:80',
  filterChainName: '',
  listenerDirection: 0,
  listenerMetadata: null,
  filterState: null,
}

export const CONFIG: HttpConnectionManagerConfig = {
  statPrefix: 'test',
  codec: 'AUTO',
  accessLogs: [],
  logPlugins: [],
  routes: tableConfig([routeConfig('/')]),
  filters: [],
  router: { suppressEnvoyHeaders: false },
  http1: {
    maxHeadBytes: 61440,
    maxHeaders: 100,
    allowAbsoluteUrl: true,
    acceptHttp10: false,
    defaultHostForHttp10: '',
    enableTrailers: true,
    allowChunkedLength: false,
    allowCustomMethods: false,
    underscores: 'ALLOW',
    letterCase: 'LOWER',
  },
  http2: buildHttp2(undefined),
  idleTimeout: 3_600_000,
  streamIdleTimeout: 300_000,
  requestTimeout: 0,
  requestHeadersTimeout: 0,
  maxStreamDuration: 0,
  delayedCloseTimeout: 1000,
  drainTimeout: 5000,
  maxRequestsPerConnection: 0,
  clientCertificate: { mode: 'SANITIZE', subject: false, cert: false, chain: false, dns: false, uri: false },
  useRemoteAddress: false,
  skipXffAppend: false,
  xffNumTrustedHops: 0,
  generateRequestId: true,
  preserveExternalRequestId: false,
  alwaysSetRequestIdInResponse: false,
  serverName: 'envoy',
  serverHeader: 'OVERWRITE',
  via: '',
  normalizePath: false,
  mergeSlashes: false,
  escapedSlashes: 'KEEP_UNCHANGED',
  earlyChanges: [],
  hostChanges: null,
  scheme: '',
  appendsForwardedPort: false,
  internalAddresses: null,
  maxConnectionDuration: 0,
  localReplies: null,
  upgrades: new Set(),
}

/** Start of the tests' time: 2026-01-01T00:00:00Z. */
export const START = Date.UTC(2026, 0, 1)

export class Chain {
  readonly events: string[] = []
  readonly time = new VirtualTime(START)
  readonly filters: ScriptedFilter[]
  readonly manager: HttpConnectionManager
  readonly counters = new Map<string, number>()
  readonly logLines: string[] = []
  readonly terminals: ScriptedTerminal[] = []

  constructor(options: ChainOptions = {}) {
    const config = { ...CONFIG, ...options.config }
    this.filters = Object.entries(options.filters ?? {}).map(([name, script]) => new ScriptedFilter(name, script))
    for (const filter of this.filters) filter.events = this.events
    const sink = { write: (line: string) => void this.#log(line) }
    const format = options.accessLog ?? {
      kind: 'text',
      text: '%RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %RESPONSE_FLAGS%',
      omitsEmpty: false,
    }
    this.manager = new HttpConnectionManager({
      config,
      bufferLimit: options.bufferLimit ?? 1_000_000,
      routes: new RouteTable(options.routes === undefined ? config.routes : tableConfig(options.routes)),
      filters: this.filters,
      services: this.#services(),
      terminals: { create: (stream) => this.#terminal(stream) },
      accessLogs: [new AccessLog(format, sink)],
      statistics: this.#statistics(),
    })
  }

  /** A client whose request has not come. */
  connect(connection = CONNECTION): Client {
    const client = new Client(this.events)
    client.stream = this.manager.newStream(client, connection) as HttpStream // nobody taps
    return client
  }

  /** Opens a stream and sends the head of a request. */
  open(headers: Record<string, string> = {}, end = true, connection = CONNECTION): Client {
    const client = this.connect(connection)
    client.send(requestHead(headers), end)
    return client
  }

  /** A request that the codec could not read. */
  refuse(refusal: CodecRefusal): Client {
    const client = new Client(this.events)
    client.stream = this.manager.newStream(client, CONNECTION) as HttpStream // nobody taps
    client.stream.refuse(refusal)
    return client
  }

  /** The terminal of the last stream that reached its end. */
  get upstream(): ScriptedTerminal {
    return this.terminals.at(-1)!
  }

  counter(name: string): number {
    return this.counters.get(`http.test.${name}`) ?? 0
  }

  get alive(): number {
    return this.filters.reduce((sum, filter) => sum + filter.alive, 0)
  }

  /** The events since the last call. */
  take(): string[] {
    return this.events.splice(0)
  }

  #log(line: string): void {
    this.events.push('access log')
    this.logLines.push(line)
  }

  #terminal(stream: TerminalStream): Terminal {
    const terminal = new ScriptedTerminal(stream, this.events)
    this.terminals.push(terminal)
    return terminal
  }

  #services(): Services {
    const unused = {} as never
    return {
      clock: this.time,
      timers: this.time,
      random: new SeededRandom(1),
      loggers: unused,
      metrics: unused,
      sharedData: unused,
      sharedQueues: unused,
      callouts: unused,
      names: unused,
      node: { message: new Uint8Array(), json: {} },
    }
  }

  #statistics() {
    const metric = (name: string) => {
      const add = (delta: number) => void this.counters.set(name, (this.counters.get(name) ?? 0) + delta)
      return { add, record: () => add(1) }
    }
    return { counter: metric, gauge: metric, histogram: metric }
  }
}

/** The pseudo headers in the codec's order, then the given ones; a value of '' leaves a pseudo header out. */
export function requestHead(headers: Record<string, string>): HeaderMap {
  const { ':authority': authority = 'a.test', ':path': path = '/', ':method': method = 'GET', ...rest } = headers
  const pseudo: [string, string][] = [
    [':authority', authority],
    [':path', path],
    [':method', method],
    [':scheme', 'http'],
  ]
  return HeaderMap.from([...pseudo.filter(([, value]) => value !== ''), ...Object.entries(rest)])
}

export { NO_MUTATIONS, routeConfig, tableConfig }
export { responseHead }
