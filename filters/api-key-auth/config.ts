import { HeaderMap, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { DecisionPath } from "../common/decision-path";
import { DenyReply } from "../common/deny-reply";
import { Enforcement } from "../common/enforcement";
import { Location } from "../common/location";
import { readKeySource } from "./key-source";
import { KeyStore } from "./key-store";
import { Rule } from "./rule";

/** The plugin's configuration; immutable once read. */
export class Config {
  readonly sources: Location[] = [];
  readonly keys: KeyStore = new KeyStore();
  readonly paths: DecisionPath = new DecisionPath();
  readonly enforcement: Enforcement = new Enforcement();
  readonly unauthorized: DenyReply = new DenyReply(401, utf8("Client authentication failed.").toOwned());
  readonly forbidden: DenyReply = new DenyReply(403, utf8("Client is forbidden.").toOwned());
  readonly badRequest: DenyReply = new DenyReply(400, utf8("Bad Request").toOwned());
  /** Header that names the client to the upstream; absent = none. */
  clientHeader: OwnedBytes = OwnedBytes.absent();
  hidesCredentials: bool = false;
  private readonly rules: Rule[] = [];
  /** Of requests that no rule matches. */
  private readonly everyone: Rule = new Rule();

  static read(reader: ConfigReader): Config {
    const config = new Config();
    for (reader.enterObject(); reader.nextField(); ) config.readField(reader);
    if (config.sources.length == 0) reader.missing(utf8("key_sources"));
    if (config.keys.size == 0) reader.missing(utf8("credentials"));
    config.check(reader);
    return config;
  }

  /** The first rule that matches. */
  ruleFor(headers: HeaderMap): Rule {
    for (let i = 0; i < this.rules.length; i++) {
      if (this.rules[i].match.matches(headers)) return this.rules[i];
    }
    return this.everyone;
  }

  private readField(reader: ConfigReader): void {
    if (reader.at(utf8("key_sources"))) this.readSources(reader);
    else if (reader.at(utf8("credentials"))) this.keys.read(reader);
    else if (reader.at(utf8("forwarding"))) this.readForwarding(reader);
    else if (reader.at(utf8("rules"))) this.readRules(reader);
    else if (reader.at(utf8("deny_response"))) this.unauthorized.read(reader);
    else if (reader.at(utf8("forbidden_response"))) this.forbidden.read(reader);
    else if (!this.enforcement.readField(reader) && !this.paths.readField(reader)) reader.unknownField();
  }

  private readSources(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.sources.push(readKeySource(reader));
  }

  private readForwarding(reader: ConfigReader): void {
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("header"))) this.clientHeader = reader.readHeaderName();
      else if (reader.at(utf8("hide_credentials"))) this.hidesCredentials = reader.readBool();
      else reader.unknownField();
    }
  }

  private readRules(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.rules.push(Rule.read(reader, this.paths));
  }

  private check(reader: ConfigReader): void {
    for (let i = 0; i < this.sources.length; i++) {
      const isTaken = !this.clientHeader.view.isAbsent && this.sources[i].isHeader(this.clientHeader.view);
      if (isTaken) reader.invalid(utf8("for forwarding another header than those of keys"));
    }
  }
}
