import {
  Bytes, Hash, OwnedBytes, SHA256, SHA512, SfKind, decodeBase64, equalsConstantTime, parseSfDictionary, utf8,
} from "@sluice/sdk";
import { BodyCheck } from "./scheme";

/** Digests that a head names of its body, each of which must be right. */
// @ts-ignore: decorator
@final
export class BodyDigest extends BodyCheck {
  private readonly hashes: Hash[] = [];
  private readonly digests: OwnedBytes[] = [];

  /** From `Content-Digest` (RFC 9530 2); null without a digest of SHA-256 or SHA-512. */
  static ofContentDigest(value: Bytes): BodyDigest | null {
    const members = parseSfDictionary(value);
    if (members === null) return null;
    const check = new BodyDigest();
    for (let i = 0; i < members.size; i++) {
      const digest = members.valueAt(i);
      if (digest.kind == SfKind.ByteSequence) check.add(members.keyAt(i), digest.text);
    }
    return check.orNull();
  }

  /** From `Digest` (RFC 3230 4.3.2), as `SHA-256=` and base64; null without one. */
  static ofDigest(value: Bytes): BodyDigest | null {
    const check = new BodyDigest();
    for (let at = 0; at < value.length; ) {
      const comma = value.indexOfByte(0x2c, at);
      const part = value.slice(at, comma < 0 ? value.length : comma).trim();
      const equals = part.indexOfByte(0x3d);
      if (equals > 0) check.add(part.slice(0, equals), decodeBase64(part.slice(equals + 1)));
      at = comma < 0 ? value.length : comma + 1;
    }
    return check.orNull();
  }

  private add(algorithm: Bytes, digest: Bytes): void {
    if (algorithm.equalsIgnoreCase(utf8("sha-256"))) this.hashes.push(SHA256);
    else if (algorithm.equalsIgnoreCase(utf8("sha-512"))) this.hashes.push(SHA512);
    else return;
    this.digests.push(digest.toOwned());
  }

  private orNull(): BodyDigest | null {
    return this.hashes.length > 0 ? this : null;
  }

  override fault(body: Bytes): Bytes {
    let isRight = true;
    for (let i = 0; i < this.hashes.length; i++) {
      isRight = equalsConstantTime(this.hashes[i].digest(body), this.digests[i].view) && isRight;
    }
    return isRight ? Bytes.absent : utf8("hmac_auth_digest_mismatch");
  }
}
