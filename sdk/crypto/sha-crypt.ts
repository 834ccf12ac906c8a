import { arenaAllocate } from "../abi/arena";
import { BytesBuilder } from "../bytes/builder";
import { Bytes } from "../bytes/bytes";
import { OwnedBytes } from "../bytes/owned-bytes";
import { utf8 } from "../bytes/utf8";
import { equalsConstantTime } from "./constant-time";
import { Hash, RUNNING_BYTES } from "./hash";
import { SHA256 } from "./sha256";
import { SHA512 } from "./sha512";

const DOLLAR: u8 = 0x24;
const DEFAULT_ROUNDS: u32 = 5000;
const MIN_ROUNDS: u32 = 1000;
const MAX_ROUNDS: u32 = 999999999;
const MAX_SALT_BYTES: i32 = 16;
/** Work grows with the square of the password, which is the client's. */
const MAX_PASSWORD_BYTES: i32 = 256;

/**
 * A password as the SHA-crypt of U. Drepper (2007) keeps it: `$5$` with SHA-256 or `$6$` with SHA-512, perhaps `rounds=N$`, salt, `$`, digest.
 * Limit the rounds, and keep what was verified.
 */
// @ts-ignore: decorator
@final
export class ShaCryptHash {
  private constructor(
    private readonly hash: Hash,
    /** Rounds of a verification, 1000 to 999 999 999. */
    readonly rounds: u32,
    private readonly salt: OwnedBytes,
    private readonly digest: OwnedBytes,
  ) {}

  /** Null when the text is no such hash. */
  static parse(text: Bytes): ShaCryptHash | null {
    const isShort = text.startsWith(utf8("$5$"));
    if (!isShort && !text.startsWith(utf8("$6$"))) return null;
    const hash = isShort ? SHA256 : SHA512;
    const isCounted = text.slice(3).startsWith(utf8("rounds="));
    const start = isCounted ? text.indexOfByte(DOLLAR, 3) + 1 : 3;
    const rounds = isCounted ? text.slice(10, start - 1).toU32() : DEFAULT_ROUNDS;
    const end = text.indexOfByte(DOLLAR, start);
    const digest = text.slice(end + 1);
    if (rounds < MIN_ROUNDS || rounds > MAX_ROUNDS || end < start || end - start > MAX_SALT_BYTES) return null;
    if (!isDigest(digest, hash)) return null;
    return new ShaCryptHash(hash, rounds, text.slice(start, end).toOwned(), digest.toOwned());
  }

  /** Whether this is the password. One of more than 256 bytes never is. */
  verify(password: Bytes): bool {
    if (password.length > MAX_PASSWORD_BYTES) return false;
    const salt = this.salt.view;
    const both = this.digestOf(BytesBuilder.create().add(password).add(salt).add(password));
    const start = BytesBuilder.create().add(password).add(salt);
    addCycled(start, both, password.length);
    for (let bits = password.length; bits; bits >>= 1) start.add(bits & 1 ? both : password);
    const sum = this.digestOf(start);
    this.stir(sum, this.spread(password, password.length), this.spread(salt, 16 + sum[0]));
    return equalsConstantTime(encode(sum), this.digest.view);
  }

  private digestOf(message: BytesBuilder): Bytes {
    return this.hash.digest(message.toBytes());
  }

  /** As many bytes as `bytes` has, of the digest of them said `times` over. */
  private spread(bytes: Bytes, times: i32): Bytes {
    const message = BytesBuilder.create();
    while (times--) message.add(bytes);
    const out = BytesBuilder.create();
    addCycled(out, this.digestOf(message), bytes.length);
    return out.toBytes();
  }

  /** The rounds: each makes another `sum` of the last one. */
  private stir(sum: Bytes, password: Bytes, salt: Bytes): void {
    const hash = this.hash;
    const running = arenaAllocate(RUNNING_BYTES);
    for (let round: u32 = 0; round < this.rounds; round++) {
      const isOdd = (round & 1) != 0;
      hash.begin(running);
      this.take(running, isOdd ? password : sum);
      if (round % 3) this.take(running, salt);
      if (round % 7) this.take(running, password);
      this.take(running, isOdd ? sum : password);
      hash.finish(running, sum.address);
    }
  }

  private take(running: usize, bytes: Bytes): void {
    this.hash.update(running, bytes.address, bytes.length);
  }
}

/** The bytes over and over, `length` of them. */
function addCycled(out: BytesBuilder, bytes: Bytes, length: i32): void {
  for (; length > 0; length -= bytes.length) out.add(bytes.slice(0, length));
}

/** Groups of three bytes, one of each third, as four digits from the lowest; the first of a group is of the next third each time. */
function encode(sum: Bytes): Bytes {
  const third = sum.length / 3;
  const step = 64 / sum.length;
  const out = BytesBuilder.create();
  for (let i = 0; i < third; i++) {
    let group: u32 = 0;
    for (let part = 0; part < 3; part++) group = (group << 8) | sum[i + third * ((part + i * step) % 3)];
    addDigits(out, group, 4);
  }
  // What the thirds leave over: one byte of SHA-512, two of SHA-256.
  const rest: u32 = step == 1 ? sum[63] : (<u32>sum[31] << 8) | sum[30];
  addDigits(out, rest, step + 1);
  return out.toBytes();
}

function addDigits(out: BytesBuilder, value: u32, count: i32): void {
  for (; count; count--, value >>= 6) out.addByte(digitOf(value & 63));
}

/** The order of crypt: `./`, figures, upper case, lower case. */
function digitOf(value: u32): u8 {
  return <u8>(value < 12 ? 0x2e + value : value < 38 ? 0x41 - 12 + value : 0x61 - 38 + value);
}

function isDigest(text: Bytes, hash: Hash): bool {
  for (let i = 0; i < text.length; i++) if (!isDigit(text[i])) return false;
  return text.length == <i32>((hash.digestBytes * 8 + 5) / 6);
}

function isDigit(byte: u8): bool {
  return (byte >= 0x2e && byte <= 0x39) || <u32>(byte | 0x20) - 0x61 < 26;
}
