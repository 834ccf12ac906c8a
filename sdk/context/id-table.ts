/** Slots of a new table; a power of two. */
const INITIAL_SLOTS: i32 = 16;

/**
 * Map from ids of the host (never 0) to managed objects.
 *
 * Open addressing with linear probing. Ids come from a counter, so the low bits spread
 * well. Removal moves later entries back, hence no tombstones and no garbage per stream.
 */
export class IdTable<V> {
  private ids: StaticArray<u32> = new StaticArray<u32>(INITIAL_SLOTS);
  private values: StaticArray<V | null> = new StaticArray<V | null>(INITIAL_SLOTS);
  private count: i32 = 0;

  /** Number of entries. */
  get size(): i32 {
    return this.count;
  }

  /** The object of `id`, or null. */
  get(id: u32): V | null {
    return unchecked(this.values[this.slotOf(id)]);
  }

  /** Adds or replaces the object of `id`. */
  set(id: u32, value: V): void {
    if ((this.count << 1) >= this.ids.length) this.grow();
    const slot = this.slotOf(id);
    if (!unchecked(this.ids[slot])) this.count++;
    unchecked((this.ids[slot] = id));
    unchecked((this.values[slot] = value));
  }

  /** Removes `id` if it is there. */
  delete(id: u32): void {
    let hole = this.slotOf(id);
    if (!unchecked(this.ids[hole])) return;
    const mask = this.ids.length - 1;
    for (let next = (hole + 1) & mask; unchecked(this.ids[next]); next = (next + 1) & mask) {
      const home = unchecked(this.ids[next]) & mask;
      // An entry may fill the hole only if that is not before its home slot.
      if (((next - home) & mask) < ((next - hole) & mask)) continue;
      this.move(next, hole);
      hole = next;
    }
    unchecked((this.ids[hole] = 0));
    unchecked((this.values[hole] = null));
    this.count--;
  }

  /** Slots of the table, for {@link idAt} and {@link valueAt}. */
  get slots(): i32 {
    return this.ids.length;
  }

  /** Id in a slot, 0 when free. */
  idAt(slot: i32): u32 {
    return unchecked(this.ids[slot]);
  }

  /** Object in a slot, null when free. */
  valueAt(slot: i32): V | null {
    return unchecked(this.values[slot]);
  }

  /** Slot that holds `id`, or the free slot where it belongs. */
  private slotOf(id: u32): i32 {
    const mask = this.ids.length - 1;
    let slot = <i32>id & mask;
    while (unchecked(this.ids[slot]) && unchecked(this.ids[slot]) != id) slot = (slot + 1) & mask;
    return slot;
  }

  private move(from: i32, to: i32): void {
    unchecked((this.ids[to] = this.ids[from]));
    unchecked((this.values[to] = this.values[from]));
  }

  private grow(): void {
    const ids = this.ids;
    const values = this.values;
    this.ids = new StaticArray<u32>(ids.length << 1);
    this.values = new StaticArray<V | null>(values.length << 1);
    for (let i = 0; i < ids.length; i++) {
      const id = unchecked(ids[i]);
      if (!id) continue;
      const slot = this.slotOf(id);
      unchecked((this.ids[slot] = id));
      unchecked((this.values[slot] = values[i]));
    }
  }
}
