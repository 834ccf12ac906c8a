import { arenaAllocate } from "../abi/arena";
import { Bytes } from "../bytes/bytes";
import { Comb } from "./comb";
import { EdwardsGroup } from "./edwards";
import { RUNNING_BYTES } from "./hash";
import { Modulus } from "./modulus";
import { oidAt } from "./oid";
import { SHA512 } from "./sha512";
import { Spki } from "./spki";

/** Bytes of a key, of R and of S. */
const BYTES: i32 = 32;

/** id-Ed25519, 1.3.101.112 (RFC 8410 3). */
// @ts-ignore: decorator
@lazy
const OID: usize = memory.data<u8>([3, 0x2b, 0x65, 0x70]);

/** L, the order of the generator, and the generator's encoding, both big-endian. */
// @ts-ignore: decorator
@lazy
const L: usize = memory.data<u8>([
  0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
  0x14, 0xde, 0xf9, 0xde, 0xa2, 0xf7, 0x9c, 0xd6, 0x58, 0x12, 0x63, 0x1a, 0x5c, 0xf5, 0xd3, 0xed,
]);
// @ts-ignore: decorator
@lazy
const GENERATOR: usize = memory.data<u8>([
  0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
  0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x58,
]);

// @ts-ignore: decorator
@lazy
const ORDER: Modulus = new Modulus(L, BYTES);
// @ts-ignore: decorator
@lazy
const GROUP: EdwardsGroup = new EdwardsGroup(253);
/** Multiples of the generator, made at the first use. */
// @ts-ignore: decorator
@lazy
let multiples: Comb | null = null;

/** Numbers and the point of a verification. */
// @ts-ignore: decorator
@lazy
const S: usize = memory.data(40, 16);
// @ts-ignore: decorator
@lazy
const K: usize = memory.data(40, 16);
// @ts-ignore: decorator
@lazy
const UPPER: usize = memory.data(40, 16);
// @ts-ignore: decorator
@lazy
const POINT: usize = memory.data(160, 16);

/** A public key of Ed25519 (RFC 8032 5.1), made once and used for many signatures. */
// @ts-ignore: decorator
@final
export class Ed25519PublicKey {
  private constructor(
    private readonly encoding: ArrayBuffer,
    /** Multiples of the opposite of the key. */
    private readonly opposite: Comb,
  ) {}

  /**
   * A key from its 32 bytes. Null when they are not the only encoding of a point, or the point is of small order: as
   * with OpenSSL 3.5, a key that holds signatures of anything is none.
   */
  static of(key: Bytes): Ed25519PublicKey | null {
    if (key.length != BYTES) return null;
    const group = GROUP;
    const point = changetype<usize>(new ArrayBuffer(<i32>group.pointBytes));
    if (!group.read(point, reversed(key).address) || group.isOfSmallOrder(point)) return null;
    group.negate(point);
    const encoding = new ArrayBuffer(BYTES);
    memory.copy(changetype<usize>(encoding), key.address, BYTES);
    return new Ed25519PublicKey(encoding, new Comb(group, point));
  }

  /** A key from a SubjectPublicKeyInfo in DER (RFC 8410 4), which has no parameters. */
  static fromSpki(der: Bytes): Ed25519PublicKey | null {
    const spki = Spki.read(der);
    const isKind = spki.algorithm.equals(oidAt(OID)) && spki.parameters.isDone;
    return isKind ? Ed25519PublicKey.of(spki.key) : null;
  }

  /** Whether a signature, R and S, holds (`EdDSA` of JOSE, RFC 8037 3.1): R is `S * B - k * A`, without the cofactor. */
  verify(message: Bytes, signature: Bytes): bool {
    if (signature.length != 2 * BYTES) return false;
    ORDER.read(S, reversed(signature.slice(BYTES)).address, BYTES);
    if (!ORDER.contains(S)) return false;
    this.fillFactor(signature.address, message);
    generatorMultiples().multiplyAdd(POINT, S, this.opposite, K, ORDER.size);
    const encoding = arenaAllocate(BYTES);
    GROUP.write(encoding, POINT);
    return reversed(Bytes.of(encoding, BYTES)).equals(signature.slice(0, BYTES));
  }

  /** K = SHA-512 of R, the key and the message, modulo L. */
  private fillFactor(r: usize, message: Bytes): void {
    const running = arenaAllocate(RUNNING_BYTES);
    const digest = arenaAllocate(2 * BYTES);
    SHA512.begin(running);
    SHA512.update(running, r, BYTES);
    SHA512.update(running, changetype<usize>(this.encoding), BYTES);
    SHA512.update(running, message.address, message.length);
    SHA512.finish(running, digest);
    reduce(reversed(Bytes.of(digest, 2 * BYTES)).address);
  }
}

/** K = a big-endian number of 64 bytes modulo L: its upper half times 2^256, plus the lower one. */
function reduce(number: usize): void {
  const order = ORDER;
  order.read(UPPER, number, BYTES);
  order.encode(UPPER, UPPER);
  // 2^256 in ten digits of 27 bits.
  memory.fill(K, 0, order.size);
  store<u32>(K, 1 << 13, 36);
  order.encode(K, K);
  order.multiply(UPPER, UPPER, K);
  order.read(K, number + BYTES, BYTES);
  order.encode(K, K);
  order.add(K, K, UPPER);
  order.decode(K, K);
}

function generatorMultiples(): Comb {
  const before = multiples;
  if (before) return before;
  const point = arenaAllocate(GROUP.pointBytes);
  GROUP.read(point, GENERATOR);
  const made = new Comb(GROUP, point);
  multiples = made;
  return made;
}

/** A copy in the other order: RFC 8032 has numbers little-endian. */
function reversed(bytes: Bytes): Bytes {
  const length = bytes.length;
  const out = arenaAllocate(length);
  for (let i = 0; i < length; i++) store<u8>(out + i, bytes[length - 1 - i]);
  return Bytes.of(out, length);
}
