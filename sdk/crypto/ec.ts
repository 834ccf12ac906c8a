import { arenaAllocate } from "../abi/arena";
import { BytesBuilder } from "../bytes/builder";
import { Bytes } from "../bytes/bytes";
import { Comb } from "./comb";
import { Curve } from "./curve";
import { DerReader, DerTag } from "./der-reader";
import { derElement, derUnsigned } from "./der-writer";
import { addDigits, isZero } from "./digits";
import { Hash } from "./hash";
import { oidAt } from "./oid";
import { Spki, spkiOf } from "./spki";

/** id-ecPublicKey, 1.2.840.10045.2.1 (RFC 5480 2.1.1). */
// @ts-ignore: decorator
@lazy
const OID: usize = memory.data<u8>([7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]);

const UNCOMPRESSED: u8 = 4;

/** Numbers of a verification, of at most 521 bits each, and the point it ends with. */
// @ts-ignore: decorator
@lazy
const R: usize = memory.data(80, 16);
// @ts-ignore: decorator
@lazy
const S: usize = memory.data(80, 16);
// @ts-ignore: decorator
@lazy
const E: usize = memory.data(80, 16);
// @ts-ignore: decorator
@lazy
const POINT: usize = memory.data(240, 16);

/** A public key on an elliptic curve, made once and used for many signatures of ECDSA (FIPS 186-5 6.4). */
// @ts-ignore: decorator
@final
export class EcPublicKey {
  private constructor(
    /** The curve. */
    readonly curve: Curve,
    private readonly point: Comb,
  ) {}

  /** A key from both coordinates, big-endian and as long as the curve's. Null when they are no point of it. */
  static of(curve: Curve, x: Bytes, y: Bytes): EcPublicKey | null {
    const bytes = curve.bytes;
    if (x.length != <i32>bytes || y.length != <i32>bytes) return null;
    const coordinates = arenaAllocate(2 * bytes);
    memory.copy(coordinates, x.address, bytes);
    memory.copy(coordinates + bytes, y.address, bytes);
    const point = curve.multiplesOf(coordinates);
    return point ? new EcPublicKey(curve, point) : null;
  }

  /** A key from a SubjectPublicKeyInfo in DER (RFC 5480): a named curve, which is this one, and no compressed point. */
  static fromSpki(curve: Curve, der: Bytes): EcPublicKey | null {
    const spki = Spki.read(der);
    const name = spki.parameters.read(DerTag.ObjectIdentifier);
    const isCurve = spki.algorithm.equals(oidAt(OID)) && spki.parameters.isDone && name.equals(oidAt(curve.oid));
    if (!isCurve || spki.key[0] != UNCOMPRESSED) return null;
    const half = 1 + <i32>curve.bytes;
    return EcPublicKey.of(curve, spki.key.slice(1, half), spki.key.slice(half));
  }

  /** The key as a SubjectPublicKeyInfo in DER (RFC 5480), with a point that is not compressed. */
  toSpki(): Bytes {
    const bytes = this.curve.bytes;
    const key = arenaAllocate(1 + 2 * bytes);
    store<u8>(key, UNCOMPRESSED);
    this.curve.group.write(key + 1, this.point.point, bytes);
    return spkiOf(OID, derElement(DerTag.ObjectIdentifier, oidAt(this.curve.oid)), Bytes.of(key, 1 + 2 * bytes));
  }

  /** A signature that is r and s as a SEQUENCE of both in DER; absent when they are not as long as the order each. */
  toDer(signature: Bytes): Bytes {
    const bytes = <i32>this.curve.bytes;
    if (signature.length != 2 * bytes) return Bytes.absent;
    const numbers = BytesBuilder.create().add(derUnsigned(signature.slice(0, bytes))).add(derUnsigned(signature.slice(bytes)));
    return derElement(DerTag.Sequence, numbers.toBytes());
  }

  /** Whether a signature holds that is r and s, as long as the order each (IEEE P1363; `ES256` of JOSE, RFC 7518 3.4). */
  verify(hash: Hash, message: Bytes, signature: Bytes): bool {
    const bytes = <i32>this.curve.bytes;
    if (signature.length != 2 * bytes) return false;
    return this.verifyNumbers(hash, message, signature.slice(0, bytes), signature.slice(bytes));
  }

  /** Whether a signature holds that is a SEQUENCE of r and s in DER (RFC 3279 2.2.3). */
  verifyDer(hash: Hash, message: Bytes, signature: Bytes): bool {
    const whole = DerReader.of(signature);
    const numbers = whole.readSequence();
    const r = numbers.readUnsigned();
    const s = numbers.readUnsigned();
    const bytes = <i32>this.curve.bytes;
    if (!whole.isDone || !numbers.isDone || r.length > bytes || s.length > bytes) return false;
    return this.verifyNumbers(hash, message, r, s);
  }

  private verifyNumbers(hash: Hash, message: Bytes, r: Bytes, s: Bytes): bool {
    if (!this.readScalar(R, r) || !this.readScalar(S, s)) return false;
    this.fillScalars(hash.digest(message));
    const curve = this.curve;
    curve.generator.multiplyAdd(POINT, E, this.point, S, curve.order.size);
    return this.isResult();
  }

  /** Takes a number, which is at least 1 and below the order. */
  private readScalar(out: usize, number: Bytes): bool {
    const order = this.curve.order;
    order.read(out, number.address, number.length);
    return order.contains(out) && !isZero(out, order.size);
  }

  /** E and S become the factors of the generator and of the key: digest and r over s. */
  private fillScalars(digest: Bytes): void {
    const order = this.curve.order;
    // The leftmost bits of the digest; both lengths are whole bytes, or the digest is the shorter one.
    order.read(E, digest.address, min(<u32>digest.length, this.curve.bytes));
    order.encode(S, S);
    order.invert(S, S);
    // One operand in Montgomery form gives a product that is not.
    order.multiply(E, E, S);
    order.multiply(S, R, S);
  }

  /** Whether the x of POINT, modulo the order, is r: x may be r, or r plus the order when that is still below p. */
  private isResult(): bool {
    const curve = this.curve;
    const group = curve.group;
    if (group.hasX(POINT, R)) return true;
    addDigits(R, R, curve.order.n, curve.order.size);
    return curve.field.contains(R) && group.hasX(POINT, R);
  }
}
