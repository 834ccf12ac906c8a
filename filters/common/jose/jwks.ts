import { Bytes, JsonReader, JsonToken, Jwk, utf8 } from "@sluice/sdk";
import { Jws } from "./jws";
import { JwtStatus } from "./jwt-status";
import { VerificationKey } from "./verification-key";

/** More keys than that are no set of one issuer; a token without `kid` is tried with all of them. */
const MAX_KEYS: i32 = 100;

/** A set of keys (RFC 7517 5). */
export class Jwks {
  private keys: VerificationKey[] = [];

  /**
   * From JSON; keys that cannot be used are left out (RFC 7517 5), and secrets beside public keys: a set that is made to be
   * published holds none. Null when it is no set, or one without a usable key.
   */
  static parse(json: Bytes): Jwks | null {
    const reader = new JsonReader(json);
    const keys = new Jwks();
    if (reader.next() != JsonToken.BeginObject) return null;
    while (reader.next() == JsonToken.Name) {
      const isTaken = reader.text.equals(utf8("keys")) ? keys.readKeys(reader) : reader.skipValue();
      if (!isTaken) return null;
    }
    const isWhole = reader.token == JsonToken.EndObject && reader.next() == JsonToken.End;
    keys.dropMixedSecrets();
    return isWhole && keys.keys.length > 0 ? keys : null;
  }

  /**
   * Whether a key of the set made the signature. Keys are tried whose name is the one that it names, or absent, or any when it
   * names none, and whose algorithm is its, or absent.
   */
  verify(jws: Jws): JwtStatus {
    let status = JwtStatus.NoFittingKey;
    for (let i = 0; i < this.keys.length; i++) {
      const key = this.keys[i];
      if (!mayBe(key.kid.view, jws.kid) || !mayBe(key.alg.view, jws.alg)) continue;
      jws.keysTried++;
      if (key.verify(jws.algorithm, jws.signingInput, jws.signature)) return JwtStatus.Ok;
      status = JwtStatus.VerificationFailed;
    }
    return status;
  }

  private readKeys(reader: JsonReader): bool {
    if (reader.next() != JsonToken.BeginArray) return false;
    for (let json = reader.readRaw(); reader.token != JsonToken.EndArray || json.length > 1; json = reader.readRaw()) {
      if (json.isAbsent) return false;
      this.add(json);
    }
    return this.keys.length <= MAX_KEYS;
  }

  private dropMixedSecrets(): void {
    const published: VerificationKey[] = [];
    for (let i = 0; i < this.keys.length; i++) if (!this.keys[i].isSecret) published.push(this.keys[i]);
    if (published.length > 0) this.keys = published;
  }

  /** A key more than there may be is enough to refuse the set. */
  private add(json: Bytes): void {
    if (this.keys.length > MAX_KEYS) return;
    const jwk = Jwk.parse(json);
    const key = jwk !== null ? VerificationKey.of(jwk) : null;
    if (key !== null) this.keys.push(key);
  }
}

/** Names that are absent, or empty, fit all. */
function mayBe(one: Bytes, other: Bytes): bool {
  return one.length == 0 || other.length == 0 || one.equals(other);
}
