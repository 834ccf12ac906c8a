/** A request or a response at one filter: what the filter sees, what has gone on, what it holds. Always as it is now. */
import type { FilterPhase } from '../chain/filter-phase.ts'
import type { HeaderMap } from '../http/header-map.ts'
import { firstValue, listOf, type HeaderList } from './messages.ts'

export class PhaseMessage {
  readonly #phase: FilterPhase
  readonly #maps: () => readonly [head: HeaderMap | null, trailers: HeaderMap | null]
  readonly #parts: Buffer[] = []
  #isComplete = false

  /** Made by the stream. */
  constructor(phase: FilterPhase, maps: () => readonly [HeaderMap | null, HeaderMap | null]) {
    this.#phase = phase
    this.#maps = maps
  }

  /** As the filter has left them so far, pseudo headers included. */
  get headers(): HeaderList {
    return listOf(this.#maps()[0])
  }

  /** First value of a header (lower-case name), or null. */
  header(name: string): string | null {
    return firstValue(this.headers, name)
  }

  get trailers(): HeaderList {
    return listOf(this.#maps()[1])
  }

  /** The body that has gone on. */
  get body(): Buffer {
    return Buffer.concat(this.#parts)
  }

  /** The same as a byte string. */
  get text(): string {
    return this.body.latin1Slice()
  }

  /** The body that waits at the filter, as a byte string. */
  get heldText(): string {
    return Buffer.concat(this.#phase.buffer?.chunks ?? []).latin1Slice()
  }

  /** The filter holds the message until it continues the stream, or a later callback of it does. */
  get isHeld(): boolean {
    return this.#phase.state !== 0
  }

  /** The head has gone on. */
  get hasHead(): boolean {
    return this.#phase.headersContinued
  }

  /** All of it has gone on. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  // The chain's side.

  addPart(bytes: Buffer): void {
    if (bytes.length > 0) this.#parts.push(bytes)
  }

  complete(): void {
    this.#isComplete = true
  }
}
