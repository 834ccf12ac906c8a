import { Comb } from "./comb";
import { Modulus } from "./modulus";
import { WeierstrassGroup } from "./weierstrass";

/** An elliptic curve `y^2 = x^3 - 3x + b` over a prime field, of prime order: `P256`, `P384`, `P521`. */
// @ts-ignore: decorator
@final
export class Curve {
  /** The field of coordinates. */
  readonly field: Modulus;
  /** Arithmetic modulo the order of the generator. */
  readonly order: Modulus;
  /** The points. For the SDK. */
  readonly group: WeierstrassGroup;
  private readonly b: ArrayBuffer;
  private readonly point: ArrayBuffer;
  private multiples: Comb | null = null;

  /** From p, b, the order and both coordinates of the generator, one behind the other, each of `bytes` bytes. */
  constructor(
    parameters: usize,
    /** Bytes of a coordinate, and of a number below the order. */
    readonly bytes: u32,
    /** Address of the object identifier's length and content, as DER has them. For the SDK. */
    readonly oid: usize,
  ) {
    const field = new Modulus(parameters, bytes);
    const order = new Modulus(parameters + 2 * bytes, bytes);
    const group = new WeierstrassGroup(field, order.bits);
    const b = new ArrayBuffer(<i32>field.size);
    const point = new ArrayBuffer(<i32>group.pointBytes);
    field.read(changetype<usize>(b), parameters + bytes, bytes);
    field.encode(changetype<usize>(b), changetype<usize>(b));
    group.read(changetype<usize>(point), parameters + 3 * bytes, bytes);
    this.field = field;
    this.order = order;
    this.group = group;
    this.b = b;
    this.point = point;
  }

  /** Multiples of the generator, made at the first use: a module that starts may never need them. For the SDK. */
  get generator(): Comb {
    const multiples = this.multiples;
    if (multiples) return multiples;
    const made = new Comb(this.group, changetype<usize>(this.point));
    this.multiples = made;
    return made;
  }

  /**
   * Multiples of the point with these coordinates, big-endian, at an address. Null when a coordinate is not below p or
   * the point not on the curve (SP 800-56A 5.6.2.3.4; the order of the curve is prime, so every point is of it).
   */
  multiplesOf(coordinates: usize): Comb | null {
    const point = changetype<usize>(new ArrayBuffer(<i32>this.group.pointBytes));
    return this.group.read(point, coordinates, this.bytes) && this.group.isOnCurve(point, changetype<usize>(this.b))
      ? new Comb(this.group, point)
      : null;
  }
}
