/** The redirects that have led a request from one stream to the next. */
export class RedirectHistory {
  count = 0
  /** Names of routes in pairs, from and to. */
  readonly #steps = new Set<string>()

  /** False when a redirect has led from the one route to the other before. */
  note(from: string, to: string): boolean {
    const step = JSON.stringify([from, to])
    if (this.#steps.has(step)) return false
    this.#steps.add(step)
    return true
  }
}
