import { Bytes, BytesBuilder, HttpContext, OwnedBytes, utf8, xxh64 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { ClientAddress } from "../common/client-address";
import { DenyReply } from "../common/deny-reply";
import { Enforcement } from "../common/enforcement";
import { DecisionPath } from "../common/decision-path";
import { Matcher } from "../common/matcher";
import { StringMatch } from "../common/string-match";
import { TokenBucket } from "./token-bucket";

const DEFAULT_MAX_KEYS: u32 = 1024;
const MAX_KEYS: u32 = 65536;

/** One part of a limit's key, Envoy's `RateLimit.Action`. */
export class KeyPart {
  /** Header whose value counts; absent = another one. */
  private header: OwnedBytes = OwnedBytes.absent();
  /** Property that another filter published, such as `auth.principal`; absent = another one. */
  private property: OwnedBytes = OwnedBytes.absent();
  /** Whether a request without it is still limited, under the other parts. */
  skipIfAbsent: bool = false;

  static read(reader: ConfigReader): KeyPart {
    const part = new KeyPart();
    let kinds = 0;
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("request_headers"))) part.readHeader(reader);
      else if (reader.at(utf8("property"))) part.readProperty(reader);
      else if (reader.at(utf8("remote_address"))) readNothing(reader);
      else reader.unknownField();
      kinds++;
    }
    if (kinds != 1) reader.invalid(utf8("exactly one of request_headers, property, remote_address"));
    return part;
  }

  /** What the request has there; absent = nothing. Clients whose address nobody knows are one. */
  valueOf(stream: HttpContext, client: ClientAddress): Bytes {
    if (!this.header.view.isAbsent) return stream.requestHeaders.get(this.header.view);
    if (!this.property.view.isAbsent) return stream.getProperty(this.property.view);
    const address = client.of(stream);
    return address === null ? Bytes.empty : BytesBuilder.create().addU64(address.high).addByte(0x3a).addU64(address.low).toBytes();
  }

  private readProperty(reader: ConfigReader): void {
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("name"))) this.property = reader.readText();
      else if (reader.at(utf8("skip_if_absent"))) this.skipIfAbsent = reader.readBool();
      else reader.unknownField();
    }
    if (this.property.length == 0) reader.missing(utf8("name"));
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
  readonly match: Matcher<StringMatch>;
  parts: KeyPart[] = [];
  bucket: TokenBucket = new TokenBucket();
  maxKeys: u32 = DEFAULT_MAX_KEYS;

  constructor(paths: DecisionPath) {
    this.match = new Matcher<StringMatch>(paths);
  }

  static read(reader: ConfigReader, paths: DecisionPath): Limit {
    const limit = new Limit(paths);
    let hasBucket = false;
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("name"))) limit.name = reader.readText();
      else if (reader.at(utf8("match"))) limit.match.read(reader);
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
   * Hash of the request's key; 0 when the limit does not apply, because a part is missing
   * (Envoy drops a descriptor that an action yields nothing for).
   */
  keyOf(stream: HttpContext, client: ClientAddress): u64 {
    const key = BytesBuilder.create();
    for (let i = 0; i < this.parts.length; i++) {
      const part = this.parts[i];
      const value = part.valueOf(stream, client);
      if (value.isAbsent && !part.skipIfAbsent) return 0;
      key.addU64(value.length).addByte(0x3a).add(value);
    }
    return max(<u64>1, xxh64(key.toBytes()));
  }

  private readParts(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.parts.push(KeyPart.read(reader));
  }
}

/** The plugin's configuration; immutable once read. */
export class Config {
  limits: Limit[] = [];
  private readonly paths: DecisionPath = new DecisionPath();
  readonly reply: DenyReply = new DenyReply(429, utf8("local_rate_limited").toOwned());
  readonly enforcement: Enforcement = new Enforcement();
  client: ClientAddress = ClientAddress.ofProxy();
  hasLimitHeaders: bool = true;
  hasRetryAfter: bool = true;

  static read(reader: ConfigReader): Config {
    const config = new Config();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("limits"))) config.readLimits(reader);
      else if (reader.at(utf8("client_ip"))) config.client = ClientAddress.read(reader);
      else if (reader.at(utf8("deny_response"))) config.reply.read(reader);
      else if (reader.at(utf8("enable_x_ratelimit_headers"))) config.hasLimitHeaders = reader.readChoice(utf8("OFF or DRAFT_VERSION_03")) == 1;
      else if (reader.at(utf8("enable_retry_after_header"))) config.hasRetryAfter = reader.readBool();
      else if (!config.enforcement.readField(reader) && !config.paths.readField(reader)) reader.unknownField();
    }
    if (config.limits.length == 0) reader.missing(utf8("limits"));
    return config;
  }

  private readLimits(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) {
      const limit = Limit.read(reader, this.paths);
      if (this.has(limit.name.view)) reader.invalid(utf8("a name of its own for each limit"));
      this.limits.push(limit);
    }
  }

  private has(name: Bytes): bool {
    for (let i = 0; i < this.limits.length; i++) if (this.limits[i].name.view.equals(name)) return true;
    return false;
  }
}
