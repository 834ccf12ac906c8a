import { arenaAllocate } from "../abi/arena";
import { Bytes } from "../bytes/bytes";
import { OwnedBytes } from "../bytes/owned-bytes";
import { utf8 } from "../bytes/utf8";
import { decodeBase64Url } from "../text/base64";
import { SUBKEY_BYTES, encipher, setUp } from "./blowfish";
import { equalsConstantTime } from "./constant-time";

/** Length of `$2b$10$`, of the salt and of the digest behind it. */
const SALT_START: i32 = 7;
const SALT_DIGITS: i32 = 22;
const DIGEST_DIGITS: i32 = 31;
const DIGEST_BYTES: i32 = 23;
const MIN_COST: u32 = 4;
const MAX_COST: u32 = 31;

/** What is enciphered, 64 times over: `OrpheanBeholderScryDoubt`. */
const TEXT_START: u64 = 0x4f72706865616e42;
const TEXT_MIDDLE: u64 = 0x65686f6c64657253;
const TEXT_END: u64 = 0x637279446f756274;
const TIMES: i32 = 64;

/**
 * A password as bcrypt keeps it (N. Provos, D. Mazières, 1999): `$2b$`, cost, `$`, salt and digest. `$2a$` and `$2y$`
 * are the same. Verification costs `2^cost` rounds: limit the cost, and keep what was verified.
 */
// @ts-ignore: decorator
@final
export class BcryptHash {
  private constructor(
    /** Logarithm of the number of rounds, 4 to 31. */
    readonly cost: u32,
    private readonly salt: OwnedBytes,
    private readonly digest: OwnedBytes,
  ) {}

  /** From the text of 60 characters; null when it is none. */
  static parse(text: Bytes): BcryptHash | null {
    const start = text.slice(0, 4);
    const isKnown = start.equals(utf8("$2a$")) || start.equals(utf8("$2b$")) || start.equals(utf8("$2y$"));
    const cost = text.slice(4, 6).toU32();
    if (!isKnown || text[6] != 0x24 || cost < MIN_COST || cost > MAX_COST) return null;
    const salt = decode(text.slice(SALT_START, SALT_START + SALT_DIGITS), SALT_DIGITS);
    const digest = decode(text.slice(SALT_START + SALT_DIGITS), DIGEST_DIGITS);
    return salt.isAbsent || digest.isAbsent ? null : new BcryptHash(cost, salt.toOwned(), digest.toOwned());
  }

  /** Whether this is the password. Its first 72 bytes count, as everywhere; one with a NUL in it never is. */
  verify(password: Bytes): bool {
    if (password.indexOfByte(0) >= 0) return false;
    const salt = this.salt.view;
    setUp(this.cost, repeated(salt, salt.length), repeated(password, password.length + 1));
    const out = arenaAllocate(24);
    store<u64>(out, bswap<u64>(encipherOften(TEXT_START)));
    store<u64>(out, bswap<u64>(encipherOften(TEXT_MIDDLE)), 8);
    store<u64>(out, bswap<u64>(encipherOften(TEXT_END)), 16);
    return equalsConstantTime(Bytes.of(out, DIGEST_BYTES), this.digest.view);
  }
}

function encipherOften(block: u64): u64 {
  for (let i = 0; i < TIMES; i++) block = encipher(block);
  return block;
}

/** The bytes, with zeros up to `period`, over and over. */
function repeated(bytes: Bytes, period: i32): usize {
  const out = arenaAllocate(SUBKEY_BYTES);
  for (let i = 0; i < <i32>SUBKEY_BYTES; i++) store<u8>(out + i, bytes[i % period]);
  return out;
}

/** Bytes of a text in bcrypt's base64, which is the other one with the digits in another order; absent when it is none. */
function decode(text: Bytes, digits: i32): Bytes {
  if (text.length != digits) return Bytes.absent;
  const out = arenaAllocate(digits);
  for (let i = 0; i < digits; i++) {
    const value = valueOf(text[i]);
    if (value < 0) return Bytes.absent;
    store<u8>(out + i, digitOf(value));
  }
  return decodeBase64Url(Bytes.of(out, digits));
}

/** The order of bcrypt: `./`, upper case, lower case, figures. */
function valueOf(digit: u8): i32 {
  if (digit == 0x2e || digit == 0x2f) return digit - 0x2e;
  if (digit >= 0x41 && digit <= 0x5a) return digit - 0x41 + 2;
  if (digit >= 0x61 && digit <= 0x7a) return digit - 0x61 + 28;
  return digit >= 0x30 && digit <= 0x39 ? digit - 0x30 + 54 : -1;
}

/** The order of base64url. */
function digitOf(value: i32): u8 {
  if (value < 26) return <u8>(0x41 + value);
  if (value < 52) return <u8>(0x61 - 26 + value);
  if (value < 62) return <u8>(0x30 - 52 + value);
  return value == 62 ? 0x2d : 0x5f;
}
