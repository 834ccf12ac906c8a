/**
 * Where endpoints that take turns stand. Balancers are made anew when endpoints or their health change; they go on where
 * those before them were, as Envoy's do.
 */

/** Whose turn is next: an index, which may lie beyond the end when the list has become shorter. */
export interface Turn {
  next: number
}

export class Turns {
  /** In [0, 1): where lists begin. Workers that began at the same endpoint would load it in step. */
  readonly start: number
  readonly #turns = new Map<string, Turn>()

  constructor(start: number) {
    this.start = start
  }

  /** Of a list of `count` endpoints by its name. */
  of(name: string, count: number): Turn {
    let turn = this.#turns.get(name)
    if (turn === undefined) this.#turns.set(name, (turn = { next: Math.floor(this.start * count) }))
    return turn
  }
}
