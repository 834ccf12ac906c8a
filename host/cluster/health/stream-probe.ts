/** What questions by HTTP have in common: a connection that is kept for the next one, if that is wanted. */
import type { ClientStream } from '../../http/codec.ts'
import type { HeaderMap } from '../../http/header-map.ts'
import type { Connector } from '../connector.ts'
import type { Probe, ProbeOwner, ProbeTarget } from './probe.ts'
import { ProbeConnection, type ProbeClient } from './probe-connection.ts'

export abstract class StreamProbe implements Probe, ProbeClient {
  protected readonly target: ProbeTarget
  protected readonly owner: ProbeOwner
  readonly #connector: Connector
  readonly #isReused: boolean
  #connection: ProbeConnection | null = null
  #isAsking = false

  constructor(connector: Connector, target: ProbeTarget, isReused: boolean, owner: ProbeOwner) {
    this.#connector = connector
    this.#isReused = isReused
    this.target = target
    this.owner = owner
  }

  ask(): void {
    this.#isAsking = true
    this.#connection ??= new ProbeConnection(this.#connector, this.target.destination, this)
    this.#connection.ask()
  }

  abstract cancel(): void
  abstract write(stream: ClientStream): void
  abstract head(headers: HeaderMap, endStream: boolean): void
  abstract data(bytes: Buffer, start: number, end: number, endStream: boolean): void
  abstract trailers(trailers: HeaderMap): void

  close(): void {
    this.#connection?.close()
  }

  informational(): void {}

  /** A connection that is closed in the midst of an answer's last piece tells the stream of it, too. */
  onReset(): void {
    if (!this.#isAsking) return
    this.endAnswer(true)
    this.owner.onFail('network', false)
  }

  onConnectionGone(connection: ProbeConnection): void {
    if (this.#connection === connection) this.#connection = null
  }

  onAboveHighWatermark(): void {}

  onBelowLowWatermark(): void {}

  /** Nothing more is wanted; `isComplete`: nothing more comes. */
  protected endAnswer(isComplete: boolean): void {
    this.#isAsking = false
    const connection = this.#connection
    if (connection === null) return
    if (isComplete) connection.endAnswer()
    else connection.resetStream()
    if (!this.#isReused || connection.isLeaving) connection.close()
  }
}
