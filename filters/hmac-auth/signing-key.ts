import {
  Bytes, Curve, EcPublicKey, Ed25519PublicKey, Hash, HmacKey, OwnedBytes, P256, P384, RsaPublicKey, SHA256, SHA384,
  SHA512, decodePem, utf8,
} from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { readSecretBytes } from "../common/secret";

/** A key with the one algorithm it is for (RFC 9421 3.3). */
export abstract class SigningKey {
  constructor(
    /** Name in `keyid`. */
    readonly keyid: OwnedBytes,
    /** Name of the algorithm in `alg`. */
    readonly algorithm: OwnedBytes,
  ) {}

  /** Whether a signature of a text holds. */
  abstract verify(text: Bytes, signature: Bytes): bool;

  /** Reads `{keyid, alg, secret | public_key}`; after a fault the key is of no use. */
  static read(reader: ConfigReader): SigningKey {
    let keyid = OwnedBytes.absent(), algorithm = OwnedBytes.absent();
    let secret = OwnedBytes.absent(), publicKey = OwnedBytes.absent();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("keyid"))) keyid = reader.readText();
      else if (reader.at(utf8("alg"))) algorithm = reader.readText();
      else if (reader.at(utf8("secret"))) secret = readSecretBytes(reader);
      else if (reader.at(utf8("public_key"))) publicKey = decodePem(reader.readText().view, utf8("PUBLIC KEY")).toOwned();
      else reader.unknownField();
    }
    if (keyid.length == 0) reader.missing(utf8("keyid"));
    const key = keyOf(keyid, algorithm, secret.view, publicKey.view);
    if (key !== null) return key;
    reader.invalid(utf8("an alg that is known, with the secret or the public_key (PEM) that it needs"));
    return new SecretKey(keyid, algorithm, Bytes.empty);
  }
}

function keyOf(keyid: OwnedBytes, algorithm: OwnedBytes, secret: Bytes, spki: Bytes): SigningKey | null {
  const name = algorithm.view;
  if (name.equals(utf8("hmac-sha256"))) return secret.isAbsent ? null : new SecretKey(keyid, algorithm, secret);
  if (spki.isAbsent || !secret.isAbsent) return null;
  if (name.equals(utf8("ed25519"))) return Ed25519Key.of(keyid, algorithm, spki);
  if (name.equals(utf8("ecdsa-p256-sha256"))) return EcKey.of(keyid, algorithm, P256, SHA256, spki);
  if (name.equals(utf8("ecdsa-p384-sha384"))) return EcKey.of(keyid, algorithm, P384, SHA384, spki);
  if (name.equals(utf8("rsa-pss-sha512"))) return RsaKey.of(keyid, algorithm, true, spki);
  return name.equals(utf8("rsa-v1_5-sha256")) ? RsaKey.of(keyid, algorithm, false, spki) : null;
}

// @ts-ignore: decorator
@final
class SecretKey extends SigningKey {
  private readonly key: HmacKey;

  constructor(keyid: OwnedBytes, algorithm: OwnedBytes, secret: Bytes) {
    super(keyid, algorithm);
    this.key = new HmacKey(SHA256, secret);
  }

  override verify(text: Bytes, signature: Bytes): bool {
    return this.key.verify(text, signature);
  }
}

// @ts-ignore: decorator
@final
class Ed25519Key extends SigningKey {
  constructor(keyid: OwnedBytes, algorithm: OwnedBytes, private readonly key: Ed25519PublicKey) {
    super(keyid, algorithm);
  }

  static of(keyid: OwnedBytes, algorithm: OwnedBytes, spki: Bytes): SigningKey | null {
    const key = Ed25519PublicKey.fromSpki(spki);
    return key === null ? null : new Ed25519Key(keyid, algorithm, key);
  }

  override verify(text: Bytes, signature: Bytes): bool {
    return this.key.verify(text, signature);
  }
}

// @ts-ignore: decorator
@final
class EcKey extends SigningKey {
  constructor(
    keyid: OwnedBytes, algorithm: OwnedBytes, private readonly hash: Hash, private readonly key: EcPublicKey,
  ) {
    super(keyid, algorithm);
  }

  static of(keyid: OwnedBytes, algorithm: OwnedBytes, curve: Curve, hash: Hash, spki: Bytes): SigningKey | null {
    const key = EcPublicKey.fromSpki(curve, spki);
    return key === null ? null : new EcKey(keyid, algorithm, hash, key);
  }

  override verify(text: Bytes, signature: Bytes): bool {
    return this.key.verify(this.hash, text, signature);
  }
}

// @ts-ignore: decorator
@final
class RsaKey extends SigningKey {
  constructor(
    keyid: OwnedBytes, algorithm: OwnedBytes, private readonly isPss: bool, private readonly key: RsaPublicKey,
  ) {
    super(keyid, algorithm);
  }

  static of(keyid: OwnedBytes, algorithm: OwnedBytes, isPss: bool, spki: Bytes): SigningKey | null {
    const key = RsaPublicKey.fromSpki(spki);
    return key === null ? null : new RsaKey(keyid, algorithm, isPss, key);
  }

  override verify(text: Bytes, signature: Bytes): bool {
    return this.isPss ? this.key.verifyPss(SHA512, text, signature) : this.key.verifyPkcs1(SHA256, text, signature);
  }
}
