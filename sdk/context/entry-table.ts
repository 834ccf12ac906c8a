/** Buckets of a new table; a power of two. */
const INITIAL_BUCKETS: i32 = 16;

/** Something with an id of the host (never 0) that a table can hold; in one table at most. */
export abstract class TableEntry {
  /** Next entry of the same bucket. For the table. */
  nextEntry: TableEntry | null = null;

  constructor(
    /** Id the host gave this object. */
    readonly id: u32,
  ) {}
}

/**
 * Map from ids to objects.
 *
 * Entries are chained through themselves, so a stream adds nothing to the heap. Ids come
 * from counters: their low bits spread over the buckets, and chains stay short.
 */
// @ts-ignore: decorator
@final
export class EntryTable {
  private buckets: StaticArray<TableEntry | null> = makeBuckets(INITIAL_BUCKETS);
  private count: i32 = 0;

  /** The entry of an id, or null. */
  get(id: u32): TableEntry | null {
    let entry = unchecked(this.buckets[this.bucketOf(id)]);
    while (entry !== null && entry.id != id) entry = entry.nextEntry;
    return entry;
  }

  /** Adds an entry whose id is not in the table. */
  add(entry: TableEntry): void {
    if (this.count == this.buckets.length) this.grow();
    this.count++;
    this.link(entry);
  }

  /** Removes the entry of an id, if there is one. */
  delete(id: u32): void {
    const bucket = this.bucketOf(id);
    let previous: TableEntry | null = null;
    let entry = unchecked(this.buckets[bucket]);
    while (entry !== null && entry.id != id) {
      previous = entry;
      entry = entry.nextEntry;
    }
    if (entry === null) return;
    if (previous !== null) previous.nextEntry = entry.nextEntry;
    else unchecked((this.buckets[bucket] = entry.nextEntry));
    this.count--;
  }

  private bucketOf(id: u32): i32 {
    return <i32>id & (this.buckets.length - 1);
  }

  private link(entry: TableEntry): void {
    const bucket = this.bucketOf(entry.id);
    entry.nextEntry = unchecked(this.buckets[bucket]);
    unchecked((this.buckets[bucket] = entry));
  }

  private grow(): void {
    const old = this.buckets;
    this.buckets = makeBuckets(old.length << 1);
    for (let i = 0; i < old.length; i++) {
      let entry = unchecked(old[i]);
      while (entry !== null) {
        const next = entry.nextEntry;
        this.link(entry);
        entry = next;
      }
    }
  }
}

/** Without the constructor, whose check of the length would bring error texts into every module. */
function makeBuckets(count: i32): StaticArray<TableEntry | null> {
  const bytes = <usize>count << alignof<usize>();
  return changetype<StaticArray<TableEntry | null>>(__new(bytes, idof<StaticArray<TableEntry | null>>()));
}
