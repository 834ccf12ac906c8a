/**
 * The end of a client's connection: what was written gets a moment to be read (Envoy's `delayed_close_timeout`). A
 * client that reads, however slowly, gets everything; one that does not must not hold the connection.
 */
import type { Socket } from 'node:net'
import type { Timer, Timers } from '../util/timers.ts'

const NOTHING = Buffer.alloc(0)

export class DelayedClose {
  readonly #socket: Socket
  readonly #timers: Timers
  /** Time that a client has to read on, ms; 0 = the connection is cut once all is written. */
  readonly #millis: number
  #timer: Timer | null = null
  /** Bytes that waited to be written when the timer was armed. */
  #unsent = 0
  #isOver = false

  constructor(socket: Socket, timers: Timers, millis: number) {
    this.#socket = socket
    this.#timers = timers
    this.#millis = millis
  }

  /** Ends our side once everything is written. */
  end(): void {
    this.#arm()
    this.#socket.end(() => this.#onFlushed())
  }

  /** Leaves our side open for a moment: a client that still sends would lose what was written to a reset. */
  linger(): void {
    if (this.#millis === 0) return this.#socket.destroySoon()
    this.#arm()
    this.#socket.write(NOTHING, () => this.#onFlushed())
  }

  /** The connection is gone. */
  onClosed(): void {
    this.#isOver = true
    this.#timer?.stop()
  }

  #arm(): void {
    if (this.#isOver || this.#millis === 0) return
    this.#unsent = this.#socket.writableLength
    this.#timer ??= this.#timers.create(() => this.#onTimeout())
    this.#timer.arm(this.#millis)
  }

  /** The delayed close begins anew when the last byte has left. */
  #onFlushed(): void {
    if (this.#millis === 0) this.#socket.destroy()
    else this.#arm()
  }

  #onTimeout(): void {
    if (this.#socket.writableLength < this.#unsent) this.#arm()
    else this.#socket.destroy()
  }
}
