/**
 * The dynamic table of an HPACK decoder (RFC 7541, 2.3.2 and 4) (hot): a ring of parallel arrays that are as long as the
 * slots that were used, because many connections bring one request only.
 */

/** What is malformed of a field; bits of a set. */
export const FieldFault = { Name: 1, Value: 2 } as const

/** What an entry counts beside its name and value (RFC 7541, 4.1). */
export const ENTRY_OVERHEAD = 32
/** Entries that 4096 bytes can have. */
const FIRST_CAPACITY = 128

export class DecoderTable {
  /** Per slot: number of the name, name, value, and {@link FieldFault} bits. */
  ids: number[] = []
  names: string[] = []
  values: string[] = []
  faults: number[] = []
  /** Bytes that the entries may count. */
  maxBytes: number
  /** Entries, and how many there ever were. */
  count = 0
  #inserted = 0
  #bytes = 0
  #mask = FIRST_CAPACITY - 1

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  /** Slot of the entry with an index that counts from the newest, 0; -1 = there is none. */
  slotOf(index: number): number {
    return index < this.count ? (this.#inserted - 1 - index) & this.#mask : -1
  }

  resize(maxBytes: number): void {
    this.maxBytes = maxBytes
    this.#evictTo(maxBytes)
  }

  /** Whether an entry of this size can be inserted; one that cannot empties the table (RFC 7541, 4.4). */
  makeRoom(bytes: number): boolean {
    const hasRoom = bytes <= this.maxBytes
    this.#evictTo(hasRoom ? this.maxBytes - bytes : 0)
    return hasRoom
  }

  /** Inserts an entry that {@link makeRoom} has made room for. */
  insert(id: number, name: string, value: string, faults: number): void {
    if (this.count > this.#mask) this.#grow()
    const slot = this.#inserted++ & this.#mask
    this.ids[slot] = id
    this.names[slot] = name
    this.values[slot] = value
    this.faults[slot] = faults
    this.count++
    this.#bytes += name.length + value.length + ENTRY_OVERHEAD
  }

  #evictTo(bytes: number): void {
    while (this.#bytes > bytes) {
      const slot = (this.#inserted - this.count--) & this.#mask
      this.#bytes -= this.names[slot]!.length + this.values[slot]!.length + ENTRY_OVERHEAD
      this.names[slot] = ''
      this.values[slot] = ''
    }
  }

  /** The oldest entry gets the first slot. */
  #grow(): void {
    const { ids, names, values, faults, count } = this
    this.ids = []
    this.names = []
    this.values = []
    this.faults = []
    for (let i = 0; i < count; i++) {
      const slot = (this.#inserted - count + i) & this.#mask
      this.ids.push(ids[slot]!)
      this.names.push(names[slot]!)
      this.values.push(values[slot]!)
      this.faults.push(faults[slot]!)
    }
    this.#inserted = count
    this.#mask = 2 * count - 1
  }
}
