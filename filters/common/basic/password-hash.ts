import { Bytes, BytesBuilder, OwnedBytes, SHA1, SHA256, decodeBase64, equalsConstantTime, pbkdf2, utf8 } from "@sluice/sdk";

const SHA1_BYTES: i32 = 20;
const SHA256_BYTES: i32 = 32;
const PLUS: u8 = 0x2b;
const DOT: u8 = 0x2e;
const DOLLAR: u8 = 0x24;

/** What is kept of a password; how its text looks is what htpasswd and LDAP write. */
export abstract class PasswordHash {
  /** Rounds that a comparison takes. */
  get iterations(): u32 {
    return 1;
  }

  /** Whether it is that of the password. Time does not depend on how much of it is right. */
  abstract verify(password: Bytes): bool;

  /** Null when the text is in none of the forms, or not whole. */
  static parse(text: Bytes): PasswordHash | null {
    if (text.startsWith(utf8("{SHA}"))) return SaltedSha1.parse(text.slice(5), false);
    if (text.startsWith(utf8("{SSHA}"))) return SaltedSha1.parse(text.slice(6), true);
    return text.startsWith(utf8("$pbkdf2-sha256$")) ? Pbkdf2.parse(text.slice(15)) : null;
  }
}

/** `{SHA}` and `{SSHA}` (RFC 2307; the salt stands behind the digest): base64 of SHA-1 of the password and its salt. */
class SaltedSha1 extends PasswordHash {
  constructor(private readonly digest: OwnedBytes, private readonly salt: OwnedBytes) {
    super();
  }

  static parse(text: Bytes, isSalted: bool): PasswordHash | null {
    const bytes = decodeBase64(text);
    if (isSalted ? bytes.length <= SHA1_BYTES : bytes.length != SHA1_BYTES) return null;
    return new SaltedSha1(bytes.slice(0, SHA1_BYTES).toOwned(), bytes.slice(SHA1_BYTES).toOwned());
  }

  override verify(password: Bytes): bool {
    const salted = BytesBuilder.create().add(password).add(this.salt.view).toBytes();
    return equalsConstantTime(SHA1.digest(salted), this.digest.view);
  }
}

/** `$pbkdf2-sha256$29000$salt$key`: RFC 8018, as passlib writes it, base64 with `.` for `+` and without padding. */
class Pbkdf2 extends PasswordHash {
  constructor(private readonly rounds: u32, private readonly salt: OwnedBytes, private readonly key: OwnedBytes) {
    super();
  }

  /** `text` is what follows the name. */
  static parse(text: Bytes): PasswordHash | null {
    const first = text.indexOfByte(DOLLAR);
    const second = first < 0 ? -1 : text.indexOfByte(DOLLAR, first + 1);
    if (second < 0) return null;
    const rounds = roundsOf(text.slice(0, first));
    const salt = decodeDotted(text.slice(first + 1, second));
    const key = decodeDotted(text.slice(second + 1));
    if (!rounds || salt.length == 0 || key.length != SHA256_BYTES) return null;
    return new Pbkdf2(rounds, salt.toOwned(), key.toOwned());
  }

  override get iterations(): u32 {
    return this.rounds;
  }

  override verify(password: Bytes): bool {
    const key = this.key.view;
    return equalsConstantTime(pbkdf2(SHA256, password, this.salt.view, this.rounds, SHA256_BYTES), key);
  }
}

/** 0 when it is none, or none that anyone would wait for. */
function roundsOf(text: Bytes): u32 {
  if (!text.isDecimal() || text.length > 9) return 0;
  let value: u32 = 0;
  for (let i = 0; i < text.length; i++) value = value * 10 + (text[i] - 0x30);
  return value;
}

function decodeDotted(text: Bytes): Bytes {
  const plain = BytesBuilder.create();
  for (let i = 0; i < text.length; i++) plain.addByte(text[i] == DOT ? PLUS : text[i]);
  while (plain.length & 3) plain.addByte(0x3d);
  return decodeBase64(plain.toBytes());
}
