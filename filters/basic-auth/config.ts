import { Bytes, HttpContext, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { BasicMethod } from "../common/basic/basic-method";
import { PasswordForms } from "../common/basic/password-forms";
import { DecisionPath } from "../common/decision-path";
import { Enforcement } from "../common/enforcement";
import { Matcher } from "../common/matcher";
import { StringMatch } from "../common/string-match";

/** What is wanted of the requests that match. */
export class Rule {
  readonly match: Matcher<StringMatch>;
  /** Nothing is asked. */
  isDisabled: bool = false;
  /** Requests without credentials pass. */
  allowsMissing: bool = false;
  /** Empty = every user. */
  allowedUsers: OwnedBytes[] = [];

  constructor(paths: DecisionPath) {
    this.match = new Matcher<StringMatch>(paths);
  }

  static read(reader: ConfigReader, paths: DecisionPath): Rule {
    const rule = new Rule(paths);
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("match"))) rule.match.read(reader);
      else if (reader.at(utf8("disabled"))) rule.isDisabled = reader.readBool();
      else if (reader.at(utf8("allow_missing"))) rule.allowsMissing = reader.readBool();
      else if (reader.at(utf8("allowed_users"))) rule.readUsers(reader);
      else reader.unknownField();
    }
    return rule;
  }

  allows(name: Bytes): bool {
    for (let i = 0; i < this.allowedUsers.length; i++) if (this.allowedUsers[i].view.equals(name)) return true;
    return this.allowedUsers.length == 0;
  }

  private readUsers(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.allowedUsers.push(reader.readText());
  }
}

/** The plugin's configuration; immutable once read. */
export class Config {
  readonly method: BasicMethod = new BasicMethod(new PasswordForms());
  readonly enforcement: Enforcement = new Enforcement();
  private readonly paths: DecisionPath = new DecisionPath();
  private readonly rules: Rule[] = [];
  /** What holds where no rule matches. */
  private readonly otherwise: Rule = new Rule(new DecisionPath());

  static read(reader: ConfigReader): Config {
    const config = new Config();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("allow_missing"))) config.otherwise.allowsMissing = reader.readBool();
      else if (reader.at(utf8("rules"))) config.readRules(reader);
      else if (!config.readPart(reader)) reader.unknownField();
    }
    config.method.complete(reader);
    for (let i = 0; i < config.rules.length; i++) config.checkNames(reader, config.rules[i].allowedUsers);
    return config;
  }

  /** The first rule that matches, or what holds where none does. */
  ruleFor(stream: HttpContext): Rule {
    for (let i = 0; i < this.rules.length; i++) if (this.rules[i].match.matches(stream)) return this.rules[i];
    return this.otherwise;
  }

  private readPart(reader: ConfigReader): bool {
    return this.method.readField(reader) || this.enforcement.readField(reader) || this.paths.readField(reader);
  }

  private checkNames(reader: ConfigReader, names: OwnedBytes[]): void {
    for (let i = 0; i < names.length; i++) {
      if (!this.method.users.has(names[i].view)) reader.invalid(utf8("in allowed_users names that users has"));
    }
  }

  private readRules(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.rules.push(Rule.read(reader, this.paths));
  }
}
