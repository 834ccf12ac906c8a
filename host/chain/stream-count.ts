/** The streams that a manager has made and that have not ended: what they use may go when the last one has. */
export class StreamCount {
  #active = 0
  #onIdle: (() => void) | null = null

  begin(): void {
    this.#active++
  }

  end(): void {
    this.#active--
    if (this.#active === 0 && this.#onIdle !== null) this.#onIdle()
  }

  /** Resolves when there is none, now or for the first time from now on; for a manager that gets no new streams. */
  whenIdle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#active === 0) resolve()
      else this.#onIdle = resolve
    })
  }
}
