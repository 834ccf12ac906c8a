import { AesGcmKey, Bytes, BytesBuilder, SHA256, decodeBase64Url, encodeBase64Url, hmac, randomBytes } from "@sluice/sdk";

const NONCE_BYTES: i32 = 12;

/**
 * Encrypts what browsers keep for the filter, and holds it to its purpose (AES-256-GCM): what was sealed for one purpose, or by
 * another provider's filter, opens for no other.
 */
export class CookieSeal {
  private readonly key: AesGcmKey;

  /** A key of a secret for one use of it (HKDF with SHA-256, RFC 5869, of one block and without a salt). */
  constructor(secret: Bytes, use: Bytes) {
    const extracted = hmac(SHA256, Bytes.empty, secret);
    this.key = AesGcmKey.of(hmac(SHA256, extracted, BytesBuilder.create().add(use).addByte(1).toBytes()))!;
  }

  /** The text as the value of a cookie; absent when there is no randomness. */
  seal(text: Bytes, purpose: Bytes): Bytes {
    const nonce = randomBytes(NONCE_BYTES);
    if (nonce.isAbsent) return Bytes.absent;
    const sealed = BytesBuilder.create().add(nonce).add(this.key.seal(nonce, text, purpose));
    return encodeBase64Url(sealed.toBytes());
  }

  /** The text; absent when it was not sealed for this purpose. */
  open(value: Bytes, purpose: Bytes): Bytes {
    const sealed = decodeBase64Url(value);
    if (sealed.length < NONCE_BYTES) return Bytes.absent;
    return this.key.open(sealed.slice(0, NONCE_BYTES), sealed.slice(NONCE_BYTES), purpose);
  }
}

/** What a cookie is for: `session` or `login`, at one host. */
export function purposeOf(kind: Bytes, host: Bytes): Bytes {
  return BytesBuilder.create().add(kind).addByte(0x20).add(host.toLowerCase()).toBytes();
}
