/** HTTP/2 connections without a network, for tests that look at single writes. */
import type { ServerConnectionEvents } from '../../../host/http/codec.ts'
import type { Http2ClientOptions } from '../../../host/http2/client.ts'
import { Http2ServerConnection, type Http2ServerOptions } from '../../../host/http2/server.ts'
import { Http2Statistics } from '../../../host/http2/statistics.ts'
import { buildHttp2 } from '../../../host/config/build/http2-options.ts'
import { SeededRandom } from '../../../host/testing/seeded-random.ts'
import { HTTP1_DEFAULTS } from '../http1/corpus.ts'
import { ManualTimers, MemorySocket } from '../http1/recording.ts'

const NOTHING = Buffer.alloc(0)

/** Counters by name. */
export class CountedStatistics {
  readonly values = new Map<string, number>()
  counter(name: string): { add(delta: number): void } {
    return { add: (delta) => void this.values.set(name, (this.values.get(name) ?? 0) + delta) }
  }
  gauge(name: string): { add(delta: number): void } {
    return this.counter(name)
  }
}

/** A clock that a test moves. */
export class ManualClock {
  millis = 1000
  wallMillis(): number {
    return this.millis
  }
  wallNanos(): bigint {
    return BigInt(this.millis) * 1_000_000n
  }
  monotonicMillis(): number {
    return this.millis
  }
}

/** Options of a server connection with Envoy's defaults. */
export function http2ServerOptions(changes: Partial<Http2ServerOptions> = {}): Http2ServerOptions {
  const counted = new CountedStatistics()
  return {
    http2: buildHttp2(undefined),
    limits: HTTP1_DEFAULTS,
    underscores: 'ALLOW',
    statistics: new Http2Statistics(counted, 'http2.'),
    tooManyPrematureResets: counted.counter('premature'),
    protocolErrors: counted.counter('protocol_error'),
    requestHeadersTimeout: 0,
    flushTimeout: 0,
    delayedCloseTimeout: 1000,
    clock: new ManualClock(),
    timers: new ManualTimers(),
    random: new SeededRandom(1),
    ...changes,
  }
}

/** Options of a client connection with Envoy's defaults, and how many streams its statistics count as active. */
export function http2ClientOptions(changes: Partial<Http2ClientOptions> = {}): Http2ClientOptions & { active(): number } {
  const counted = new CountedStatistics()
  return {
    http2: buildHttp2(undefined),
    limits: HTTP1_DEFAULTS,
    statistics: new Http2Statistics(counted, 'http2.'),
    clock: new ManualClock(),
    timers: new ManualTimers(),
    random: new SeededRandom(1),
    log: { enabled: () => false, log: () => {}, level: 6 },
    active: () => counted.values.get('http2.streams_active') ?? 0,
    ...changes,
  }
}

export interface InMemory {
  readonly socket: MemorySocket
  readonly connection: Http2ServerConnection
  /** Gives bytes to the connection; returns what it has written since the last time. */
  exchange(bytes: Buffer): Buffer
}

export function http2InMemory(owner: ServerConnectionEvents, options: Http2ServerOptions = http2ServerOptions()): InMemory {
  const socket = new MemorySocket()
  const connection = new Http2ServerConnection(options, owner, socket.open)
  const exchange = (bytes: Buffer): Buffer => {
    if (bytes.length > 0 && !socket.destroyed) socket.receive(bytes)
    connection.output.flush()
    if (socket.written === '') return NOTHING
    const written = Buffer.from(socket.written, 'latin1')
    socket.written = ''
    return written
  }
  return { socket, connection, exchange }
}
