import { isEqual, isZero } from "./digits";
import { Group } from "./group";
import { Modulus } from "./modulus";

/** 2^255 - 19, big-endian. */
// @ts-ignore: decorator
@lazy
const P: usize = memory.data<u8>([
  0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xed,
]);
/** d = -121665 / 121666, big-endian. */
// @ts-ignore: decorator
@lazy
const D: usize = memory.data<u8>([
  0x52, 0x03, 0x6c, 0xee, 0x2b, 0x6f, 0xfe, 0x73, 0x8c, 0xc7, 0x40, 0x79, 0x77, 0x79, 0xe8, 0x98,
  0x00, 0x70, 0x0a, 0x4d, 0x41, 0x41, 0xd8, 0xab, 0x75, 0xeb, 0x4d, 0xca, 0x13, 0x59, 0x78, 0xa3,
]);
/** A square root of -1, big-endian. */
// @ts-ignore: decorator
@lazy
const ROOT: usize = memory.data<u8>([
  0x2b, 0x83, 0x24, 0x80, 0x4f, 0xc1, 0xdf, 0x0b, 0x2b, 0x4d, 0x00, 0x99, 0x3d, 0xfb, 0xd7, 0xa7,
  0x2f, 0x43, 0x18, 0x06, 0xad, 0x2f, 0xe4, 0x78, 0xc4, 0xee, 0x1b, 0x27, 0x4a, 0x0e, 0xa0, 0xb0,
]);

/** Bytes of a coordinate outside, and of memory for one. */
const BYTES: usize = 32;
const SIZE: usize = 40;

/** (p - 5) / 8, which is 2^252 - 3, in digits. */
// @ts-ignore: decorator
@lazy
const EXPONENT: usize = memory.data<u32>([
  0x7fffffd, 0x7ffffff, 0x7ffffff, 0x7ffffff, 0x7ffffff, 0x7ffffff, 0x7ffffff, 0x7ffffff, 0x7ffffff, 0x1ff,
]);

/** Numbers of the field: constants in Montgomery form, then intermediate values. */
// @ts-ignore: decorator
@lazy
const D_ENCODED: usize = memory.data(40, 16);
// @ts-ignore: decorator
@lazy
const ROOT_ENCODED: usize = memory.data(40, 16);
// @ts-ignore: decorator
@lazy
const T0: usize = memory.data(40, 16);
// @ts-ignore: decorator
@lazy
const T1: usize = memory.data(40, 16);
// @ts-ignore: decorator
@lazy
const T2: usize = memory.data(40, 16);
// @ts-ignore: decorator
@lazy
const T3: usize = memory.data(40, 16);
// @ts-ignore: decorator
@lazy
const T4: usize = memory.data(40, 16);
/** A multiple of a point, of four numbers. */
// @ts-ignore: decorator
@lazy
const MULTIPLE: usize = memory.data(160, 16);

/**
 * Points of edwards25519 (RFC 8032 5.1): `-x^2 + y^2 = 1 + d x^2 y^2` modulo 2^255 - 19, as extended coordinates X, Y,
 * Z, T in Montgomery form: x = X/Z, y = Y/Z, x * y = T/Z. The addition needs no special cases.
 */
// @ts-ignore: decorator
@final
export class EdwardsGroup extends Group {
  private readonly field: Modulus;

  constructor(scalarBits: u32) {
    super(4 * SIZE, scalarBits);
    const field = new Modulus(P, BYTES);
    field.read(D_ENCODED, D, BYTES);
    field.encode(D_ENCODED, D_ENCODED);
    field.read(ROOT_ENCODED, ROOT, BYTES);
    field.encode(ROOT_ENCODED, ROOT_ENCODED);
    this.field = field;
  }

  setNeutral(point: usize): void {
    memory.fill(point, 0, this.pointBytes);
    memory.copy(point + SIZE, this.field.one, SIZE);
    memory.copy(point + 2 * SIZE, this.field.one, SIZE);
  }

  /** RFC 8032 5.1.4, the second list. */
  double(point: usize): void {
    const field = this.field;
    const x = point, y = x + SIZE, z = y + SIZE, t = z + SIZE;
    field.square(T0, x);
    field.square(T1, y);
    field.square(T2, z);
    field.add(T2, T2, T2);
    field.add(T3, T0, T1);
    field.add(T4, x, y);
    field.square(T4, T4);
    field.subtract(T4, T3, T4);
    field.subtract(T0, T0, T1);
    field.add(T2, T2, T0);
    this.combine(x, y, z, t, T4, T2, T0, T3);
  }

  /** Nothing: the addition takes every point. */
  normalize(points: usize, count: u32): void {}

  /** RFC 8032 5.1.4, the first list. */
  add(point: usize, other: usize): void {
    const field = this.field;
    const x = point, y = x + SIZE, z = y + SIZE, t = z + SIZE;
    const otherY = other + SIZE;
    field.subtract(T0, y, x);
    field.subtract(T1, otherY, other);
    field.multiply(T0, T0, T1);
    field.add(T1, y, x);
    field.add(T2, otherY, other);
    field.multiply(T1, T1, T2);
    field.multiply(T2, t, otherY + 2 * SIZE);
    field.multiply(T2, T2, D_ENCODED);
    field.add(T2, T2, T2);
    field.multiply(T3, z, otherY + SIZE);
    field.add(T3, T3, T3);
    // E = B - A, F = D - C, G = D + C, H = B + A
    field.subtract(T4, T1, T0);
    field.add(T1, T1, T0);
    field.subtract(T0, T3, T2);
    field.add(T3, T3, T2);
    this.combine(x, y, z, t, T4, T0, T3, T1);
  }

  /** X = E * F, Y = G * H, T = E * H, Z = F * G. */
  private combine(x: usize, y: usize, z: usize, t: usize, e: usize, f: usize, g: usize, h: usize): void {
    const field = this.field;
    field.multiply(x, e, f);
    field.multiply(y, g, h);
    field.multiply(t, e, h);
    field.multiply(z, f, g);
  }

  /** Whether eight times a point is the neutral element, so that its multiples are eight points at most. */
  isOfSmallOrder(point: usize): bool {
    memory.copy(MULTIPLE, point, this.pointBytes);
    for (let i = 0; i < 3; i++) this.double(MULTIPLE);
    return isZero(MULTIPLE, SIZE) && isEqual(MULTIPLE + SIZE, MULTIPLE + 2 * SIZE, SIZE);
  }

  /** Makes a point its opposite. */
  negate(point: usize): void {
    const field = this.field;
    memory.fill(T0, 0, SIZE);
    field.subtract(point, T0, point);
    field.subtract(point + 3 * SIZE, T0, point + 3 * SIZE);
  }

  /**
   * Takes an encoded point (RFC 8032 5.1.3), big-endian and so with the sign first. Whether it is one, with y below p.
   * A sign where x is 0 is left to the check of the order: both such points are of small order.
   */
  read(point: usize, encoding: usize): bool {
    const field = this.field;
    const x = point, y = x + SIZE;
    const isOdd = load<u8>(encoding) >> 7;
    field.read(y, encoding, BYTES);
    // Bit 255, the sign, is the thirteenth of the tenth digit.
    store<u32>(y, load<u32>(y, 36) & 0xfff, 36);
    if (!field.contains(y)) return false;
    field.encode(y, y);
    if (!this.findX(x, y)) return false;
    field.decode(T0, x);
    memory.copy(y + SIZE, field.one, SIZE);
    field.multiply(y + 2 * SIZE, x, y);
    if ((load<u8>(T0) & 1) != isOdd) this.negate(point);
    return true;
  }

  /** One of the roots of u / v, with `u = y^2 - 1` and `v = d y^2 + 1`. Whether there is one. */
  private findX(x: usize, y: usize): bool {
    const field = this.field;
    field.square(T0, y);
    field.multiply(T1, T0, D_ENCODED);
    field.subtract(T0, T0, field.one);
    field.add(T1, T1, field.one);
    // x = u v^3 (u v^7)^((p - 5) / 8)
    field.square(T2, T1);
    field.multiply(T2, T2, T1);
    field.multiply(x, T0, T2);
    field.square(T2, T2);
    field.multiply(T2, T2, T1);
    field.multiply(T2, T2, T0);
    field.power(T2, T2, EXPONENT, SIZE);
    field.multiply(x, x, T2);
    // v x^2 is u, or -u, or else there is none.
    field.square(T2, x);
    field.multiply(T2, T2, T1);
    if (isEqual(T2, T0, SIZE)) return true;
    field.multiply(x, x, ROOT_ENCODED);
    field.add(T2, T2, T0);
    return isZero(T2, SIZE);
  }

  /** Writes the encoding of a point, big-endian. */
  write(out: usize, point: usize): void {
    const field = this.field;
    field.invert(T0, point + 2 * SIZE);
    field.multiply(T1, point, T0);
    field.multiply(T0, point + SIZE, T0);
    field.decode(T1, T1);
    field.decode(T0, T0);
    field.write(out, BYTES, T0);
    store<u8>(out, load<u8>(out) | ((load<u8>(T1) & 1) << 7));
  }
}
