// Signatures of the SDK behind request headers: `x-call` names a kind, `x-hash` the function, the other fields are
// inputs in hexadecimal. The verdict is logged: 1, 0, or the reason why there is none.

import {
  Action, Bytes, Hash, HttpContext, LogLevel, RootContext, RsaPublicKey, SHA1, SHA256, SHA384, SHA512, decodeHex,
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
    const hash = hashNamed(this.field(utf8("x-hash")));
    const message = this.input(utf8("x-message"));
    const signature = this.input(utf8("x-signature"));
    const key = RsaPublicKey.of(this.input(utf8("x-n")), this.input(utf8("x-e")));
    if (!key) return utf8("no key");
    if (name.equals(utf8("rsa-pkcs1"))) return verdict(key.verifyPkcs1(hash, message, signature));
    const saltBytes = this.field(utf8("x-salt-bytes")).toU32(hash.digestBytes);
    return verdict(key.verifyPss(hash, message, signature, saltBytes));
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

function verdict(holds: bool): Bytes {
  return holds ? utf8("1") : utf8("0");
}

registerRoot((id) => new SignaturesRoot(id));
