import { Bytes, JsonReader, JsonToken, decodeBase64Url, utf8 } from "@sluice/sdk";
import { Algorithm, algorithmNamed } from "./algorithm";
import { Claims } from "./claims";
import { JwtStatus } from "./jwt-status";

/** Longer tokens are refused unread. */
export const MAX_TOKEN_BYTES: i32 = 8192;
const DOT: u8 = 0x2e;

/**
 * A JSON Web Token as a compact JWS (RFC 7519 3, RFC 7515 7.1), read strictly: base64url without padding and in its only form,
 * no member twice, no extension that has to be understood (`crit`, `b64`). Holds views of the text.
 */
export class Jwt {
  alg: Bytes = Bytes.absent;
  algorithm: Algorithm = Algorithm.Unknown;
  /** Name of the key; absent = none is named. */
  kid: Bytes = Bytes.absent;
  /** What is signed: header and payload as they stand in the text. */
  signingInput: Bytes = Bytes.absent;
  /** The payload in base64url. */
  payload: Bytes = Bytes.absent;
  signature: Bytes = Bytes.absent;
  claims: Claims = new Claims();
  /** Ok, or what is wrong with the first part that is. */
  status: JwtStatus = JwtStatus.Ok;

  static parse(text: Bytes): Jwt {
    const jwt = new Jwt();
    jwt.status = text.length > MAX_TOKEN_BYTES ? JwtStatus.TooLarge : jwt.readParts(text);
    return jwt;
  }

  private readParts(text: Bytes): JwtStatus {
    const first = text.indexOfByte(DOT);
    const second = text.indexOfByte(DOT, first + 1);
    const hasThree = first > 0 && second > first + 1 && second + 1 < text.length;
    if (!hasThree || text.indexOfByte(DOT, second + 1) >= 0) return JwtStatus.BadFormat;
    this.signingInput = text.slice(0, second);
    this.payload = text.slice(first + 1, second);
    const header = decodeBase64Url(text.slice(0, first));
    if (header.isAbsent) return JwtStatus.BadHeaderBase64;
    let status = this.readHeader(header);
    if (status == JwtStatus.Ok) status = this.readPayload();
    if (status != JwtStatus.Ok) return status;
    this.signature = decodeBase64Url(text.slice(second + 1));
    return this.signature.isAbsent ? JwtStatus.BadSignatureBase64 : JwtStatus.Ok;
  }

  private readPayload(): JwtStatus {
    const json = decodeBase64Url(this.payload);
    if (json.isAbsent) return JwtStatus.BadPayloadBase64;
    this.claims = Claims.read(json);
    return this.claims.status;
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
    else if (name.equals(utf8("typ"))) return isTypeOfTokens(text) ? JwtStatus.Ok : JwtStatus.BadType;
    else if (name.equals(utf8("kid"))) {
      this.kid = text;
      return text.isAbsent ? JwtStatus.BadKeyIdType : JwtStatus.Ok;
    }
    return JwtStatus.Ok;
  }
}

/** Proofs of possession and notes of a logout are signed by the same keys, but let nobody in (RFC 8725 3.11). */
function isTypeOfTokens(type: Bytes): bool {
  if (type.isAbsent) return false;
  const kind = type.startsWithIgnoreCase(utf8("application/")) ? type.slice(utf8("application/").length) : type;
  return !kind.equalsIgnoreCase(utf8("dpop+jwt")) && !kind.equalsIgnoreCase(utf8("logout+jwt"));
}
