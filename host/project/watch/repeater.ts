/** Does one thing again after changes: never twice at once, and once more when something changed meanwhile. */

/** Editors write a file in several steps. */
const QUIET_MILLIS = 30

export class Repeater {
  readonly #work: () => Promise<void>
  #running: Promise<void> | null = null
  #isStale = false
  #timer: NodeJS.Timeout | null = null

  /** The work tells of its own faults: it must not reject. */
  constructor(work: () => Promise<void>) {
    this.#work = work
  }

  /** Something changed: the work begins when nothing more has changed for a moment. */
  onChange(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.run(), QUIET_MILLIS)
  }

  /** Begins now; resolves when the work has been done with all that has changed until then. */
  run(): Promise<void> {
    this.#isStale = true
    this.#running ??= this.#runUntilFresh()
    return this.#running
  }

  /** Work that runs ends first. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#running
  }

  async #runUntilFresh(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false
      await this.#work()
    }
    this.#running = null
  }
}
