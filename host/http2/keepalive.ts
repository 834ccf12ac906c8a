/** PING frames at intervals, so that a peer that is gone without a word is found (Envoy's `connection_keepalive`). */
import type { Http2KeepaliveConfig } from '../config/types.ts'
import type { Random } from '../util/random.ts'
import type { Timer, Timers } from '../util/timers.ts'

/** The connection that is watched. */
export interface KeptConnection {
  sendPing(): void
  /** No answer came in time. */
  onKeepaliveTimeout(): void
}

export class Keepalive {
  readonly #config: Http2KeepaliveConfig
  readonly #connection: KeptConnection
  readonly #random: Random
  readonly #next: Timer
  readonly #answer: Timer

  constructor(config: Http2KeepaliveConfig, connection: KeptConnection, timers: Timers, random: Random) {
    this.#config = config
    this.#connection = connection
    this.#random = random
    this.#next = timers.create(() => this.ping())
    this.#answer = timers.create(() => connection.onKeepaliveTimeout())
    this.#arm()
  }

  /** Asks now. */
  ping(): void {
    this.#connection.sendPing()
    this.#answer.arm(this.#config.timeout)
  }

  onAnswer(): void {
    this.#answer.disarm()
    this.#arm()
  }

  stop(): void {
    this.#next.stop()
    this.#answer.stop()
  }

  #arm(): void {
    const { interval, jitterPercent } = this.#config
    if (interval > 0) this.#next.arm(interval * (1 + (jitterPercent / 100) * this.#random.fraction()))
  }
}
