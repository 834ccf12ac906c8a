import { arenaAllocate } from "../abi/arena";
import { Group } from "./group";
import { Modulus } from "./modulus";
import { isEqual, isZero } from "./digits";

/** Intermediate values; 80 bytes hold a number of 521 bits. */
// @ts-ignore: decorator
@lazy
const T0: usize = memory.data(80, 16);
// @ts-ignore: decorator
@lazy
const T1: usize = memory.data(80, 16);
// @ts-ignore: decorator
@lazy
const T2: usize = memory.data(80, 16);
// @ts-ignore: decorator
@lazy
const T3: usize = memory.data(80, 16);

/**
 * Points of y^2 = x^3 - 3x + b over a prime field, as Jacobian coordinates X, Y, Z in Montgomery form: x = X/Z^2,
 * y = Y/Z^3, the neutral element has Z = 0. Formulas: IEEE P1363 A.10; Cohen, Miyaji and Ono, 1998.
 */
// @ts-ignore: decorator
@final
export class WeierstrassGroup extends Group {
  constructor(
    /** The field. */
    readonly field: Modulus,
    scalarBits: u32,
  ) {
    super(3 * field.size, scalarBits);
  }

  /** Takes two big-endian coordinates of `length` bytes each. Whether both are below p. */
  read(point: usize, coordinates: usize, length: usize): bool {
    const field = this.field;
    const x = point, y = x + field.size;
    field.read(x, coordinates, length);
    field.read(y, coordinates + length, length);
    const isBelow = field.contains(x) && field.contains(y);
    field.encode(x, x);
    field.encode(y, y);
    memory.copy(y + field.size, field.one, field.size);
    return isBelow;
  }

  /** Writes both coordinates of a point with Z = 1, big-endian, `length` bytes each. */
  write(out: usize, point: usize, length: u32): void {
    const field = this.field;
    field.decode(T0, point);
    field.write(out, length, T0);
    field.decode(T0, point + field.size);
    field.write(out + length, length, T0);
  }

  /** Whether a point with Z = 1 is on the curve with this `b`. */
  isOnCurve(point: usize, b: usize): bool {
    const field = this.field;
    const x = point, y = x + field.size;
    // x * (x^2 - 3) + b
    field.square(T0, x);
    for (let i = 0; i < 3; i++) field.subtract(T0, T0, field.one);
    field.multiply(T0, T0, x);
    field.add(T0, T0, b);
    field.square(T1, y);
    return isEqual(T0, T1, field.size);
  }

  setNeutral(point: usize): void {
    memory.fill(point, 0, this.pointBytes);
  }

  /** Whether a point is the neutral element. */
  isNeutral(point: usize): bool {
    const size = this.field.size;
    return isZero(point + 2 * size, size);
  }

  /** Whether the x of a point is a number, not in Montgomery form and below p; the neutral element has none. */
  hasX(point: usize, number: usize): bool {
    const field = this.field;
    field.encode(T0, number);
    field.square(T1, point + 2 * field.size);
    field.multiply(T0, T0, T1);
    return !this.isNeutral(point) && isEqual(T0, point, field.size);
  }

  /** The neutral element needs no case of its own: its Z stays 0. */
  double(point: usize): void {
    const field = this.field;
    const x = point, y = x + field.size, z = y + field.size;
    field.square(T0, z);
    field.square(T1, y);
    field.multiply(T2, x, T1);
    // 3 * (X - Z^2) * (X + Z^2)
    field.subtract(T3, x, T0);
    field.add(T0, x, T0);
    field.multiply(T3, T3, T0);
    field.add(T0, T3, T3);
    field.add(T3, T3, T0);
    // Z = 2 * Y * Z
    field.multiply(z, y, z);
    field.add(z, z, z);
    // X = T3^2 - 8 * X * Y^2
    field.add(T2, T2, T2);
    field.add(T2, T2, T2);
    field.square(x, T3);
    field.subtract(x, x, T2);
    field.subtract(x, x, T2);
    // Y = T3 * (4 * X * Y^2 - X') - 8 * Y^4
    field.subtract(T2, T2, x);
    field.multiply(y, T3, T2);
    field.add(T1, T1, T1);
    field.square(T1, T1);
    field.add(T1, T1, T1);
    field.subtract(y, y, T1);
  }

  /** A point with Z = 1. One inversion serves all of them (P. L. Montgomery, 1987). */
  normalize(points: usize, count: u32): void {
    const field = this.field;
    const bytes = <u32>this.pointBytes;
    const products = arenaAllocate(count * <u32>field.size);
    const inverse = this.multiplyDenominators(products, points, count);
    field.invert(inverse, inverse);
    for (let i = count - 1; i; i--) {
      const point = points + i * bytes;
      field.multiply(T0, inverse, products + (i - 1) * <u32>field.size);
      field.multiply(inverse, inverse, point + 2 * field.size);
      this.divide(point, T0);
    }
    this.divide(points, inverse);
  }

  /** Writes, for each point, the product of its Z and all before it; returns the address of the last one. */
  private multiplyDenominators(products: usize, points: usize, count: u32): usize {
    const field = this.field;
    let z = points + 2 * field.size;
    memory.copy(products, z, field.size);
    for (let i: u32 = 1; i < count; i++, products += field.size) {
      z += this.pointBytes;
      field.multiply(products + field.size, products, z);
    }
    return products;
  }

  /** Takes 1/Z. */
  private divide(point: usize, inverse: usize): void {
    const field = this.field;
    const x = point, y = x + field.size, z = y + field.size;
    field.square(T1, inverse);
    field.multiply(x, x, T1);
    field.multiply(T1, T1, inverse);
    field.multiply(y, y, T1);
    memory.copy(z, field.one, field.size);
  }

  add(point: usize, other: usize): void {
    if (this.isNeutral(point)) return memory.copy(point, other, this.pointBytes);
    const field = this.field;
    const size = field.size;
    const x = point, y = x + size, z = y + size;
    // H = X2 * Z^2 - X, R = Y2 * Z^3 - Y
    field.square(T0, z);
    field.multiply(T1, other, T0);
    field.multiply(T0, T0, z);
    field.multiply(T0, T0, other + size);
    field.subtract(T1, T1, x);
    field.subtract(T0, T0, y);
    if (isZero(T1, size)) this.addSameX(point);
    else this.addDifferentX(point);
  }

  /** The same x: the same point, or its opposite. */
  private addSameX(point: usize): void {
    if (isZero(T0, this.field.size)) this.double(point);
    else this.setNeutral(point);
  }

  /** T1 is H and T0 is R. */
  private addDifferentX(point: usize): void {
    const field = this.field;
    const x = point, y = x + field.size, z = y + field.size;
    field.multiply(z, z, T1);
    // V = X * H^2, H^3
    field.square(T2, T1);
    field.multiply(T3, x, T2);
    field.multiply(T2, T2, T1);
    // X = R^2 - H^3 - 2 * V
    field.square(x, T0);
    field.subtract(x, x, T2);
    field.subtract(x, x, T3);
    field.subtract(x, x, T3);
    // Y = R * (V - X) - Y * H^3
    field.subtract(T3, T3, x);
    field.multiply(T3, T0, T3);
    field.multiply(y, y, T2);
    field.subtract(y, T3, y);
  }
}
