/**
 * A listener of one worker: the listening socket and the connections that came through it. Workers bind the same
 * address; the kernel spreads connections over them.
 */
import { createServer, type Server, type Socket } from 'node:net'
import { addressLabel } from '../cluster/endpoint.ts'
import type { StreamCount } from '../chain/stream-count.ts'
import type { FilterChainConfig, ListenerConfig, SocketAddress } from '../config/types.ts'
import type { SocketRead } from '../socket/read-buffer.ts'
import { OverloadAction, type OverloadState } from '../services/overload-state.ts'
import type { StatsStore } from '../stats/store.ts'
import type { Clock } from '../util/clock.ts'
import type { LoggerFactory } from '../util/logger.ts'
import type { Timers } from '../util/timers.ts'
import type { StreamLog } from '../chain/connection-manager.ts'
import type { DownstreamTls } from '../tls/downstream-tls.ts'
import type { TlsSecrets } from '../tls/tls-secrets.ts'
import { Admission, type AdmissionOwner } from './admission.ts'
import type { AcceptedConnection } from './accepted-connection.ts'
import { describeConnection } from './connection-info.ts'
import { ConnectionRecord } from './connection-record.ts'
import type { DownstreamStats } from './downstream-stats.ts'
import { FilterChains } from './filter-chains.ts'
import { bind } from './listen-socket.ts'
import { SocketFile } from './socket-file.ts'
import { ListenerStats } from './listener-stats.ts'

/** What listeners take from their worker. */
export interface ListenerContext {
  readonly stats: StatsStore
  readonly clock: Clock
  readonly timers: Timers
  readonly loggers: LoggerFactory
  readonly overload: OverloadState
  /** The next connection number of the process. */
  readonly nextConnectionId: () => number
  /** Socket files cannot be shared: one worker serves them. */
  readonly servesFiles: boolean
  /** Of the process: what its workers' session tickets are encrypted with. */
  readonly tlsSecret: Uint8Array
  readonly secrets: TlsSecrets
}

/** A connection that came through a listener. */
export interface OpenConnection {
  /** Ends with what it does, and once its time to do more is over. */
  drain(): void
  close(): void
}

/** What becomes of accepted connections. */
export interface ConnectionFactory {
  /** `onClosed` is called once, when the connection is gone. */
  open(accepted: AcceptedConnection, onClosed: (connection: OpenConnection) => void): OpenConnection
  readonly stats: DownstreamStats
  /** The streams that were made with the configuration of now. */
  readonly streams: StreamCount
  /** Takes the configuration of another one, for what comes next on open connections too. False if it is of another kind. */
  adopt(next: ConnectionFactory): boolean
}

/** A filter chain and what makes its connections. */
export interface ListenerChain {
  readonly config: FilterChainConfig
  /** Null = bytes as they are. */
  readonly tls: DownstreamTls | null
  readonly connections: ConnectionFactory
}

/** What stands behind a listener. */
export interface ListenerChains {
  readonly chains: readonly ListenerChain[]
  readonly defaultChain: ListenerChain | null
  /** Of connections. */
  readonly logs: readonly StreamLog[]
}

export class Listener implements AdmissionOwner {
  config: ListenerConfig
  readonly context: ListenerContext
  stats: ListenerStats
  chains: FilterChains<ListenerChain>
  #behind: ListenerChains
  #servers: readonly Server[] = []
  /** Bound, but not in their places yet. */
  readonly #files: SocketFile[] = []
  readonly #waiting = new Set<Admission>()
  readonly #connections = new Map<OpenConnection, ConnectionRecord>()
  readonly #onClosed = (connection: OpenConnection): void => this.#forget(connection)
  /** Told when the last connection is gone. */
  #onEmpty: () => void = () => {}

  constructor(config: ListenerConfig, behind: ListenerChains, context: ListenerContext) {
    this.config = config
    this.context = context
    this.stats = new ListenerStats(context.stats, listenerStatName(config), config)
    this.#behind = behind
    this.chains = choiceOf(behind)
  }

  /**
   * Binds the addresses and accepts; says where it is then. Files of sockets wait for {@link takePlaces}. Rejects with the
   * system's error; `stop` has to follow then.
   */
  async listen(addresses: readonly SocketAddress[]): Promise<SocketAddress[]> {
    this.#servers = addresses.map(() =>
      createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: true }, (socket) => this.#accept(socket)),
    )
    const places: SocketAddress[] = []
    for (const [index, address] of addresses.entries()) {
      const server = this.#servers[index]!
      places.push(address.host.includes('/') ? await this.#bindFile(server, address) : await bind(server, address))
    }
    return places
  }

  async #bindFile(server: Server, address: SocketAddress): Promise<SocketAddress> {
    if (!this.context.servesFiles) return address
    const file = new SocketFile(server, address.host)
    await file.bind(this.config.socketMode)
    this.#files.push(file)
    return address
  }

  /** Puts the files of its sockets into their places; harmless when repeated. */
  takePlaces(): void {
    for (const file of this.#files.splice(0)) {
      try {
        file.takePlace()
      } catch (error) {
        this.context.loggers.get('config').log(4, `a socket file cannot be put into its place: ${String(error)}`)
      }
    }
  }

  get streams(): readonly StreamCount[] {
    return allChains(this.#behind).map(({ connections }) => connections.streams)
  }

  /** Another configuration: connections of filter chains that stay go on, the others are drained. Says which streams have the one before. */
  update({ config, behind }: { config: ListenerConfig; behind: ListenerChains }): readonly StreamCount[] {
    const before = this.streams
    const old = allChains(this.#behind)
    const { chains, defaultChain, logs } = behind
    this.config = config
    this.stats = new ListenerStats(this.context.stats, listenerStatName(config), config)
    this.#behind = {
      chains: chains.map((chain) => succeed(old, chain)),
      defaultChain: defaultChain === null ? null : succeed(old, defaultChain),
      logs,
    }
    this.chains = choiceOf(this.#behind)
    const kept = new Set(allChains(this.#behind).map(({ connections }) => connections))
    for (const [connection, { factory }] of this.#connections) if (factory !== null && !kept.has(factory)) connection.drain()
    return before
  }

  /** Stops accepting and announces the end on every connection; ends when the last one is gone. */
  async drain(): Promise<void> {
    const closed = this.#close()
    for (const admission of this.#waiting) admission.close()
    for (const connection of this.#connections.keys()) connection.drain()
    await closed
  }

  /** Closes the socket and every connection. */
  async stop(): Promise<void> {
    const closed = this.#close()
    for (const admission of this.#waiting) admission.close()
    for (const connection of this.#connections.keys()) connection.close()
    await closed
  }

  onChain(chain: ListenerChain): void {
    this.stats.waiting.add(-1)
    chain.connections.stats.opened(chain.tls !== null)
  }

  onAdmitted(admission: Admission, open: (onread: SocketRead) => Socket): void {
    this.#waiting.delete(admission)
    const record = this.#record(admission)
    const connection = admission.chain!.connections.open({ info: record.info, open }, this.#onClosed)
    this.#connections.set(connection, record)
  }

  onRefused(admission: Admission): void {
    this.#waiting.delete(admission)
    if (admission.chain === null) this.stats.waiting.add(-1)
    this.#end(this.#record(admission), admission.terminationDetails)
    if (this.#isEmpty) this.#onEmpty()
  }

  #accept(socket: Socket): void {
    if (!this.#admits()) return void socket.destroy()
    const admission = new Admission(socket, this, this)
    this.#waiting.add(admission)
    this.stats.waiting.add(1)
    admission.start()
  }

  #forget(connection: OpenConnection): void {
    const record = this.#connections.get(connection)
    this.#connections.delete(connection)
    if (record !== undefined) this.#end(record, '')
    if (this.#isEmpty) this.#onEmpty()
  }

  #record(admission: Admission): ConnectionRecord {
    const info = describeConnection(admission, this.config, this.context.nextConnectionId())
    const { chain } = admission
    return new ConnectionRecord(info, chain?.connections ?? null, chain?.tls != null, this.context.clock)
  }

  #end(record: ConnectionRecord, details: string): void {
    const { clock } = this.context
    this.context.overload.removeConnection()
    record.countEnd(clock)
    for (const log of this.#behind.logs) log.write(record.toLog(clock, details))
  }

  get #isEmpty(): boolean {
    return this.#connections.size === 0 && this.#waiting.size === 0
  }

  /** The process takes another connection; it is counted. */
  #admits(): boolean {
    const { overload } = this.context
    const isRejected = overload.isOn(OverloadAction.RejectIncomingConnections)
    if (!isRejected && overload.addConnection()) return true
    const counter = isRejected ? this.stats.rejects : this.stats.overflows
    counter.add(1)
    return false
  }

  /** Ends when no connection is left. */
  async #close(): Promise<void> {
    for (const server of this.#servers) if (server.listening) server.close()
    if (!this.#isEmpty) await new Promise<void>((resolve) => (this.#onEmpty = resolve))
  }
}

function allChains({ chains, defaultChain }: ListenerChains): readonly ListenerChain[] {
  return defaultChain === null ? chains : [...chains, defaultChain]
}

function choiceOf({ chains, defaultChain }: ListenerChains): FilterChains<ListenerChain> {
  return new FilterChains(chains, ({ config }) => config.match, defaultChain)
}

/** The chain, with the connections of the one before it that they may stay with. */
function succeed(before: readonly ListenerChain[], chain: ListenerChain): ListenerChain {
  const old = before.find(({ config }) => config.gate === chain.config.gate)
  return old?.connections.adopt(chain.connections) === true ? { ...chain, connections: old.connections } : chain
}

/** The listener's part of the names of its statistics. */
export function listenerStatName({ statPrefix, address }: ListenerConfig): string {
  return statPrefix === '' ? addressLabel(address.host, address.port).replaceAll(':', '_') : statPrefix
}
