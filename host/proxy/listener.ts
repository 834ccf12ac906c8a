/**
 * A listener of one worker: the listening socket and the connections that came through it. Workers bind the same
 * address; the kernel spreads connections over them.
 */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { addressLabel } from '../cluster/endpoint.ts'
import type { StreamCount } from '../chain/stream-count.ts'
import type { FilterChainConfig, ListenerConfig, SocketAddress } from '../config/types.ts'
import { withSharedReads } from '../socket/accepted-socket.ts'
import type { SocketRead } from '../socket/read-buffer.ts'
import { OverloadAction, type OverloadState } from '../services/overload-state.ts'
import type { Counter } from '../stats/metrics.ts'
import type { StatsStore } from '../stats/store.ts'
import type { Clock } from '../util/clock.ts'
import type { LoggerFactory } from '../util/logger.ts'
import type { Timers } from '../util/timers.ts'
import type { AcceptedConnection } from './accepted-connection.ts'
import { describeConnection } from './connection-info.ts'

/** What listeners take from their worker. */
export interface ListenerContext {
  readonly stats: StatsStore
  readonly clock: Clock
  readonly timers: Timers
  readonly loggers: LoggerFactory
  readonly overload: OverloadState
  /** The next connection number of the process. */
  readonly nextConnectionId: () => number
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
  /** The streams that were made with the configuration of now. */
  readonly streams: StreamCount
  /** Takes the configuration of another one, for what comes next on open connections too. False if it is of another kind. */
  adopt(next: ConnectionFactory): boolean
}

/** A filter chain and what makes its connections. */
export interface ListenerChain {
  readonly config: FilterChainConfig
  readonly connections: ConnectionFactory
}

/** Connections that the kernel keeps until they are accepted. */
const BACKLOG = 1024

export class Listener {
  config: ListenerConfig
  readonly #server: Server
  #chains: readonly ListenerChain[]
  readonly #context: ListenerContext
  readonly #overflows: Counter
  readonly #rejects: Counter
  readonly #connections = new Map<OpenConnection, ConnectionFactory>()
  readonly #onClosed = (connection: OpenConnection): void => this.#forget(connection)
  /** Told when the last connection is gone. */
  #onEmpty: () => void = () => {}

  constructor(config: ListenerConfig, chains: readonly ListenerChain[], context: ListenerContext) {
    this.config = config
    this.#chains = chains
    this.#context = context
    const prefix = `listener.${listenerStatName(config)}.downstream_`
    this.#overflows = context.stats.counter(`${prefix}global_cx_overflow`)
    this.#rejects = context.stats.counter(`${prefix}cx_overload_reject`)
    this.#server = createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: true }, (socket) => this.#accept(socket))
  }

  /** Binds the address and accepts. Rejects with the system's error. */
  async listen(address: SocketAddress): Promise<SocketAddress> {
    const { host, port } = address
    this.#server.listen({ host, port, reusePort: true, ipv6Only: true, backlog: BACKLOG })
    await once(this.#server, 'listening')
    const bound = this.#server.address() as AddressInfo // a TCP server that listens
    return { host: bound.address, port: bound.port }
  }

  get streams(): readonly StreamCount[] {
    return this.#chains.map(({ connections }) => connections.streams)
  }

  /** Another configuration: connections of filter chains that stay go on, the others are drained. Says which streams have the one before. */
  update({ config, chains }: { config: ListenerConfig; chains: readonly ListenerChain[] }): readonly StreamCount[] {
    const before = this.streams
    this.config = config
    this.#chains = chains.map((chain) => succeed(this.#chains, chain))
    const kept = new Set(this.#chains.map(({ connections }) => connections))
    for (const [connection, factory] of this.#connections) if (!kept.has(factory)) connection.drain()
    return before
  }

  /** Stops accepting and announces the end on every connection; ends when the last one is gone. */
  async drain(): Promise<void> {
    const closed = this.#close()
    for (const connection of this.#connections.keys()) connection.drain()
    await closed
  }

  /** Closes the socket and every connection. */
  async stop(): Promise<void> {
    const closed = this.#close()
    for (const connection of this.#connections.keys()) connection.close()
    await closed
  }

  #accept(socket: Socket): void {
    if (!this.#admits()) return void socket.destroy()
    const { config, connections } = this.#chains[0]!
    const info = describeConnection(socket, this.config, config, this.#context.nextConnectionId())
    const open = (onread: SocketRead): Socket => withSharedReads(socket, onread)
    this.#connections.set(connections.open({ info, open }, this.#onClosed), connections)
  }

  #forget(connection: OpenConnection): void {
    this.#connections.delete(connection)
    this.#context.overload.removeConnection()
    if (this.#connections.size === 0) this.#onEmpty()
  }

  /** The process takes another connection; it is counted. */
  #admits(): boolean {
    const { overload } = this.#context
    const isRejected = overload.isOn(OverloadAction.RejectIncomingConnections)
    if (!isRejected && overload.addConnection()) return true
    const counter = isRejected ? this.#rejects : this.#overflows
    counter.add(1)
    return false
  }

  /** Ends when no connection is left. */
  async #close(): Promise<void> {
    if (this.#server.listening) this.#server.close()
    if (this.#connections.size > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve))
  }
}

/** The chain, with the connections of the one before it that they may stay with. */
function succeed(before: readonly ListenerChain[], chain: ListenerChain): ListenerChain {
  const old = before.find(({ config }) => config.gate === chain.config.gate)
  return old?.connections.adopt(chain.connections) === true ? { ...old, config: chain.config } : chain
}

/** The listener's part of the names of its statistics. */
export function listenerStatName({ statPrefix, address }: ListenerConfig): string {
  return statPrefix === '' ? addressLabel(address.host, address.port).replaceAll(':', '_') : statPrefix
}
