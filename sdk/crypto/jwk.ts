import { Bytes } from "../bytes/bytes";
import { BytesBuilder } from "../bytes/builder";
import { utf8 } from "../bytes/utf8";
import { JsonReader, JsonToken } from "../json/reader";
import { JsonWriter } from "../json/writer";
import { decodeBase64Url, encodeBase64Url } from "../text/base64";
import { Curve } from "./curve";
import { EcPublicKey } from "./ec";
import { Ed25519PublicKey } from "./ed25519";
import { RsaPublicKey } from "./rsa";
import { sha256 } from "./sha256";

/** Members that are strings; `Other` are those that nobody asks for, and their number. */
enum Member {
  Kty,
  Kid,
  Use,
  Alg,
  Crv,
  N,
  E,
  X,
  Y,
  K,
  Other,
}

/**
 * A JSON Web Key (RFC 7517) as written: what is not there is absent. The key itself is asked for by its kind, so that
 * a module contains the kinds that it asks for. Holds views of the text: it lives as long as a callback.
 */
// @ts-ignore: decorator
@final
export class Jwk {
  private readonly strings: StaticArray<Bytes> = new StaticArray<Bytes>(Member.Other);
  /** The list of operations (`key_ops`), as JSON. */
  keyOps: Bytes = Bytes.absent;

  private constructor() {
    this.strings.fill(Bytes.absent);
  }

  /** From the JSON of one key. Null when it is no object, has a member twice, or one that is no string and has to be. */
  static parse(json: Bytes): Jwk | null {
    const reader = new JsonReader(json);
    if (reader.next() != JsonToken.BeginObject) return null;
    const key = new Jwk();
    while (reader.next() == JsonToken.Name) if (!key.readMember(reader)) return null;
    return reader.token == JsonToken.EndObject && reader.next() == JsonToken.End ? key : null;
  }

  private readMember(reader: JsonReader): bool {
    const name = reader.text;
    if (name.equals(utf8("key_ops"))) {
      this.keyOps = reader.readRaw();
      return !this.keyOps.isAbsent;
    }
    const member = memberNamed(name);
    if (member == Member.Other) return reader.skipValue();
    if (reader.next() != JsonToken.String) return false;
    this.strings[member] = reader.text;
    return true;
  }

  /** Kind of key: `RSA`, `EC`, `OKP`, `oct`. */
  get kty(): Bytes {
    return this.strings[Member.Kty];
  }

  /** Name in a set of keys. */
  get kid(): Bytes {
    return this.strings[Member.Kid];
  }

  /** What it may be used for: `sig` or `enc`. */
  get use(): Bytes {
    return this.strings[Member.Use];
  }

  /** The only algorithm it may be used with. */
  get alg(): Bytes {
    return this.strings[Member.Alg];
  }

  /** Name of its curve. */
  get crv(): Bytes {
    return this.strings[Member.Crv];
  }

  /** The key of RSA (RFC 7518 6.3.1); null when it is none, or no good one. */
  rsa(): RsaPublicKey | null {
    return this.kty.equals(utf8("RSA")) ? RsaPublicKey.of(this.bytes(Member.N), this.bytes(Member.E)) : null;
  }

  /** The key on this curve (RFC 7518 6.2.1); null when it is none, or no good one. */
  ec(curve: Curve): EcPublicKey | null {
    const name = BytesBuilder.create().add(utf8("P-")).addU64(curve.field.bits).toBytes();
    if (!this.kty.equals(utf8("EC")) || !this.crv.equals(name)) return null;
    return EcPublicKey.of(curve, this.bytes(Member.X), this.bytes(Member.Y));
  }

  /** The key of Ed25519 (RFC 8037 2); null when it is none, or no good one. */
  ed25519(): Ed25519PublicKey | null {
    if (!this.kty.equals(utf8("OKP")) || !this.crv.equals(utf8("Ed25519"))) return null;
    return Ed25519PublicKey.of(this.bytes(Member.X));
  }

  /** The secret of HMAC (RFC 7518 6.4.1); absent when it is none. */
  secret(): Bytes {
    return this.kty.equals(utf8("oct")) ? this.bytes(Member.K) : Bytes.absent;
  }

  /**
   * Its thumbprint with SHA-256 (RFC 7638 3), in base64url: of the members that make the key, and so of no use before it is known to be
   * a good one. Absent for a kind that is not known.
   */
  thumbprint(): Bytes {
    const json = JsonWriter.create().beginObject();
    if (this.kty.equals(utf8("RSA"))) this.put(json, utf8("e"), Member.E).put(json, utf8("kty"), Member.Kty).put(json, utf8("n"), Member.N);
    else if (!this.crv.isAbsent) this.putPoint(json);
    else return Bytes.absent;
    return encodeBase64Url(sha256(json.endObject().toBytes()));
  }

  private putPoint(json: JsonWriter): void {
    this.put(json, utf8("crv"), Member.Crv).put(json, utf8("kty"), Member.Kty).put(json, utf8("x"), Member.X);
    if (this.kty.equals(utf8("EC"))) this.put(json, utf8("y"), Member.Y);
  }

  private put(json: JsonWriter, name: Bytes, member: Member): Jwk {
    json.name(name).string(this.strings[member]);
    return this;
  }

  private bytes(member: Member): Bytes {
    const text = this.strings[member];
    return text.isAbsent ? text : decodeBase64Url(text);
  }
}

function memberNamed(name: Bytes): Member {
  if (name.equals(utf8("kty"))) return Member.Kty;
  if (name.equals(utf8("kid"))) return Member.Kid;
  if (name.equals(utf8("use"))) return Member.Use;
  if (name.equals(utf8("alg"))) return Member.Alg;
  if (name.equals(utf8("crv"))) return Member.Crv;
  if (name.equals(utf8("n"))) return Member.N;
  if (name.equals(utf8("e"))) return Member.E;
  if (name.equals(utf8("x"))) return Member.X;
  if (name.equals(utf8("y"))) return Member.Y;
  return name.equals(utf8("k")) ? Member.K : Member.Other;
}
