// Digests and codes of the SDK behind request headers: `x-call` names one, `x-hash` the function, the other fields are
// inputs in hexadecimal. The result is logged.

import {
  Action, AesGcmKey, BcryptHash, Bytes, Hash, HmacKey, HttpContext, LogLevel, RootContext, SHA1, SHA256, SHA384, SHA512, ShaCryptHash, decodeHex, encodeHex,
  hmac, pbkdf2, registerRoot, utf8,
} from "@sluice/sdk";

export * from "@sluice/sdk/exports/lifecycle";
export * from "@sluice/sdk/exports/request";

class CryptoRoot extends RootContext {
  override createHttpContext(id: u32): HttpContext {
    return new Crypto(id);
  }
}

class Crypto extends HttpContext {
  override onRequestHeaders(endOfStream: bool): Action {
    this.log(LogLevel.Info, this.run(this.requestHeaders.get(utf8("x-call"))));
    return Action.Continue;
  }

  private run(name: Bytes): Bytes {
    const hash = hashNamed(this.requestHeaders.get(utf8("x-hash")));
    const key = this.input(utf8("x-key"));
    const message = this.input(utf8("x-message"));
    if (name.equals(utf8("digest"))) return encodeHex(hash.digest(message));
    if (name.equals(utf8("hmac"))) return encodeHex(hmac(hash, key, message));
    if (name.equals(utf8("bcrypt"))) return this.bcrypt(key);
    if (name.equals(utf8("sha-crypt"))) return this.shaCrypt(key);
    if (name.equals(utf8("hmac-verify"))) {
      return new HmacKey(hash, key).verify(message, this.input(utf8("x-code"))) ? utf8("1") : utf8("0");
    }
    if (name.equals(utf8("seal"))) return this.seal(AesGcmKey.of(key), message);
    if (name.equals(utf8("open"))) return this.open(AesGcmKey.of(key), message);
    return encodeHex(pbkdf2(hash, key, message, this.number(utf8("x-iterations")), this.number(utf8("x-length"))));
  }

  private seal(key: AesGcmKey | null, text: Bytes): Bytes {
    return key === null ? utf8("no key") : encodeHex(key.seal(this.input(utf8("x-nonce")), text, this.input(utf8("x-about"))));
  }

  private open(key: AesGcmKey | null, sealed: Bytes): Bytes {
    if (key === null) return utf8("no key");
    const text = key.open(this.input(utf8("x-nonce")), sealed, this.input(utf8("x-about")));
    return text.isAbsent ? utf8("refused") : encodeHex(text);
  }

  private bcrypt(password: Bytes): Bytes {
    const kept = BcryptHash.parse(this.requestHeaders.get(utf8("x-kept")));
    if (!kept) return utf8("no hash");
    return kept.verify(password) ? utf8("1") : utf8("0");
  }

  private shaCrypt(password: Bytes): Bytes {
    const kept = ShaCryptHash.parse(this.requestHeaders.get(utf8("x-kept")));
    if (!kept) return utf8("no hash");
    return kept.verify(password) ? utf8("1") : utf8("0");
  }

  private input(name: Bytes): Bytes {
    return decodeHex(this.requestHeaders.get(name));
  }

  private number(name: Bytes): u32 {
    return this.requestHeaders.get(name).toU32();
  }
}

function hashNamed(name: Bytes): Hash {
  if (name.equals(utf8("sha1"))) return SHA1;
  if (name.equals(utf8("sha256"))) return SHA256;
  return name.equals(utf8("sha384")) ? SHA384 : SHA512;
}

registerRoot((id) => new CryptoRoot(id));
