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
// @ts-ignore: decorator
@lazy
const T4: usize = memory.data(80, 16);
// @ts-ignore: decorator
@lazy
const T5: usize = memory.data(80, 16);
// @ts-ignore: decorator
@lazy
const T6: usize = memory.data(80, 16);

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

  add(point: usize, other: usize): void {
    if (this.isNeutral(other)) return;
    if (this.isNeutral(point)) return memory.copy(point, other, this.pointBytes);
    const field = this.field;
    const size = field.size;
    const x = point, y = x + size, z = y + size;
    const z2 = other + 2 * size;
    field.square(T0, z);
    field.square(T1, z2);
    field.multiply(T2, x, T1);
    field.multiply(T3, other, T0);
    field.multiply(T1, T1, z2);
    field.multiply(T1, T1, y);
    field.multiply(T0, T0, z);
    field.multiply(T0, T0, other + size);
    if (isEqual(T2, T3, size)) return this.addSameX(point);
    this.addDifferentX(point, z2);
  }

  /** The same x: the same point, or its opposite. */
  private addSameX(point: usize): void {
    if (isEqual(T0, T1, this.field.size)) this.double(point);
    else this.setNeutral(point);
  }

  /** T2, T3 are both x, T1, T0 both y, over one denominator. */
  private addDifferentX(point: usize, z2: usize): void {
    const field = this.field;
    const x = point, y = x + field.size, z = y + field.size;
    field.subtract(T3, T3, T2);
    field.subtract(T0, T0, T1);
    field.multiply(z, z, z2);
    field.multiply(z, z, T3);
    // V = X1 * H^2, H^3
    field.square(T4, T3);
    field.multiply(T5, T2, T4);
    field.multiply(T4, T4, T3);
    // X = R^2 - H^3 - 2 * V
    field.square(x, T0);
    field.subtract(x, x, T4);
    field.subtract(x, x, T5);
    field.subtract(x, x, T5);
    // Y = R * (V - X) - Y1 * H^3
    field.subtract(T5, T5, x);
    field.multiply(y, T0, T5);
    field.multiply(T6, T1, T4);
    field.subtract(y, y, T6);
  }
}
