import { Bytes, JsonReader, JsonToken, OwnedBytes, utf8 } from "@sluice/sdk";
import { JwtStatus } from "./jwt-status";

/** No such moment is claimed. */
export const NO_MOMENT: u64 = u64.MAX_VALUE;
const MINUS: u8 = 0x2d;
/** No token has room for so many digits. */
const MOST_EXPONENT: i32 = 10000;

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
  const number = reader.text;
  return reader.token != JsonToken.Number || number[0] == MINUS ? NO_MOMENT : wholeOf(number);
}

/** Digits in front of where an exponent puts the point; `NO_MOMENT` when that is too large. */
function wholeOf(number: Bytes): u64 {
  const small = number.indexOfByte(0x65);
  const mark = small < 0 ? number.indexOfByte(0x45) : small;
  const end = mark < 0 ? number.length : mark;
  const point = number.indexOfByte(0x2e);
  let left = (point < 0 ? end : point) + (mark < 0 ? 0 : exponentOf(number.slice(mark + 1)));
  let whole: u64 = 0;
  for (let i = 0; i < end && left > 0; i++) {
    if (i == point) continue;
    whole = append(whole, number[i] - 0x30);
    left--;
  }
  for (; left > 0 && whole > 0 && whole != NO_MOMENT; left--) whole = append(whole, 0);
  return whole;
}

function append(whole: u64, digit: u8): u64 {
  return whole > (NO_MOMENT - 9) / 10 ? NO_MOMENT : whole * 10 + digit;
}

function exponentOf(text: Bytes): i32 {
  const hasSign = text[0] == MINUS || text[0] == 0x2b;
  const digits = hasSign ? text.slice(1) : text;
  const size = digits.length > 4 ? MOST_EXPONENT : <i32>digits.toU64();
  return text[0] == MINUS ? -size : size;
}

function isMoment(reader: JsonReader, moment: u64, wrongType: JwtStatus, wrongRange: JwtStatus): JwtStatus {
  if (reader.token != JsonToken.Number) return wrongType;
  return moment == NO_MOMENT ? wrongRange : JwtStatus.Ok;
}
