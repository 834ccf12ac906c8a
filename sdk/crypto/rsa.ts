import { arenaAllocate } from "../abi/arena";
import { BytesBuilder } from "../bytes/builder";
import { Bytes } from "../bytes/bytes";
import { DerReader, DerTag } from "./der-reader";
import { derElement, derUnsigned } from "./der-writer";
import { DIGIT_BITS, DIGIT_MASK } from "./digits";
import { Hash } from "./hash";
import { Modulus } from "./modulus";
import { oidAt } from "./oid";
import { isPkcs1Encoding } from "./pkcs1-encoding";
import { isPssEncoding } from "./pss-encoding";
import { Spki, spkiOf } from "./spki";

const MIN_BITS: u32 = 2048;
const MAX_BITS: u32 = 4096;
/** Larger exponents are seen nowhere and would only be slow. */
const MAX_EXPONENT_BYTES: i32 = 4;

/** rsaEncryption, 1.2.840.113549.1.1.1 (RFC 3279 2.3.1). */
// @ts-ignore: decorator
@lazy
const OID: usize = memory.data<u8>([9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01]);

/** The signature as a number. Room for 4096 bits. */
// @ts-ignore: decorator
@lazy
const NUMBER: usize = memory.data(608, 16);
/** The exponent as a number, of two digits. */
// @ts-ignore: decorator
@lazy
const EXPONENT: usize = memory.data(8, 8);

/** A public key of RSA (RFC 8017 3.1), made once and used for many signatures. */
// @ts-ignore: decorator
@final
export class RsaPublicKey {
  /** R^e mod n: makes up for a power of a number that was not brought into Montgomery form. */
  private readonly correction: ArrayBuffer;

  private constructor(
    private readonly modulus: Modulus,
    /** The public exponent. */
    private readonly exponent: u32,
  ) {
    this.correction = new ArrayBuffer(<i32>modulus.size);
    const correction = changetype<usize>(this.correction);
    this.power(correction, modulus.radix);
    modulus.decode(correction, correction);
  }

  /**
   * A key from big-endian numbers without leading zeros. Null unless the modulus is odd and has 2048 to 4096 bits, and
   * the exponent is odd, at least 3 and below 2^32.
   */
  static of(modulus: Bytes, exponent: Bytes): RsaPublicKey | null {
    return isModulus(modulus) && isExponent(exponent)
      ? new RsaPublicKey(new Modulus(modulus.address, modulus.length), numberOf(exponent))
      : null;
  }

  /** A key from a SubjectPublicKeyInfo in DER (RFC 3279 2.3.1); null when it is malformed or `of` refuses its numbers. */
  static fromSpki(der: Bytes): RsaPublicKey | null {
    const spki = Spki.read(der);
    const parameters = spki.parameters.read(DerTag.Null);
    const isRsa = spki.algorithm.equals(oidAt(OID)) && !parameters.isAbsent && !parameters.length;
    return isRsa && spki.parameters.isDone ? RsaPublicKey.fromPkcs1(spki.key) : null;
  }

  /** A key from an RSAPublicKey in DER (RFC 8017 A.1.1): SEQUENCE { modulus, exponent }. */
  static fromPkcs1(der: Bytes): RsaPublicKey | null {
    const whole = DerReader.of(der);
    const numbers = whole.readSequence();
    const modulus = numbers.readUnsigned();
    const exponent = numbers.readUnsigned();
    return whole.isDone && numbers.isDone ? RsaPublicKey.of(modulus, exponent) : null;
  }

  /** The key as a SubjectPublicKeyInfo in DER (RFC 3279 2.3.1). */
  toSpki(): Bytes {
    const bytes = (this.bits + 7) >> 3;
    const number = arenaAllocate(bytes + 4);
    this.modulus.write(number, bytes, this.modulus.n);
    store<u32>(number + bytes, bswap(this.exponent));
    const numbers = BytesBuilder.create().add(derUnsigned(Bytes.of(number, bytes))).add(derUnsigned(Bytes.of(number + bytes, 4)));
    return spkiOf(OID, derElement(DerTag.Null, Bytes.empty), derElement(DerTag.Sequence, numbers.toBytes()));
  }

  /** Bits of the modulus. */
  get bits(): u32 {
    return this.modulus.bits;
  }

  /** Whether a signature of RSASSA-PKCS1-v1_5 (RFC 8017 8.2.2) holds. */
  verifyPkcs1(hash: Hash, message: Bytes, signature: Bytes): bool {
    const encoding = this.open(signature);
    return !encoding.isAbsent && isPkcs1Encoding(encoding, hash, message);
  }

  /**
   * Whether a signature of RSASSA-PSS (RFC 8017 8.1.2) holds, with MGF1 of the same hash. The salt is as long as the
   * digest, as in JOSE (RFC 7518 3.5), unless another length is named.
   */
  verifyPss(hash: Hash, message: Bytes, signature: Bytes, saltBytes: u32 = hash.digestBytes): bool {
    const encoding = this.open(signature);
    return !encoding.isAbsent && isPssEncoding(encoding, this.bits - 1, hash, saltBytes, message);
  }

  /** The encoded message in a signature, as long as the modulus; absent when it cannot be a signature. */
  private open(signature: Bytes): Bytes {
    const length = (this.bits + 7) >> 3;
    if (<u32>signature.length != length) return Bytes.absent;
    const modulus = this.modulus;
    modulus.read(NUMBER, signature.address, length);
    if (!modulus.contains(NUMBER)) return Bytes.absent;
    this.power(NUMBER, NUMBER);
    modulus.multiply(NUMBER, NUMBER, changetype<usize>(this.correction));
    const out = arenaAllocate(length);
    modulus.write(out, length, NUMBER);
    return Bytes.of(out, length);
  }

  private power(out: usize, base: usize): void {
    store<u32>(EXPONENT, this.exponent & DIGIT_MASK);
    store<u32>(EXPONENT, this.exponent >> DIGIT_BITS, 4);
    this.modulus.power(out, base, EXPONENT, 8);
  }
}

function isModulus(number: Bytes): bool {
  const bits = (<u32>number.length << 3) - clz<u32>(number[0]) + 24;
  return number[0] != 0 && bits >= MIN_BITS && bits <= MAX_BITS && (number[number.length - 1] & 1) != 0;
}

function isExponent(number: Bytes): bool {
  const value = numberOf(number);
  return number[0] != 0 && number.length <= MAX_EXPONENT_BYTES && value >= 3 && (value & 1) != 0;
}

function numberOf(bytes: Bytes): u32 {
  let value: u32 = 0;
  for (let i = 0; i < bytes.length; i++) value = (value << 8) | bytes[i];
  return value;
}
