/** Counts of one source file. The same place of the code counts together over all instances of a module. */
export class FileCoverage {
  readonly file: string
  /** Line → place in the code → entries. */
  readonly #lines = new Map<number, Map<number, number>>()
  readonly #branches = new Map<number, Branch>()

  constructor(file: string) {
    this.file = file
  }

  /** `place` tells code of one line apart. */
  addLine(line: number, place: number, count: number): void {
    let places = this.#lines.get(line)
    if (places === undefined) this.#lines.set(line, (places = new Map()))
    places.set(place, (places.get(place) ?? 0) + count)
  }

  addBranch(line: number, place: number, counts: readonly [number, number]): void {
    const known = this.#branches.get(place)
    const [taken, passed] = known?.counts ?? [0, 0]
    this.#branches.set(place, { line, counts: [taken + counts[0], passed + counts[1]] })
  }

  /** Counts as data, for another process. */
  saved(): SavedFile {
    const lines = [...this.#lines].flatMap(([line, places]) => [...places].map(([place, count]) => [line, place, count] as const))
    const branches = [...this.#branches].map(([place, { line, counts }]) => [line, place, ...counts] as const)
    return { file: this.file, lines, branches }
  }

  /** Adds the counts of another process. */
  add({ lines, branches }: SavedFile): void {
    for (const [line, place, count] of lines) this.addLine(line, place, count)
    for (const [line, place, taken, passed] of branches) this.addBranch(line, place, [taken, passed])
  }

  /** A line has run as often as the part of it that ran most. */
  lines(): { readonly line: number; readonly count: number }[] {
    const lines = [...this.#lines].map(([line, places]) => ({ line, count: Math.max(...places.values()) }))
    return lines.toSorted((a, b) => a.line - b.line)
  }

  /** Decisions in the order of their lines, each with the counts of its two branches. */
  branches(): Branch[] {
    return [...this.#branches.values()].toSorted((a, b) => a.line - b.line)
  }
}

/** Counts of one file in JSON. */
export interface SavedFile {
  readonly file: string
  /** Line, place, entries. */
  readonly lines: readonly (readonly [number, number, number])[]
  /** Line, place, counts of the two branches. */
  readonly branches: readonly (readonly [number, number, number, number])[]
}

export interface Branch {
  readonly line: number
  readonly counts: readonly [number, number]
}
