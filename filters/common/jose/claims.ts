import { Bytes, JsonReader, JsonToken, OwnedBytes, utf8 } from "@sluice/sdk";
import { JwtStatus } from "./jwt-status";

/** No such moment is claimed. */
export const NO_MOMENT: u64 = u64.MAX_VALUE;

/** The registered claims (RFC 7519 4.1) of a set; what is not there is absent. Holds views of the text. */
export class Claims {
  /** All claims, as JSON. */
  json: Bytes = Bytes.absent;
  issuer: Bytes = Bytes.absent;
  subject: Bytes = Bytes.absent;
  tokenId: Bytes = Bytes.absent;
  readonly audiences: OwnedBytes[] = [];
  /** Seconds since 1970, as the two moments below. */
  expiry: u64 = NO_MOMENT;
  notBefore: u64 = NO_MOMENT;
  issuedAt: u64 = NO_MOMENT;
  /** Ok, or what is wrong with the first claim that is. */
  status: JwtStatus = JwtStatus.Ok;

  /** From the JSON of an object. */
  static read(json: Bytes): Claims {
    const claims = new Claims();
    claims.json = json;
    const reader = new JsonReader(json);
    let fault = JwtStatus.Ok;
    if (reader.next() == JsonToken.BeginObject) {
      while (reader.next() == JsonToken.Name) {
        const found = claims.readClaim(reader);
        if (fault == JwtStatus.Ok) fault = found;
      }
    }
    const isObject = reader.token == JsonToken.EndObject && reader.next() == JsonToken.End;
    claims.status = isObject ? fault : JwtStatus.BadPayloadJson;
    return claims;
  }

  /** What is wrong with this claim; a value that is no JSON is found by the caller. */
  private readClaim(reader: JsonReader): JwtStatus {
    const name = reader.text;
    const value = reader.readRaw();
    if (value.isAbsent) return JwtStatus.BadPayloadJson;
    if (name.equals(utf8("aud"))) return this.readAudiences(value) ? JwtStatus.Ok : JwtStatus.BadAudienceType;
    if (name.equals(utf8("iss"))) return isText(this.issuer = textOf(reader), JwtStatus.BadIssuerType);
    if (name.equals(utf8("sub"))) return isText(this.subject = textOf(reader), JwtStatus.BadSubjectType);
    if (name.equals(utf8("jti"))) return isText(this.tokenId = textOf(reader), JwtStatus.BadTokenIdType);
    if (name.equals(utf8("exp"))) {
      this.expiry = momentOf(reader);
      return isMoment(reader, this.expiry, JwtStatus.BadExpiryType, JwtStatus.BadExpiryRange);
    }
    if (name.equals(utf8("nbf"))) {
      this.notBefore = momentOf(reader);
      return isMoment(reader, this.notBefore, JwtStatus.BadNotBeforeType, JwtStatus.BadNotBeforeRange);
    }
    if (!name.equals(utf8("iat"))) return JwtStatus.Ok;
    this.issuedAt = momentOf(reader);
    return isMoment(reader, this.issuedAt, JwtStatus.BadIssuedAtType, JwtStatus.BadIssuedAtRange);
  }

  /** One text, or a list of texts. */
  private readAudiences(json: Bytes): bool {
    const reader = new JsonReader(json);
    const isList = reader.next() == JsonToken.BeginArray;
    if (isList) reader.next();
    for (; reader.token == JsonToken.String; reader.next()) this.audiences.push(reader.text.toOwned());
    return reader.token == (isList ? JsonToken.EndArray : JsonToken.End);
  }
}

function textOf(reader: JsonReader): Bytes {
  return reader.token == JsonToken.String ? reader.text : Bytes.absent;
}

function isText(text: Bytes, fault: JwtStatus): JwtStatus {
  return text.isAbsent ? fault : JwtStatus.Ok;
}

/** Whole seconds of a number from 0 on; what is behind the point is dropped. */
function momentOf(reader: JsonReader): u64 {
  if (reader.isInteger) return reader.toI64() < 0 ? NO_MOMENT : <u64>reader.toI64();
  const seconds = reader.toF64();
  return seconds >= 0 && seconds < 18446744073709549568.0 ? <u64>seconds : NO_MOMENT;
}

function isMoment(reader: JsonReader, moment: u64, wrongType: JwtStatus, wrongRange: JwtStatus): JwtStatus {
  if (reader.token != JsonToken.Number) return wrongType;
  return moment == NO_MOMENT ? wrongRange : JwtStatus.Ok;
}
