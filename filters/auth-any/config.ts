import { HttpContext, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { DecisionPath } from "../common/decision-path";
import { DenyReply } from "../common/deny-reply";
import { Enforcement } from "../common/enforcement";
import { KeyOwner } from "../common/token/key-source";
import { Methods } from "./methods";
import { readRequirement, Requirement } from "./requirement";
import { Rule, anyOf } from "./rule";

/** The plugin's configuration; immutable once read. */
export class Config {
  readonly methods: Methods = new Methods();
  readonly paths: DecisionPath = new DecisionPath();
  readonly enforcement: Enforcement = new Enforcement();
  readonly unauthorized: DenyReply = new DenyReply(401, utf8("Authentication failed.").toOwned());
  readonly forbidden: DenyReply = new DenyReply(403, utf8("Access is forbidden.").toOwned());
  readonly badRequest: DenyReply = new DenyReply(400, utf8("Bad Request").toOwned());
  /** Those of the configuration, then what holds where none matches. */
  private readonly rules: Rule[] = [];

  /** `owner` fetches what methods need. */
  static read(reader: ConfigReader, owner: KeyOwner): Config {
    const config = new Config();
    let requirement: Requirement | null = null;
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("methods"))) config.methods.read(reader, owner);
      else if (reader.at(utf8("requires"))) requirement = readRequirement(reader);
      else config.readField(reader);
    }
    if (config.methods.list.length == 0) reader.missing(utf8("methods"));
    config.rules.push(new Rule(requirement !== null ? requirement : anyOf(config.methods), config.paths));
    for (let i = 0; i < config.rules.length; i++) config.rules[i].connect(reader, config.methods);
    return config;
  }

  /** The first rule that matches; the last one always does. */
  ruleFor(stream: HttpContext): Rule {
    const last = this.rules.length - 1;
    for (let i = 0; i < last; i++) if (this.rules[i].match.matches(stream)) return this.rules[i];
    return this.rules[last];
  }

  private readField(reader: ConfigReader): void {
    if (reader.at(utf8("rules"))) this.readRules(reader);
    else if (reader.at(utf8("deny_response"))) this.unauthorized.read(reader);
    else if (reader.at(utf8("forbidden_response"))) this.forbidden.read(reader);
    else if (!this.enforcement.readField(reader) && !this.readPath(reader)) reader.unknownField();
  }

  private readPath(reader: ConfigReader): bool {
    return this.paths.readField(reader) || this.paths.readRefusal(reader);
  }

  private readRules(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.rules.push(Rule.read(reader, this.paths));
  }
}
