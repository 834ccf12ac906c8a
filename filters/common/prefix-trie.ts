/**
 * A set of bit prefixes that says whether one of them begins a given address, in as many steps as the prefixes have places
 * where they part: a binary trie in which runs without a branch are one node.
 *
 * Nodes lie in arrays, so that the collector has few objects to look at. Node 0 is the root; the children of a node are
 * neighbours; a leaf is a prefix of the set. What a shorter prefix makes needless stays behind unreachable.
 */
export class PrefixTrie {
  private readonly high: u64[] = [];
  private readonly low: u64[] = [];
  private readonly bits: u8[] = [];
  /** Index of the child for bit 0, that for bit 1 follows; 0 = a leaf. */
  private readonly children: i32[] = [];

  /** Adds the first `bits` (0 … 128) bits of an address. */
  add(high: u64, low: u64, bits: i32): void {
    if (this.bits.length == 0) return this.push(high, low, bits, 0);
    for (let at = 0; ; ) {
      const own = <i32>this.bits[at];
      const common = min(this.commonBits(at, high, low), min(own, bits));
      if (common == bits) return this.makeLeaf(at, bits);
      if (common < own) return this.split(at, common, high, low, bits);
      if (this.children[at] == 0) return;
      at = this.children[at] + bitAt(high, low, own);
    }
  }

  /** Whether the address begins with a prefix of the set. */
  has(high: u64, low: u64): bool {
    if (this.bits.length == 0) return false;
    let at = 0;
    while (this.commonBits(at, high, low) >= <i32>this.bits[at]) {
      const children = this.children[at];
      if (children == 0) return true;
      at = children + bitAt(high, low, <i32>this.bits[at]);
    }
    return false;
  }

  /** The node's prefix covers, or is, what is added: nothing below it is asked for again. */
  private makeLeaf(at: i32, bits: i32): void {
    this.bits[at] = <u8>bits;
    this.children[at] = 0;
  }

  /** Divides a node behind its first `common` bits: one child is what it was, the other what is added. */
  private split(at: i32, common: i32, high: u64, low: u64, bits: i32): void {
    const first = this.bits.length;
    const isOlderZero = bitAt(high, low, common) == 1;
    if (!isOlderZero) this.push(high, low, bits, 0);
    this.push(this.high[at], this.low[at], this.bits[at], this.children[at]);
    if (isOlderZero) this.push(high, low, bits, 0);
    this.bits[at] = <u8>common;
    this.children[at] = first;
  }

  private push(high: u64, low: u64, bits: i32, children: i32): void {
    this.high.push(high);
    this.low.push(low);
    this.bits.push(<u8>bits);
    this.children.push(children);
  }

  /** How many bits of the node's prefix and the address are the same; those behind the prefix count too. */
  private commonBits(at: i32, high: u64, low: u64): i32 {
    const difference = this.high[at] ^ high;
    return difference != 0 ? <i32>clz(difference) : 64 + <i32>clz(this.low[at] ^ low);
  }
}

/** The bit at a place counted from the highest one. */
function bitAt(high: u64, low: u64, place: i32): i32 {
  const word = place < 64 ? high : low;
  return <i32>((word >> (63 - (<u64>place & 63))) & 1);
}
