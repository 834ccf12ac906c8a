import { Bytes, JsonReader, JsonToken, decodeBase64Url, utf8 } from "@sluice/sdk";
import { Algorithm, algorithmNamed } from "./algorithm";
import { JwtStatus } from "./jwt-status";

/** Longer tokens are refused unread. */
export const MAX_TOKEN_BYTES: i32 = 8192;
const DOT: u8 = 0x2e;

/**
 * A signed text in its compact form (RFC 7515 7.1), read strictly: base64url without padding and in its only form, no member
 * twice, no extension that has to be understood (`crit`, `b64`). Holds views of the text.
 */
export class Jws {
  alg: Bytes = Bytes.absent;
  algorithm: Algorithm = Algorithm.Unknown;
  /** Name of the key; absent = none is named. */
  kid: Bytes = Bytes.absent;
  /** The key that a proof brings with it, as JSON; absent in tokens, whose own keys count for nothing. */
  jwk: Bytes = Bytes.absent;
  /** What is signed: header and payload as they stand in the text. */
  signingInput: Bytes = Bytes.absent;
  /** The payload as it stands in the text, and decoded. */
  encodedPayload: Bytes = Bytes.absent;
  payload: Bytes = Bytes.absent;
  signature: Bytes = Bytes.absent;
  /** With how many keys it was verified. For sets of keys. */
  keysTried: i32 = 0;
  /** Ok, or what is wrong with the first part that is; of the payload only its encoding is looked at. */
  status: JwtStatus = JwtStatus.Ok;
  private isTyped: bool = false;

  private constructor(private readonly isProof: bool) {}

  /** Of a token. */
  static parse(text: Bytes): Jws {
    return new Jws(false).read(text);
  }

  /** Of a proof of possession (RFC 9449 4.2), which brings its key with it. */
  static parseProof(text: Bytes): Jws {
    const jws = new Jws(true).read(text);
    if (jws.status == JwtStatus.Ok && (!jws.isTyped || jws.jwk.isAbsent)) jws.status = JwtStatus.BadType;
    return jws;
  }

  private read(text: Bytes): Jws {
    this.status = text.length > MAX_TOKEN_BYTES ? JwtStatus.TooLarge : this.readParts(text);
    return this;
  }

  private readParts(text: Bytes): JwtStatus {
    const first = text.indexOfByte(DOT);
    const second = text.indexOfByte(DOT, first + 1);
    const hasThree = first > 0 && second > first && second + 1 < text.length;
    if (!hasThree || text.indexOfByte(DOT, second + 1) >= 0) return JwtStatus.BadFormat;
    this.signingInput = text.slice(0, second);
    this.encodedPayload = text.slice(first + 1, second);
    this.payload = decodeBase64Url(this.encodedPayload);
    this.signature = decodeBase64Url(text.slice(second + 1));
    const header = decodeBase64Url(text.slice(0, first));
    if (header.isAbsent) return JwtStatus.BadHeaderBase64;
    const status = this.readHeader(header);
    if (status != JwtStatus.Ok) return status;
    if (this.payload.isAbsent) return JwtStatus.BadPayloadBase64;
    return this.signature.isAbsent ? JwtStatus.BadSignatureBase64 : JwtStatus.Ok;
  }

  private readHeader(json: Bytes): JwtStatus {
    const reader = new JsonReader(json);
    let fault = JwtStatus.Ok;
    if (reader.next() != JsonToken.BeginObject) return JwtStatus.BadHeaderJson;
    while (reader.next() == JsonToken.Name) {
      const found = this.readMember(reader);
      if (fault == JwtStatus.Ok) fault = found;
    }
    if (reader.token != JsonToken.EndObject || reader.next() != JsonToken.End) return JwtStatus.BadHeaderJson;
    if (this.alg.isAbsent) return JwtStatus.BadAlgorithmType;
    this.algorithm = algorithmNamed(this.alg);
    return this.algorithm == Algorithm.Unknown ? JwtStatus.BadAlgorithm : fault;
  }

  /** What is wrong with this member of the header; a value that is no JSON is found by the caller. */
  private readMember(reader: JsonReader): JwtStatus {
    const name = reader.text;
    const value = reader.readRaw();
    const text = reader.token == JsonToken.String ? reader.text : Bytes.absent;
    if (name.equals(utf8("alg"))) this.alg = text;
    else if (name.equals(utf8("crit"))) return JwtStatus.Critical;
    else if (name.equals(utf8("b64"))) return value.equals(utf8("true")) ? JwtStatus.Ok : JwtStatus.Unencoded;
    else if (name.equals(utf8("typ"))) return this.readType(text) ? JwtStatus.Ok : JwtStatus.BadType;
    else if (this.isProof && name.equals(utf8("jwk"))) this.jwk = value;
    else if (name.equals(utf8("kid"))) {
      this.kid = text;
      return text.isAbsent ? JwtStatus.BadKeyIdType : JwtStatus.Ok;
    }
    return JwtStatus.Ok;
  }

  /** Proofs, security events and answers about tokens may be signed by the same keys, but let nobody in (RFC 8725 3.11). */
  private readType(type: Bytes): bool {
    if (type.isAbsent) return false;
    this.isTyped = true;
    const kind = type.startsWithIgnoreCase(utf8("application/")) ? type.slice(utf8("application/").length) : type;
    if (this.isProof) return kind.equalsIgnoreCase(utf8("dpop+jwt"));
    const suffix = utf8("+jwt");
    const isOfOneKind = kind.length > suffix.length && kind.slice(kind.length - suffix.length).equalsIgnoreCase(suffix);
    return !isOfOneKind || kind.equalsIgnoreCase(utf8("at+jwt"));
  }
}
