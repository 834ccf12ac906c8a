// Signatures of the SDK behind request headers: `x-call` names a kind, `x-hash` the function, the other fields are
// inputs in hexadecimal. The verdict is logged: 1, 0, or the reason why there is none.

import {
  Action, Bytes, BytesBuilder, Curve, EcPublicKey, Ed25519PublicKey, Hash, HttpContext, Jwk, LogLevel, P256, P384, P521, RootContext, RsaPublicKey, SHA1, SHA256, SHA384, SHA512, decodeHex, decodePem,
  encodeHex,
  registerRoot, utf8,
} from "@sluice/sdk";

export * from "@sluice/sdk/exports/lifecycle";
export * from "@sluice/sdk/exports/request";

class SignaturesRoot extends RootContext {
  override createHttpContext(id: u32): HttpContext {
    return new Signatures(id);
  }
}

class Signatures extends HttpContext {
  override onRequestHeaders(endOfStream: bool): Action {
    this.log(LogLevel.Info, this.run(this.field(utf8("x-call"))));
    return Action.Continue;
  }

  private run(name: Bytes): Bytes {
    if (name.equals(utf8("jwk"))) return this.describe();
    if (name.equals(utf8("thumbprint"))) return this.thumbprint();
    if (name.startsWith(utf8("rsa"))) return this.runRsa(name.endsWith(utf8("pss")));
    if (name.equals(utf8("eddsa"))) return this.runEddsa();
    return this.runEcdsa(name.endsWith(utf8("der")));
  }

  private runRsa(isPss: bool): Bytes {
    const hash = hashNamed(this.field(utf8("x-hash")));
    const key = this.rsaKey();
    if (!key) return utf8("no key");
    if (!isPss) return verdict(key.verifyPkcs1(hash, this.message, this.signature));
    const saltBytes = this.field(utf8("x-salt-bytes")).toU32(hash.digestBytes);
    return verdict(key.verifyPss(hash, this.message, this.signature, saltBytes));
  }

  private rsaKey(): RsaPublicKey | null {
    const jwk = this.jwk;
    if (jwk) return jwk.rsa();
    const spki = this.spki;
    if (spki.length) return RsaPublicKey.fromSpki(spki);
    const pkcs1 = this.input(utf8("x-pkcs1"));
    if (pkcs1.length) return RsaPublicKey.fromPkcs1(pkcs1);
    return RsaPublicKey.of(this.input(utf8("x-n")), this.input(utf8("x-e")));
  }

  private runEcdsa(isDer: bool): Bytes {
    const hash = hashNamed(this.field(utf8("x-hash")));
    const key = this.ecKey(curveNamed(this.field(utf8("x-curve"))));
    if (!key) return utf8("no key");
    if (isDer) return verdict(key.verifyDer(hash, this.message, this.signature));
    return verdict(key.verify(hash, this.message, this.signature));
  }

  private ecKey(curve: Curve): EcPublicKey | null {
    const jwk = this.jwk;
    if (jwk) return jwk.ec(curve);
    const spki = this.spki;
    if (spki.length) return EcPublicKey.fromSpki(curve, spki);
    return EcPublicKey.of(curve, this.input(utf8("x-x")), this.input(utf8("x-y")));
  }

  private runEddsa(): Bytes {
    const key = this.edKey();
    return key ? verdict(key.verify(this.message, this.signature)) : utf8("no key");
  }

  private edKey(): Ed25519PublicKey | null {
    const jwk = this.jwk;
    if (jwk) return jwk.ed25519();
    const spki = this.spki;
    return spki.length ? Ed25519PublicKey.fromSpki(spki) : Ed25519PublicKey.of(this.input(utf8("x-x")));
  }

  private get jwk(): Jwk | null {
    return Jwk.parse(this.input(utf8("x-jwk")));
  }

  /** In DER, or in PEM. */
  private get spki(): Bytes {
    const pem = this.input(utf8("x-pem"));
    return pem.length ? decodePem(pem, utf8("PUBLIC KEY")) : this.input(utf8("x-spki"));
  }

  /** The members of a JWK as it tells them; the secret in hexadecimal. */
  private describe(): Bytes {
    const jwk = this.jwk;
    if (!jwk) return utf8("no key");
    const text = BytesBuilder.create().add(jwk.kty).addByte(0x20).add(jwk.kid).addByte(0x20).add(jwk.use);
    text.addByte(0x20).add(jwk.alg).addByte(0x20).add(jwk.crv).addByte(0x20).add(jwk.keyOps).addByte(0x20);
    const secret = jwk.secret();
    return text.add(secret.isAbsent ? utf8("no secret") : encodeHex(secret)).toBytes();
  }

  private thumbprint(): Bytes {
    const jwk = this.jwk;
    const text = jwk ? jwk.thumbprint() : Bytes.absent;
    return text.isAbsent ? utf8("none") : text;
  }

  private get message(): Bytes {
    return this.input(utf8("x-message"));
  }

  private get signature(): Bytes {
    return this.input(utf8("x-signature"));
  }

  private field(name: Bytes): Bytes {
    return this.requestHeaders.get(name);
  }

  private input(name: Bytes): Bytes {
    return decodeHex(this.field(name));
  }
}

function hashNamed(name: Bytes): Hash {
  if (name.equals(utf8("sha1"))) return SHA1;
  if (name.equals(utf8("sha256"))) return SHA256;
  return name.equals(utf8("sha384")) ? SHA384 : SHA512;
}

function curveNamed(name: Bytes): Curve {
  if (name.equals(utf8("P-256"))) return P256;
  return name.equals(utf8("P-384")) ? P384 : P521;
}

function verdict(holds: bool): Bytes {
  return holds ? utf8("1") : utf8("0");
}

registerRoot((id) => new SignaturesRoot(id));
