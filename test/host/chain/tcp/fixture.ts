/** A TCP listener in memory: real plugins on scripted guests, connections that the test plays, one list of all events. */
import type { ConnectRequest, TcpUpstreams, UpstreamTransport } from '../../../../host/chain/tcp/tcp-upstreams.ts'
import { TcpManager } from '../../../../host/chain/tcp/tcp-manager.ts'
import type { TcpStream } from '../../../../host/chain/tcp/tcp-stream.ts'
import type { PluginConfig, TcpProxyConfig } from '../../../../host/config/types.ts'
import type { Plugin } from '../../../../host/plugin/plugin.ts'
import { VmRegistry } from '../../../../host/plugin/vm-registry.ts'
import { AccessLog } from '../../../../host/route/access-log.ts'
import type { CloseKind, Transport, TransportEvents } from '../../../../host/tcp/transport.ts'
import { fakeServices, pluginConfig, type FakeServices } from '../../plugin/fakes.ts'
import { OUT, OUT_SIZE, ScriptedEngine, trap, type Guest, type Script } from '../../plugin/scripted-engine.ts'

const CONNECTION = {
  id: 7,
  remoteAddress: '10.0.0.1:5000',
  remoteHost: '10.0.0.1',
  directRemoteAddress: '10.0.0.1:5000',
  requestedServerName: '',
  tls: null,
  transportFailure: '',
  localAddress: '10.0.0.2:80',
  filterChainName: '',
  listenerDirection: 0,
  listenerMetadata: null,
  filterState: null,
}

/** What a callback of a filter does; its result is the guest's action. */
export type Step = (guest: Guest, id: number) => number | void

export interface FilterScript {
  readonly conn?: Step
  readonly down?: Step
  readonly up?: Step
  readonly uclose?: Step
  readonly dclose?: Step
  readonly done?: Step
  readonly log?: Step
}

const CALLBACKS = {
  conn: 'proxy_on_new_connection',
  down: 'proxy_on_downstream_data',
  up: 'proxy_on_upstream_data',
  uclose: 'proxy_on_upstream_connection_close',
  dclose: 'proxy_on_downstream_connection_close',
  done: 'proxy_on_done',
  log: 'proxy_on_log',
} as const

/** One side of the proxy as the chain drives it. */
export class FakeTransport implements Transport {
  readonly name: string
  readonly events: string[]
  /** Pauses that were not taken back. */
  pauses = 0
  written = ''
  ended = false
  closed: CloseKind | null = null

  constructor(name: string, events: string[]) {
    this.name = name
    this.events = events
  }

  write(bytes: Buffer, endStream: boolean): void {
    if (bytes.length > 0) this.events.push(`> ${this.name} ${bytes.latin1Slice()}`)
    if (endStream) this.events.push(`> ${this.name} end`)
    this.written += bytes.latin1Slice()
    this.ended ||= endStream
  }

  pauseReads(): void {
    this.pauses++
  }

  resumeReads(): void {
    this.pauses--
  }

  close(kind: CloseKind): void {
    this.closed = kind
    this.events.push(`> ${this.name} close ${kind}`)
  }
}

export class FakeUpstream extends FakeTransport implements UpstreamTransport {
  readonly localAddress = '10.0.0.2:6000'
  receiver: TransportEvents | null = null

  attach(events: TransportEvents): void {
    this.receiver = events
  }

  send(text: string, end = false): void {
    this.receiver!.onData(Buffer.from(text, 'latin1'), end)
  }
}

/** Upstreams that connect when the test says so. */
class FakeUpstreams implements TcpUpstreams {
  readonly waiting: ConnectRequest[] = []
  readonly clusters: string[] = []
  givenUp = 0
  limit = 10

  bufferLimit(): number {
    return this.limit
  }

  connect(cluster: string, request: ConnectRequest): { abandon(): void } {
    this.clusters.push(cluster)
    this.waiting.push(request)
    return { abandon: () => void this.waiting.splice(this.waiting.indexOf(request), 1) }
  }

  countGivenUp(): void {
    this.givenUp++
  }
}

export interface TcpSetup {
  readonly events: string[]
  readonly lines: string[]
  readonly services: FakeServices
  readonly plugins: readonly Plugin[]
  readonly client: FakeTransport
  readonly upstreams: FakeUpstreams
  readonly stream: TcpStream
  readonly counters: ReadonlyMap<string, number>
  /** Bytes of the client. */
  send(text: string, end?: boolean): void
  /** The upstream takes the connection. */
  connect(): FakeUpstream
  /** Another connection through the same filters. */
  open(): { stream: TcpStream; client: FakeTransport }
}

export interface TcpChoices {
  readonly config?: Partial<TcpProxyConfig>
  readonly bufferLimit?: number
  readonly plugin?: Partial<PluginConfig>
  readonly format?: string
}

/** A connection through filters A, B … that has reached them. */
export function setUpTcp(scripts: readonly FilterScript[], choices: TcpChoices = {}): TcpSetup {
  const events: string[] = []
  const lines: string[] = []
  const services = fakeServices()
  const counters = new Map<string, number>()
  const count = (name: string) => ({ add: (delta: number) => void counters.set(name, (counters.get(name) ?? 0) + delta) })
  const plugins = scripts.map((script, index) => startPlugin(script, 'ABC'[index]!, events, services, choices.plugin ?? {}))
  const upstreams = new FakeUpstreams()
  const format = choices.format ?? '%RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DOWNSTREAM_LOCAL_CLOSE_REASON%'
  const manager = new TcpManager({
    config: {
      statPrefix: 't',
      accessLogs: [],
      logPlugins: [],
      filters: [],
      cluster: { kind: 'name', name: 'up' },
      idleTimeout: 3_600_000,
      maxConnectionDuration: 0,
      maxConnectAttempts: 1,
      ...choices.config,
    },
    bufferLimit: choices.bufferLimit ?? 100,
    filters: plugins,
    services,
    upstreams,
    accessLogs: [new AccessLog({ kind: 'text', text: format, omitsEmpty: false }, { write: (line) => void lines.push(line) })],
    statistics: { counter: count, gauge: count, histogram: () => ({ record: () => {} }) },
  })
  const open = (): { stream: TcpStream; client: FakeTransport } => {
    const client = new FakeTransport('client', events)
    const stream = manager.newStream(client, CONNECTION)
    stream.start()
    return { stream, client }
  }
  const { stream, client } = open()
  const send = (text: string, end = false): void => stream.onData(Buffer.from(text, 'latin1'), end)
  const connect = (): FakeUpstream => {
    const upstream = new FakeUpstream('upstream', events)
    upstreams.waiting.shift()!.onConnected(upstream)
    return upstream
  }
  return { events, lines, services, plugins, client, upstreams, stream, counters, send, connect, open }
}

function startPlugin(
  script: FilterScript,
  name: string,
  events: string[],
  services: FakeServices,
  changes: Partial<PluginConfig>,
): Plugin {
  const guest: Record<string, Script[string]> = {}
  for (const [step, callback] of Object.entries(CALLBACKS)) {
    guest[callback] = (own, id, ...rest) => {
      // The first context is the plugin's own.
      if (id === 1) return 1
      events.push([`${name}.${step}`, ...rest].join(' '))
      return script[step as keyof FilterScript]?.(own, id) ?? 0
    }
  }
  const registry = new VmRegistry({ services, engine: new ScriptedEngine(guest) })
  return registry.start(pluginConfig(new Uint8Array(0), { name, ...changes }))
}

/** What a guest reads of buffer `type`. */
export function readBuffer(guest: Guest, type: number): string {
  guest.call('proxy_get_buffer_bytes', type, 0, 0xffff, OUT, OUT_SIZE)
  return guest.result()
}

export const pause: Step = () => 1
export const die: Step = () => trap()
