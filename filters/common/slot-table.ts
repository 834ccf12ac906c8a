/** Numbers things by their slots (`slotOf`), in the order in which they come. */
export class SlotTable {
  private readonly slots: u64[] = [];
  /** For each slot, at its low bits or behind them: the number plus one; 0 is a free place. */
  private places: i32[] = new Array<i32>(16);

  get size(): i32 {
    return this.slots.length;
  }

  /** The number of a slot; -1 when it has none. */
  find(slot: u64): i32 {
    let at = slot;
    let number = this.placed(at);
    while (number >= 0 && this.slots[number] != slot) number = this.placed(++at);
    return number;
  }

  /** Gives a slot the next number; one that has a number keeps it. */
  add(slot: u64): void {
    if (2 * this.slots.push(slot) <= this.places.length) return this.put(this.size - 1);
    this.places = new Array<i32>(2 * this.places.length);
    for (let i = 0; i < this.size; i++) this.put(i);
  }

  private put(number: i32): void {
    let at = this.slots[number];
    while (this.placed(at) >= 0) at++;
    this.places[this.wrap(at)] = number + 1;
  }

  private placed(at: u64): i32 {
    return this.places[this.wrap(at)] - 1;
  }

  private wrap(at: u64): i32 {
    return <i32>at & (this.places.length - 1);
  }
}
