import { HttpContext, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { ApiKeyMethod } from "../common/api-key/api-key-method";
import { DecisionPath } from "../common/decision-path";
import { DenyReply } from "../common/deny-reply";
import { Enforcement } from "../common/enforcement";
import { Rule } from "./rule";

/** The plugin's configuration; immutable once read. */
export class Config {
  readonly method: ApiKeyMethod = new ApiKeyMethod();
  readonly paths: DecisionPath = new DecisionPath();
  readonly enforcement: Enforcement = new Enforcement();
  readonly unauthorized: DenyReply = new DenyReply(401, utf8("Client authentication failed.").toOwned());
  readonly forbidden: DenyReply = new DenyReply(403, utf8("Client is forbidden.").toOwned());
  readonly badRequest: DenyReply = new DenyReply(400, utf8("Bad Request").toOwned());
  private readonly rules: Rule[] = [];
  /** Of requests that no rule matches. */
  private readonly everyone: Rule = new Rule(this.paths);

  static read(reader: ConfigReader): Config {
    const config = new Config();
    for (reader.enterObject(); reader.nextField(); ) config.readField(reader);
    config.method.complete(reader);
    return config;
  }

  /** The first rule that matches. */
  ruleFor(stream: HttpContext): Rule {
    for (let i = 0; i < this.rules.length; i++) {
      if (this.rules[i].match.matches(stream)) return this.rules[i];
    }
    return this.everyone;
  }

  private readField(reader: ConfigReader): void {
    if (reader.at(utf8("rules"))) this.readRules(reader);
    else if (reader.at(utf8("deny_response"))) this.unauthorized.read(reader);
    else if (reader.at(utf8("forbidden_response"))) this.forbidden.read(reader);
    else if (!this.method.readField(reader) && !this.enforcement.readField(reader) && !this.readPath(reader)) reader.unknownField();
  }

  private readPath(reader: ConfigReader): bool {
    return this.paths.readField(reader) || this.paths.readRefusal(reader);
  }

  private readRules(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.rules.push(Rule.read(reader, this.paths));
  }
}
