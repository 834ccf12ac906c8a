import { HttpContext, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { DecisionPath } from "../decision-path";
import { Enforcement } from "../enforcement";
import { Matcher } from "../matcher";
import { StringMatch } from "../string-match";
import { ProviderSet } from "./provider-set";
import { Requirement, readRequirement } from "./requirement";

/** What is required of the requests that match. */
class Rule {
  readonly match: Matcher<StringMatch>;
  /** Null = nothing. */
  requirement: Requirement | null = null;
  /** Name of one that stands elsewhere; absent = none. */
  name: OwnedBytes = OwnedBytes.absent();

  constructor(paths: DecisionPath) {
    this.match = new Matcher<StringMatch>(paths);
  }

  static read(reader: ConfigReader, paths: DecisionPath): Rule {
    const rule = new Rule(paths);
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("match"))) rule.match.read(reader);
      else if (reader.at(utf8("requires"))) rule.requirement = readRequirement(reader);
      else if (reader.at(utf8("requirement_name"))) rule.name = reader.readText();
      else reader.unknownField();
    }
    if (rule.requirement !== null && !rule.name.view.isAbsent) reader.invalid(utf8("one of requires, requirement_name"));
    return rule;
  }
}

/** Configuration of a plugin that looks at tokens; immutable once read. */
export class TokenConfig {
  bypassesPreflight: bool = false;
  stripsFailure: bool = false;
  isProblem: bool = false;
  /** Where clients learn which tokens they need (RFC 9728); absent = nowhere. */
  resourceMetadata: OwnedBytes = OwnedBytes.absent();
  readonly enforcement: Enforcement = new Enforcement();
  private readonly paths: DecisionPath = new DecisionPath();
  private readonly rules: Rule[] = [];
  private readonly names: OwnedBytes[] = [];
  private readonly requirements: Array<Requirement | null> = [];

  constructor(readonly providers: ProviderSet) {}

  static read(reader: ConfigReader, providers: ProviderSet): TokenConfig {
    const config = new TokenConfig(providers);
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("rules"))) config.readRules(reader);
      else if (reader.at(utf8("requirement_map"))) config.readRequirements(reader);
      else if (reader.at(utf8("bypass_cors_preflight"))) config.bypassesPreflight = reader.readBool();
      else if (reader.at(utf8("strip_failure_response"))) config.stripsFailure = reader.readBool();
      else if (reader.at(utf8("error_format"))) config.isProblem = reader.readChoice(utf8("text or problem_json")) == 1;
      else if (reader.at(utf8("resource_metadata"))) config.readMetadata(reader);
      else if (!config.readPart(reader)) reader.unknownField();
    }
    config.providers.complete(reader);
    config.connect(reader);
    return config;
  }

  /** What the first rule that matches requires; null = nothing, or no rule matches. */
  requirementFor(stream: HttpContext): Requirement | null {
    for (let i = 0; i < this.rules.length; i++) if (this.rules[i].match.matches(stream)) return this.rules[i].requirement;
    return null;
  }

  private readPart(reader: ConfigReader): bool {
    return this.providers.readField(reader) || this.paths.readField(reader) || this.enforcement.readField(reader);
  }

  /** Only now all providers and requirements are known. */
  private connect(reader: ConfigReader): void {
    for (let i = 0; i < this.requirements.length; i++) this.resolve(reader, this.requirements[i]);
    for (let i = 0; i < this.rules.length; i++) this.connectRule(reader, this.rules[i]);
  }

  private connectRule(reader: ConfigReader, rule: Rule): void {
    this.resolve(reader, rule.requirement);
    if (rule.name.view.isAbsent) return;
    for (let i = 0; i < this.names.length; i++) {
      if (!this.names[i].view.equals(rule.name.view)) continue;
      rule.requirement = this.requirements[i];
      return;
    }
    reader.invalid(utf8("in rules a requirement_name that requirement_map has"));
  }

  private resolve(reader: ConfigReader, requirement: Requirement | null): void {
    if (requirement === null || requirement.resolve(this.providers)) return;
    reader.invalid(utf8("in requirements names that providers has"));
  }

  private readRules(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.rules.push(Rule.read(reader, this.paths));
  }

  private readRequirements(reader: ConfigReader): void {
    for (reader.enterObject(); reader.nextField(); ) {
      this.names.push(reader.field.toOwned());
      this.requirements.push(readRequirement(reader));
    }
  }

  private readMetadata(reader: ConfigReader): void {
    const url = reader.readText().view;
    for (let i = 0; i < url.length; i++) {
      if (url[i] <= 0x20 || url[i] == 0x22 || url[i] == 0x5c || url[i] >= 0x7f) return reader.invalid(utf8("a URL"));
    }
    this.resourceMetadata = url.toOwned();
  }
}
