import { arenaAllocate } from "../abi/arena";
import { Bytes } from "../bytes/bytes";
import { OwnedBytes } from "../bytes/owned-bytes";
import { utf8 } from "../bytes/utf8";
import { decodeBase64Bcrypt } from "../text/base64";
import { SUBKEY_BYTES, encipher, setUp } from "./blowfish";
import { equalsConstantTime } from "./constant-time";
import { piWords } from "./pi";

/** Where the salt of 16 bytes begins behind `$2b$10$`, the digest behind it, and where it ends. */
const SALT_START: i32 = 7;
const DIGEST_START: i32 = 29;
const LENGTH: i32 = 60;
const DIGEST_BYTES: i32 = 23;
const MIN_COST: u32 = 4;
const MAX_COST: u32 = 31;

/** How often the text is enciphered. */
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

  /** From the text of 60 characters; null when it is none. The first one takes some 50 ms: parse in `onConfigure`. */
  static parse(text: Bytes): BcryptHash | null {
    const start = text.slice(0, 4);
    const isKnown = start.equals(utf8("$2a$")) || start.equals(utf8("$2b$")) || start.equals(utf8("$2y$"));
    const cost = text.slice(4, 6).toU32();
    if (!isKnown || text[6] != 0x24 || text.length != LENGTH || cost < MIN_COST || cost > MAX_COST) return null;
    const salt = decodeBase64Bcrypt(text.slice(SALT_START, DIGEST_START));
    const digest = decodeBase64Bcrypt(text.slice(DIGEST_START));
    if (salt.isAbsent || digest.isAbsent) return null;
    piWords();
    return new BcryptHash(cost, salt.toOwned(), digest.toOwned());
  }

  /** Whether this is the password. Its first 72 bytes count, as everywhere; one with a NUL in it never is. */
  verify(password: Bytes): bool {
    if (password.indexOfByte(0) >= 0) return false;
    const salt = this.salt.view;
    setUp(this.cost, repeated(salt, salt.length), repeated(password, password.length + 1));
    const text = utf8("OrpheanBeholderScryDoubt");
    const out = arenaAllocate(text.length);
    for (let i = 0; i < text.length; i += 8) {
      let block = bswap<u64>(load<u64>(text.address + i));
      for (let k = 0; k < TIMES; k++) block = encipher(block);
      store<u64>(out + i, bswap<u64>(block));
    }
    return equalsConstantTime(Bytes.of(out, DIGEST_BYTES), this.digest.view);
  }
}

/** The bytes, with zeros up to `period`, over and over. */
function repeated(bytes: Bytes, period: i32): usize {
  const out = arenaAllocate(SUBKEY_BYTES);
  for (let i = 0; i < <i32>SUBKEY_BYTES; i++) store<u8>(out + i, bytes[i % period]);
  return out;
}
