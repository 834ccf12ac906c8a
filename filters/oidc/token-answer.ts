import { Bytes, Context, JsonReader, JsonToken, OwnedBytes, utf8 } from "@sluice/sdk";

const OK: u32 = 200;
const MAX_BYTES: u32 = 1 << 16;

/** What a token endpoint has answered (OpenID Connect Core 3.1.3.3). Holds views. */
export class TokenAnswer {
  accessToken: Bytes = Bytes.empty;
  idToken: Bytes = Bytes.empty;
  refreshToken: Bytes = Bytes.empty;
  private type: Bytes = Bytes.empty;
  /** Seconds that the access token is good for; 0 = the provider does not say. */
  expiresIn: u64 = 0;

  /** Null when it is none that can be used. */
  static parse(json: Bytes): TokenAnswer | null {
    const answer = new TokenAnswer();
    const reader = new JsonReader(json);
    if (reader.next() != JsonToken.BeginObject) return null;
    while (reader.next() == JsonToken.Name) answer.readMember(reader);
    const isWhole = reader.token == JsonToken.EndObject && reader.next() == JsonToken.End;
    return isWhole && answer.accessToken.length > 0 && answer.type.equalsIgnoreCase(utf8("Bearer")) ? answer : null;
  }

  private readMember(reader: JsonReader): void {
    const name = reader.text;
    const json = reader.readRaw();
    const text = reader.token == JsonToken.String ? reader.text : Bytes.empty;
    if (name.equals(utf8("access_token"))) this.accessToken = text;
    else if (name.equals(utf8("id_token"))) this.idToken = text;
    else if (name.equals(utf8("refresh_token"))) this.refreshToken = text;
    else if (name.equals(utf8("token_type"))) this.type = text;
    else if (name.equals(utf8("expires_in"))) this.expiresIn = (text.length > 0 ? text : json).toU64();
  }
}

/** A copy of the answer of a token endpoint; absent when it has refused, or does not work. In a callback of the call. */
export function takeAnswer(context: Context): OwnedBytes {
  const body = context.calloutBody;
  const isGood = context.calloutStatus == OK && body.size <= MAX_BYTES;
  return isGood ? body.read().toOwned() : OwnedBytes.absent();
}

/** Whether the endpoint works, and does not want to give tokens (RFC 6749 5.2). In a callback of the call. */
export function isRefusal(context: Context): bool {
  return context.calloutStatus == 400 || context.calloutStatus == 401 || context.calloutStatus == 403;
}
