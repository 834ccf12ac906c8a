import { Bytes, BytesBuilder, OwnedBytes, SHA1, decodeBase64, equalsConstantTime } from "@sluice/sdk";
import { PasswordHash } from "./password-hash";

const DIGEST_BYTES: i32 = 20;

/** `{SHA}` and `{SSHA}` (RFC 2307; the salt stands behind the digest): base64 of SHA-1 of the password and its salt. */
export class SaltedSha1 extends PasswordHash {
  constructor(private readonly digest: OwnedBytes, private readonly salt: OwnedBytes) {
    super(false);
  }

  /** `text` is what follows the name; null when it is no such hash. */
  static parse(text: Bytes, isSalted: bool): PasswordHash | null {
    const bytes = decodeBase64(text);
    if (isSalted ? bytes.length <= DIGEST_BYTES : bytes.length != DIGEST_BYTES) return null;
    return new SaltedSha1(bytes.slice(0, DIGEST_BYTES).toOwned(), bytes.slice(DIGEST_BYTES).toOwned());
  }

  override verify(password: Bytes): bool {
    const salted = BytesBuilder.create().add(password).add(this.salt.view).toBytes();
    return equalsConstantTime(SHA1.digest(salted), this.digest.view);
  }
}
