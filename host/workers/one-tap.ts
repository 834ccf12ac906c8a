/** The workers have room for one tap at a time. */
import type { OpenTap, TapControl } from '../admin/providers.ts'
import type { TapRequest } from '../tap/tap-session.ts'
import type { Supervisor } from './supervisor.ts'
import type { ThreadsTap } from './threads-tap.ts'

export class OneTap implements TapControl {
  readonly #supervisor: Supervisor
  #isOpen = false

  constructor(supervisor: Supervisor) {
    this.#supervisor = supervisor
  }

  async open(request: TapRequest): Promise<OpenTap | null> {
    if (this.#isOpen) return null
    this.#isOpen = true
    const tap = await this.#supervisor.openTap(request)
    return { lines: (signal) => this.#lines(tap, signal) }
  }

  async *#lines(tap: ThreadsTap, signal: AbortSignal): AsyncGenerator<string, void> {
    try {
      for await (const trace of tap.traces(signal)) yield `${trace}\n`
    } finally {
      this.#isOpen = false
    }
  }
}
