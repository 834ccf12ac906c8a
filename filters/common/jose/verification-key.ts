import {
  Bytes, Curve, EcPublicKey, Ed25519PublicKey, HmacKey, JsonReader, JsonToken, Jwk, OwnedBytes, P256, P384, P521, RsaPublicKey, utf8,
} from "@sluice/sdk";
import { Algorithm, algorithmNamed, hashOf } from "./algorithm";
import { ProxyAnswer, ProxyKey } from "./proxy-key";

/**
 * A key that verifies signatures, made of a JSON Web Key. Its kind says which algorithms it may be used with, whatever a token
 * says of itself: a public key is never the secret of an HMAC.
 */
export abstract class VerificationKey {
  /** Name in its set; absent = it fits every name. */
  kid: OwnedBytes = OwnedBytes.absent();
  /** The only algorithm it may be used with; absent = those of its kind. */
  alg: OwnedBytes = OwnedBytes.absent();

  /** Null when it is for something else than verifying, of an unknown kind, or malformed. */
  static of(jwk: Jwk): VerificationKey | null {
    if (!mayVerify(jwk)) return null;
    const key = keyOf(jwk);
    if (key === null) return null;
    key.kid = jwk.kid.toOwned();
    key.alg = jwk.alg.toOwned();
    return key;
  }

  /** Whether it signs as well. */
  get isSecret(): bool {
    return false;
  }

  /** Whether the signature holds; never with an algorithm of another kind of key. */
  abstract verify(algorithm: Algorithm, message: Bytes, signature: Bytes): bool;
}

class RsaKey extends VerificationKey {
  private readonly byProxy: ProxyKey;

  constructor(private readonly key: RsaPublicKey) {
    super();
    this.byProxy = new ProxyKey(isDefined(SLUICE_COMPACT) ? Bytes.absent : key.toSpki());
  }

  verify(algorithm: Algorithm, message: Bytes, signature: Bytes): bool {
    if (algorithm < Algorithm.RS256 || algorithm > Algorithm.PS512) return false;
    const hash = hashOf(algorithm);
    if (algorithm > Algorithm.RS512) return this.key.verifyPss(hash, message, signature);
    const answer = isDefined(SLUICE_COMPACT) ? ProxyAnswer.None : this.byProxy.verify(hash, message, signature);
    return answer == ProxyAnswer.None ? this.key.verifyPkcs1(hash, message, signature) : answer == ProxyAnswer.Holds;
  }
}

class EcKey extends VerificationKey {
  private readonly byProxy: ProxyKey;

  constructor(private readonly key: EcPublicKey, private readonly algorithm: Algorithm) {
    super();
    this.byProxy = new ProxyKey(isDefined(SLUICE_COMPACT) ? Bytes.absent : key.toSpki());
  }

  verify(algorithm: Algorithm, message: Bytes, signature: Bytes): bool {
    if (algorithm != this.algorithm) return false;
    const hash = hashOf(algorithm);
    const answer = isDefined(SLUICE_COMPACT) ? ProxyAnswer.None : this.byProxy.verify(hash, message, this.key.toDer(signature));
    return answer == ProxyAnswer.None ? this.key.verify(hash, message, signature) : answer == ProxyAnswer.Holds;
  }
}

class EdKey extends VerificationKey {
  constructor(private readonly key: Ed25519PublicKey) {
    super();
  }

  verify(algorithm: Algorithm, message: Bytes, signature: Bytes): bool {
    return algorithm == Algorithm.EdDSA && this.key.verify(message, signature);
  }
}

class SecretKey extends VerificationKey {
  constructor(private readonly secret: OwnedBytes) {
    super();
  }

  override get isSecret(): bool {
    return true;
  }

  verify(algorithm: Algorithm, message: Bytes, signature: Bytes): bool {
    if (algorithm < Algorithm.HS256 || algorithm > Algorithm.HS512) return false;
    const hash = hashOf(algorithm);
    // A secret is at least as long as the code (RFC 7518 3.2).
    if (<u32>this.secret.length < hash.digestBytes) return false;
    return new HmacKey(hash, this.secret.view).verify(message, signature);
  }
}

function keyOf(jwk: Jwk): VerificationKey | null {
  const kind = jwk.kty;
  if (kind.equals(utf8("RSA"))) return rsaKey(jwk);
  if (kind.equals(utf8("EC"))) return ecKey(jwk);
  if (kind.equals(utf8("OKP"))) return edKey(jwk);
  const secret = jwk.secret();
  return secret.length > 0 ? new SecretKey(secret.toOwned()) : null;
}

function rsaKey(jwk: Jwk): VerificationKey | null {
  const key = jwk.rsa();
  return key !== null ? new RsaKey(key) : null;
}

function ecKey(jwk: Jwk): VerificationKey | null {
  if (jwk.crv.equals(utf8("P-256"))) return ecKeyOn(jwk, P256, Algorithm.ES256);
  if (jwk.crv.equals(utf8("P-384"))) return ecKeyOn(jwk, P384, Algorithm.ES384);
  return jwk.crv.equals(utf8("P-521")) ? ecKeyOn(jwk, P521, Algorithm.ES512) : null;
}

function ecKeyOn(jwk: Jwk, curve: Curve, algorithm: Algorithm): VerificationKey | null {
  const key = jwk.ec(curve);
  return key !== null ? new EcKey(key, algorithm) : null;
}

function edKey(jwk: Jwk): VerificationKey | null {
  const key = jwk.ed25519();
  return key !== null ? new EdKey(key) : null;
}

/** By `use` and `key_ops` (RFC 7517 4.2, 4.3), and by an algorithm that is one of signatures. */
function mayVerify(jwk: Jwk): bool {
  if (!jwk.use.isAbsent && !jwk.use.equals(utf8("sig"))) return false;
  if (!jwk.alg.isAbsent && algorithmNamed(jwk.alg) == Algorithm.Unknown) return false;
  return jwk.keyOps.isAbsent || listsVerify(jwk.keyOps);
}

function listsVerify(json: Bytes): bool {
  const reader = new JsonReader(json);
  if (reader.next() != JsonToken.BeginArray) return false;
  let isListed = false;
  while (reader.next() == JsonToken.String) if (reader.text.equals(utf8("verify"))) isListed = true;
  return isListed && reader.token == JsonToken.EndArray;
}
