import { Bytes, BytesBuilder, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { DenyReply } from "../common/deny-reply";
import { Enforcement } from "../common/enforcement";
import { isSpiffeId, isTrustDomain } from "../common/spiffe";

/** What becomes of `x-forwarded-client-cert`, in Envoy's words and in the order in which the configuration lists them. */
export enum XfccMode {
  /** Nothing of it reaches the upstream. */
  Sanitize,
  /** That of a trusted peer goes on as it came. */
  ForwardOnly,
  /** That of a trusted peer goes on, with an element for the peer itself. */
  AppendForward,
}

/** `spiffe://a/b` names one workload, `spiffe://a/b*` all whose id begins so. */
class IdPattern {
  private text: OwnedBytes = OwnedBytes.absent();
  private isPrefix: bool = false;

  static read(reader: ConfigReader): IdPattern {
    const pattern = new IdPattern();
    const text = reader.readText().view;
    pattern.isPrefix = text.length > 0 && text[text.length - 1] == 0x2a;
    pattern.text = (pattern.isPrefix ? text.slice(0, text.length - 1) : text).toOwned();
    if (!pattern.isValid()) reader.invalid(utf8('a SPIFFE ID such as "spiffe://td/ns/a/sa/b", or the beginning of one and *'));
    return pattern;
  }

  matches(id: Bytes): bool {
    return this.isPrefix ? id.startsWith(this.text.view) : id.equals(this.text.view);
  }

  /** A beginning reaches into the path, as no other trust domain may begin like this one, and a letter makes an id of it. */
  private isValid(): bool {
    const text = this.text.view;
    return isSpiffeId(this.isPrefix ? BytesBuilder.create().add(text).addByte(0x61).toBytes() : text);
  }
}

/** The plugin's configuration; immutable once read. */
export class Config {
  requireMtls: bool = false;
  /** Header that names the peer to the upstream; absent = none. */
  header: OwnedBytes = OwnedBytes.absent();
  xfcc: XfccMode = XfccMode.Sanitize;
  readonly reply: DenyReply = new DenyReply(403, utf8("Client identity refused.").toOwned());
  readonly enforcement: Enforcement = new Enforcement();
  private trustDomains: OwnedBytes[] = [];
  private allowed: IdPattern[] = [];
  private gateways: IdPattern[] = [];

  static read(reader: ConfigReader): Config {
    const config = new Config();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("require_mtls"))) config.requireMtls = reader.readBool();
      else if (reader.at(utf8("trust_domains"))) config.readDomains(reader);
      else if (reader.at(utf8("allowed_ids"))) readPatterns(reader, config.allowed);
      else if (reader.at(utf8("trust_xfcc_from"))) readPatterns(reader, config.gateways);
      else if (reader.at(utf8("forward"))) config.readForward(reader);
      else if (reader.at(utf8("deny_response"))) config.reply.read(reader);
      else if (!config.enforcement.readField(reader)) reader.unknownField();
    }
    return config;
  }

  /** Whether a request without an identity is refused. */
  get needsIdentity(): bool {
    return this.trustDomains.length > 0 || this.allowed.length > 0;
  }

  trusts(domain: Bytes): bool {
    for (let i = 0; i < this.trustDomains.length; i++) {
      if (this.trustDomains[i].view.equals(domain)) return true;
    }
    return this.trustDomains.length == 0;
  }

  allows(id: Bytes): bool {
    return this.allowed.length == 0 || matchesAny(this.allowed, id);
  }

  /** Whether the peer may say who its own client is. */
  isGateway(id: Bytes): bool {
    return matchesAny(this.gateways, id);
  }

  private readDomains(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) {
      const domain = reader.readText();
      if (!isTrustDomain(domain.view)) reader.invalid(utf8('a trust domain such as "cluster.local"'));
      this.trustDomains.push(domain);
    }
  }

  private readForward(reader: ConfigReader): void {
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("header"))) this.header = reader.readHeaderName();
      else if (reader.at(utf8("xfcc"))) this.xfcc = reader.readChoice(utf8("sanitize, forward_only or append_forward"));
      else reader.unknownField();
    }
  }
}

function readPatterns(reader: ConfigReader, patterns: IdPattern[]): void {
  for (reader.enterArray(); reader.nextItem(); ) patterns.push(IdPattern.read(reader));
}

function matchesAny(patterns: IdPattern[], id: Bytes): bool {
  for (let i = 0; i < patterns.length; i++) if (patterns[i].matches(id)) return true;
  return false;
}
