import { Bytes, BytesBuilder, CalloutHandler, Context, HeaderList, OwnedBytes, encodeBase64, encodePercent, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { HttpUri } from "../common/http-uri";
import { readSecretBytes } from "../common/secret";

const SECOND: u64 = 1000000000;
const DEFAULT_TTL: u64 = 30 * SECOND;

/** `introspection`: where a provider is asked about its tokens (RFC 7662 2), and for how long its answers count. */
export class Endpoint {
  /** Nanoseconds that an answer counts, as below. */
  ttl: u64 = DEFAULT_TTL;
  /** The same of one that says that a token is not active. */
  negativeTtl: u64 = SECOND;
  private uri: HttpUri = new HttpUri();
  private clientId: OwnedBytes = OwnedBytes.absent();
  private clientSecret: OwnedBytes = OwnedBytes.absent();

  /** Reads the object that the reader stands at. */
  static read(reader: ConfigReader): Endpoint {
    const endpoint = new Endpoint();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("http_uri"))) endpoint.uri = HttpUri.read(reader);
      else if (reader.at(utf8("client_id"))) endpoint.clientId = reader.readText();
      else if (reader.at(utf8("client_secret"))) endpoint.clientSecret = readSecretBytes(reader);
      else if (reader.at(utf8("cache_ttl"))) endpoint.ttl = readTtl(reader);
      else if (reader.at(utf8("negative_cache_ttl"))) endpoint.negativeTtl = readTtl(reader);
      else reader.unknownField();
    }
    if (!endpoint.uri.isWhole) reader.missing(utf8("http_uri"));
    if (endpoint.clientId.length == 0) reader.missing(utf8("client_id"));
    if (endpoint.clientSecret.length == 0) reader.missing(utf8("client_secret"));
    return endpoint;
  }

  /** Asks about a token. False when that cannot be done: no outcome follows. */
  ask(context: Context, token: Bytes, handler: CalloutHandler): bool {
    const form = BytesBuilder.create().add(utf8("token_type_hint=access_token&token=")).add(encodePercent(token)).toBytes();
    const headers = HeaderList.create().add(utf8("authorization"), this.credentials()).add(utf8("accept"), utf8("application/json"));
    return this.uri.postForm(context, headers, form, handler);
  }

  /** RFC 6749 2.3.1. */
  private credentials(): Bytes {
    const pair = BytesBuilder.create().add(encodePercent(this.clientId.view)).addByte(0x3a).add(encodePercent(this.clientSecret.view));
    return BytesBuilder.create().add(utf8("Basic ")).add(encodeBase64(pair.toBytes())).toBytes();
  }
}

/** Requests that waited for an answer are judged by it, so it has to count for a while. */
function readTtl(reader: ConfigReader): u64 {
  const ttl = reader.readDurationNanos();
  if (ttl < SECOND) reader.invalid(utf8("at least 1s"));
  return ttl;
}
