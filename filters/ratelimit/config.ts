import { Bytes, BytesBuilder, Context, HeaderMap, OwnedBytes, utf8, xxh64 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { Matcher } from "../common/matcher";
import { TokenBucket } from "./token-bucket";

const DEFAULT_MAX_KEYS: u32 = 1024;
const MAX_KEYS: u32 = 65536;

/** One part of a limit's key, Envoy's `RateLimit.Action`. */
export class KeyPart {
  /** Header whose value counts; absent = the client's address. */
  header: OwnedBytes = OwnedBytes.absent();
  /** Whether a request without the header is still limited, under the other parts. */
  skipIfAbsent: bool = false;

  static read(reader: ConfigReader): KeyPart {
    const part = new KeyPart();
    let kinds = 0;
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("request_headers"))) part.readHeader(reader);
      else if (reader.at(utf8("remote_address"))) readNothing(reader);
      else reader.unknownField();
      kinds++;
    }
    if (kinds != 1) reader.invalid(utf8("exactly one of request_headers, remote_address"));
    return part;
  }

  private readHeader(reader: ConfigReader): void {
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("header_name"))) this.header = reader.readHeaderName();
      else if (reader.at(utf8("descriptor_key"))) reader.readText();
      else if (reader.at(utf8("skip_if_absent"))) this.skipIfAbsent = reader.readBool();
      else reader.unknownField();
    }
    if (this.header.view.isAbsent) reader.missing(utf8("header_name"));
  }
}

function readNothing(reader: ConfigReader): void {
  for (reader.enterObject(); reader.nextField(); ) reader.unknownField();
}

/** A bucket per key for the requests that match. */
export class Limit {
  name: OwnedBytes = OwnedBytes.absent();
  match: Matcher = new Matcher();
  parts: KeyPart[] = [];
  bucket: TokenBucket = new TokenBucket();
  maxKeys: u32 = DEFAULT_MAX_KEYS;

  static read(reader: ConfigReader): Limit {
    const limit = new Limit();
    let hasBucket = false;
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("name"))) limit.name = reader.readText();
      else if (reader.at(utf8("match"))) limit.match = Matcher.read(reader);
      else if (reader.at(utf8("actions"))) limit.readParts(reader);
      else if (reader.at(utf8("max_keys"))) limit.maxKeys = reader.readU32(1, MAX_KEYS);
      else if (reader.at(utf8("token_bucket"))) {
        limit.bucket = TokenBucket.read(reader);
        hasBucket = true;
      } else reader.unknownField();
    }
    if (limit.name.length == 0) reader.missing(utf8("name"));
    if (!hasBucket) reader.missing(utf8("token_bucket"));
    return limit;
  }

  /**
   * Hash of the request's key; 0 when the limit does not apply, because a header is missing
   * (Envoy drops a descriptor that an action yields nothing for).
   */
  keyOf(headers: HeaderMap, context: Context): u64 {
    const key = BytesBuilder.create();
    for (let i = 0; i < this.parts.length; i++) {
      const part = this.parts[i];
      const value = part.header.view.isAbsent ? clientAddress(context) : headers.get(part.header.view);
      if (value.isAbsent && !part.skipIfAbsent) return 0;
      key.addU64(value.length).addByte(0x3a).add(value);
    }
    return max(<u64>1, xxh64(key.toBytes()));
  }

  private readParts(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.parts.push(KeyPart.read(reader));
  }
}

/** `source.address` without its port. */
function clientAddress(context: Context): Bytes {
  const address = context.getProperty(utf8("source\0address"));
  const colon = address.lastIndexOfByte(0x3a);
  return colon < 0 ? address : address.slice(0, colon);
}

/** The plugin's configuration; immutable once read. */
export class Config {
  limits: Limit[] = [];
  status: u32 = 429;
  hasLimitHeaders: bool = true;
  hasRetryAfter: bool = true;

  static read(reader: ConfigReader): Config {
    const config = new Config();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("limits"))) config.readLimits(reader);
      else if (reader.at(utf8("status"))) config.status = reader.readU32(400, 599);
      else if (reader.at(utf8("enable_x_ratelimit_headers"))) config.readLimitHeaders(reader);
      else if (reader.at(utf8("enable_retry_after_header"))) config.hasRetryAfter = reader.readBool();
      else reader.unknownField();
    }
    if (config.limits.length == 0) reader.missing(utf8("limits"));
    return config;
  }

  private readLimits(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) {
      const limit = Limit.read(reader);
      if (this.has(limit.name.view)) reader.invalid(utf8("a name of its own for each limit"));
      this.limits.push(limit);
    }
  }

  private has(name: Bytes): bool {
    for (let i = 0; i < this.limits.length; i++) if (this.limits[i].name.view.equals(name)) return true;
    return false;
  }

  private readLimitHeaders(reader: ConfigReader): void {
    const version = reader.readText().view;
    this.hasLimitHeaders = version.equals(utf8("DRAFT_VERSION_03"));
    if (!this.hasLimitHeaders && !version.equals(utf8("OFF"))) {
      reader.invalid(utf8("DRAFT_VERSION_03 or OFF"));
    }
  }
}
