import { Group } from "./group";
import { bitOf } from "./digits";

/** Bits of a scalar that one look into a table takes. */
const TEETH: u32 = 5;
const ENTRIES: u32 = 1 << TEETH;

/**
 * Multiples of one point, so that a multiplication needs a fifth of the doublings (Lim and Lee, 1994). A scalar of
 * `5 * spacing` bits is cut into five rows; entry `i` is the sum of `2^(k * spacing)` times the point for every bit
 * `k` of `i`.
 */
// @ts-ignore: decorator
@final
export class Comb {
  private readonly table: ArrayBuffer;
  private readonly spacing: u32;

  /** Of the point at an address. */
  constructor(
    private readonly group: Group,
    point: usize,
  ) {
    this.spacing = (group.scalarBits + TEETH - 1) / TEETH;
    this.table = new ArrayBuffer(<i32>(ENTRIES * group.pointBytes));
    memory.copy(this.entry(1), point, group.pointBytes);
    group.setNeutral(this.entry(0));
    for (let tooth: u32 = 1; tooth < ENTRIES; tooth <<= 1) this.fillFrom(tooth);
  }

  /** Entries from that of one tooth alone up to the next tooth. */
  private fillFrom(tooth: u32): void {
    const group = this.group;
    const first = this.entry(tooth);
    if (tooth > 1) {
      memory.copy(first, this.entry(tooth >> 1), group.pointBytes);
      for (let i: u32 = 0; i < this.spacing; i++) group.double(first);
    }
    for (let i: u32 = 1; i < tooth; i++) {
      memory.copy(this.entry(tooth + i), first, group.pointBytes);
      group.add(this.entry(tooth + i), this.entry(i));
    }
  }

  private entry(index: u32): usize {
    return changetype<usize>(this.table) + index * this.group.pointBytes;
  }

  /** Writes `scalar` times this point plus `otherScalar` times another one's. Scalars are numbers of `size` bytes. */
  multiplyAdd(out: usize, scalar: usize, other: Comb, otherScalar: usize, size: usize): void {
    const group = this.group;
    group.setNeutral(out);
    for (let column = this.spacing; column--; ) {
      group.double(out);
      this.addColumn(out, scalar, size, column);
      other.addColumn(out, otherScalar, size, column);
    }
  }

  private addColumn(out: usize, scalar: usize, size: usize, column: u32): void {
    let index: u32 = 0;
    for (let tooth: u32 = 0; tooth < TEETH; tooth++) {
      index |= bitOf(scalar, size, column + tooth * this.spacing) << tooth;
    }
    if (index) this.group.add(out, this.entry(index));
  }
}
