import { arenaAllocate } from "../abi/arena";
import { Group } from "./group";
import { bitOf } from "./digits";

/** Bits of a scalar that one look into a table takes. */
const TEETH: u32 = 5;
/** Every set of teeth but the empty one. */
const ENTRIES: u32 = (1 << TEETH) - 1;

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

  /** Of the point at an address, which is not the neutral one. */
  constructor(
    private readonly group: Group,
    point: usize,
  ) {
    this.spacing = (group.scalarBits + TEETH - 1) / TEETH;
    this.table = new ArrayBuffer(<i32>(ENTRIES * <u32>group.pointBytes));
    const teeth = this.makeTeeth(point);
    for (let k: u32 = 0; k < TEETH; k++) this.fillFrom(1 << k, teeth + k * <u32>group.pointBytes);
    group.normalize(this.entry(1), ENTRIES);
  }

  /** `2^(k * spacing)` times the point for each tooth `k`. */
  private makeTeeth(point: usize): usize {
    const group = this.group;
    const bytes = <u32>group.pointBytes;
    const teeth = arenaAllocate(TEETH * bytes);
    const end = teeth + TEETH * bytes;
    memory.copy(teeth, point, bytes);
    for (let tooth = teeth + bytes; tooth < end; tooth += bytes) {
      memory.copy(tooth, tooth - bytes, bytes);
      for (let i: u32 = 0; i < this.spacing; i++) group.double(tooth);
    }
    group.normalize(teeth, TEETH);
    return teeth;
  }

  /** Entries from that of one tooth alone up to the next tooth. */
  private fillFrom(first: u32, tooth: usize): void {
    const group = this.group;
    memory.copy(this.entry(first), tooth, group.pointBytes);
    for (let i: u32 = 1; i < first; i++) {
      memory.copy(this.entry(first + i), this.entry(i), group.pointBytes);
      group.add(this.entry(first + i), tooth);
    }
  }

  /** Address of the point itself, which is normalized. */
  get point(): usize {
    return this.entry(1);
  }

  private entry(index: u32): usize {
    return changetype<usize>(this.table) + (index - 1) * <u32>this.group.pointBytes;
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
