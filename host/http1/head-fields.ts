/**
 * Where the fields of a head lie in its text (hot). A head is read out as soon as it is complete, so all parsers of a
 * kind find their fields in one set of arrays, which stays in the cache; a parser whose head is not complete keeps the
 * set, and the next one makes another.
 */

export class HeadFields {
  /** Number of fields. */
  count = 0
  /**
   * Number of the field's name (names.ts; -1 = the table is full). Entries from `count` on are those of the last head:
   * messages repeat the names of the ones before them, in the same order.
   */
  readonly ids: number[] = []
  readonly nameStarts: number[] = []
  readonly nameEnds: number[] = []
  readonly valueStarts: number[] = []
  readonly valueEnds: number[] = []
  /** Where a line begins that has the form in which we write it, `name: value CR LF`; -1 for another form. */
  readonly origins: number[] = []
}

/** The sets of one kind of head that no parser holds. */
export class HeadFieldsPool {
  #free: HeadFields | null = null

  take(): HeadFields {
    const fields = this.#free ?? new HeadFields()
    this.#free = null
    fields.count = 0
    return fields
  }

  /** The results in `fields` can be read until the next parser takes them. */
  give(fields: HeadFields): void {
    this.#free = fields
  }
}
