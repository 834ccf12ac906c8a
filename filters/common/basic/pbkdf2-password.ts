import { Bytes, OwnedBytes, SHA256, decodeBase64Dotted, equalsConstantTime, pbkdf2, utf8 } from "@sluice/sdk";
import { PasswordHash } from "./password-hash";

const KEY_BYTES: i32 = 32;
const DOLLAR: u8 = 0x24;

/** `$pbkdf2-sha256$29000$salt$key`: RFC 8018, as passlib writes it, base64 with `.` for `+` and without padding. */
export class Pbkdf2Password extends PasswordHash {
  constructor(readonly rounds: u32, private readonly salt: OwnedBytes, private readonly key: OwnedBytes) {
    super(true);
  }

  /** Null when it is no such hash. */
  static parse(text: Bytes): Pbkdf2Password | null {
    const start = utf8("$pbkdf2-sha256$");
    const first = text.indexOfByte(DOLLAR, start.length);
    const second = first < 0 ? -1 : text.indexOfByte(DOLLAR, first + 1);
    if (second < 0 || !text.startsWith(start)) return null;
    const rounds = roundsOf(text.slice(start.length, first));
    const salt = decodeBase64Dotted(text.slice(first + 1, second));
    const key = decodeBase64Dotted(text.slice(second + 1));
    if (!rounds || salt.length == 0 || key.length != KEY_BYTES) return null;
    return new Pbkdf2Password(rounds, salt.toOwned(), key.toOwned());
  }

  override verify(password: Bytes): bool {
    const key = this.key.view;
    return equalsConstantTime(pbkdf2(SHA256, password, this.salt.view, this.rounds, KEY_BYTES), key);
  }
}

/** 0 when it is none, or none that anyone would wait for. */
function roundsOf(text: Bytes): u32 {
  return text.isDecimal() && text.length <= 9 ? text.toU32() : 0;
}
