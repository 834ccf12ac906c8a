/**
 * The fields of one header block in wire order (hot), as HPACK yields them: what they mean for a request, a response or
 * trailers is decided by who reads them. One list serves all blocks of a thread, because a block is read out at once.
 */

/** What a block may hold; fields past it are decoded, for the table's sake, but left out of the list. */
export interface BlockLimits {
  /** Bytes of names and values. */
  readonly maxHeadBytes: number
  /** Fields. */
  readonly maxHeaders: number
}

export class BlockFields {
  /** Number of fields. */
  count = 0
  /** Bytes of all names and values of the block, those past the limits included. */
  byteSize = 0
  /** Number of the field's name (names.ts; -1 = the table is full). */
  readonly ids: number[] = []
  /** Names are canonical; values are byte strings. */
  readonly names: string[] = []
  readonly values: string[] = []
  /** A name or a value has a byte that it must not have (RFC 9113, 8.2.1); an upper-case letter in a name is one. */
  isMalformed = false
  /** Fields past the limits were left out. */
  isTooLarge = false

  clear(): void {
    this.count = 0
    this.byteSize = 0
    this.isMalformed = false
    this.isTooLarge = false
  }

  /** Adds a field; names and values of other lists stay referenced until they are overwritten. */
  push(id: number, name: string, value: string): void {
    const at = this.count++
    this.ids[at] = id
    this.names[at] = name
    this.values[at] = value
  }
}
