// One signature, verified by the SDK and by the proxy: `x-kind` names the kind of key, `x-key` is its SubjectPublicKeyInfo, all bytes
// are in hexadecimal. The answer is what both say: `1 1`, `0 0`, `1 none`.

import {
  Action, Bytes, BytesBuilder, Curve, EcPublicKey, Hash, HttpContext, P256, P384, P521, RootContext, RsaPublicKey, SHA256, SHA384, SHA512,
  decodeHex, registerRoot, utf8,
} from "@sluice/sdk";
import { ProxyAnswer, ProxyKey } from "../../../filters/common/jose/proxy-key";

export * from "@sluice/sdk/exports/lifecycle";
export * from "@sluice/sdk/exports/request";

class ProxySignatures extends HttpContext {
  override onRequestHeaders(endOfStream: bool): Action {
    const hash = hashNamed(this.requestHeaders.get(utf8("x-hash")));
    const kind = this.requestHeaders.get(utf8("x-kind"));
    const verdict = kind.equals(utf8("RSA")) ? this.verifyRsa(hash) : this.verifyEc(curveNamed(kind), hash);
    this.sendLocalResponse(200, utf8("verified"), verdict);
    return Action.Pause;
  }

  private verifyRsa(hash: Hash): Bytes {
    const key = RsaPublicKey.fromSpki(this.input(utf8("x-key")));
    if (key === null) return utf8("no key");
    const isOwn = key.verifyPkcs1(hash, this.message, this.signature);
    return verdicts(isOwn, new ProxyKey(key.toSpki()).verify(hash, this.message, this.signature));
  }

  private verifyEc(curve: Curve, hash: Hash): Bytes {
    const key = EcPublicKey.fromSpki(curve, this.input(utf8("x-key")));
    if (key === null) return utf8("no key");
    const isOwn = key.verify(hash, this.message, this.signature);
    return verdicts(isOwn, new ProxyKey(key.toSpki()).verify(hash, this.message, key.toDer(this.signature)));
  }

  private get message(): Bytes {
    return this.input(utf8("x-message"));
  }

  private get signature(): Bytes {
    return this.input(utf8("x-signature"));
  }

  private input(name: Bytes): Bytes {
    return decodeHex(this.requestHeaders.get(name));
  }
}

function verdicts(isOwn: bool, answer: ProxyAnswer): Bytes {
  const text = BytesBuilder.create().add(isOwn ? utf8("1 ") : utf8("0 "));
  if (answer == ProxyAnswer.None) return text.add(utf8("none")).toBytes();
  return text.add(answer == ProxyAnswer.Holds ? utf8("1") : utf8("0")).toBytes();
}

function hashNamed(name: Bytes): Hash {
  if (name.equals(utf8("sha256"))) return SHA256;
  return name.equals(utf8("sha384")) ? SHA384 : SHA512;
}

function curveNamed(name: Bytes): Curve {
  if (name.equals(utf8("P-256"))) return P256;
  return name.equals(utf8("P-384")) ? P384 : P521;
}

class ProxySignaturesRoot extends RootContext {
  override createHttpContext(id: u32): HttpContext {
    return new ProxySignatures(id);
  }
}

registerRoot((id: u32): RootContext => new ProxySignaturesRoot(id));
