import { HeaderMap, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { Matcher } from "../common/matcher";
import { KeyOwner } from "./key-source";
import { Providers } from "./providers";
import { Requirement, readRequirement } from "./requirement";

const DEFAULT_ENTRIES: u32 = 100;
const MOST_ENTRIES: u32 = 100000;
const DEFAULT_TOKEN_BYTES: u32 = 4096;
const MOST_TOKEN_BYTES: u32 = 8192;

/** What is required of the requests that match. */
class Rule {
  match: Matcher = new Matcher();
  /** Null = nothing. */
  requirement: Requirement | null = null;
  /** Name of one that stands elsewhere; absent = none. */
  name: OwnedBytes = OwnedBytes.absent();

  static read(reader: ConfigReader): Rule {
    const rule = new Rule();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("match"))) rule.match = Matcher.read(reader);
      else if (reader.at(utf8("requires"))) rule.requirement = readRequirement(reader);
      else if (reader.at(utf8("requirement_name"))) rule.name = reader.readText();
      else reader.unknownField();
    }
    if (rule.requirement !== null && !rule.name.view.isAbsent) reader.invalid(utf8("one of requires, requirement_name"));
    return rule;
  }
}

/** The plugin's configuration; immutable once read. */
export class Config {
  /** Headers that no client may write. */
  readonly ownHeaders: OwnedBytes[] = [];
  bypassesPreflight: bool = false;
  stripsFailure: bool = false;
  isProblem: bool = false;
  /** Where clients learn which tokens they need (RFC 9728); absent = nowhere. */
  resourceMetadata: OwnedBytes = OwnedBytes.absent();
  private providers: Providers = new Providers();
  private readonly rules: Rule[] = [];
  private readonly names: OwnedBytes[] = [];
  private readonly requirements: Array<Requirement | null> = [];
  private cacheEntries: u32 = DEFAULT_ENTRIES;
  private maxTokenBytes: u32 = DEFAULT_TOKEN_BYTES;

  static read(reader: ConfigReader): Config {
    const config = new Config();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("providers"))) config.providers = Providers.read(reader);
      else if (reader.at(utf8("rules"))) config.readRules(reader);
      else if (reader.at(utf8("requirement_map"))) config.readRequirements(reader);
      else if (reader.at(utf8("bypass_cors_preflight"))) config.bypassesPreflight = reader.readBool();
      else if (reader.at(utf8("strip_failure_response"))) config.stripsFailure = reader.readBool();
      else if (reader.at(utf8("error_format"))) config.isProblem = readsProblem(reader);
      else if (reader.at(utf8("resource_metadata"))) config.readMetadata(reader);
      else if (reader.at(utf8("jwt_cache_config"))) config.readCache(reader);
      else reader.unknownField();
    }
    if (config.providers.list.length == 0) reader.missing(utf8("providers"));
    config.connect(reader);
    return config;
  }

  /** What the first rule that matches requires; null = nothing, or no rule matches. */
  requirementFor(headers: HeaderMap): Requirement | null {
    for (let i = 0; i < this.rules.length; i++) if (this.rules[i].match.matches(headers)) return this.rules[i].requirement;
    return null;
  }

  /** The plugin starts. */
  openKeys(owner: KeyOwner): void {
    const list = this.providers.list;
    for (let i = 0; i < list.length; i++) list[i].openKeys(owner);
  }

  /** Only now all providers and requirements are known. */
  private connect(reader: ConfigReader): void {
    const list = this.providers.list;
    for (let i = 0; i < list.length; i++) {
      list[i].output.namesInto(this.ownHeaders);
      list[i].useCache(this.cacheEntries, this.maxTokenBytes);
    }
    for (let i = 0; i < list.length; i++) this.checkHeaders(reader, i);
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

  /** A header that is removed first could show no token. */
  private checkHeaders(reader: ConfigReader, place: i32): void {
    const locations = this.providers.list[place].locations;
    for (let i = 0; i < locations.length; i++) {
      for (let k = 0; k < this.ownHeaders.length; k++) {
        if (!locations[i].isHeader(this.ownHeaders[k].view)) continue;
        reader.invalid(utf8("for claims and payload other headers than those of tokens"));
      }
    }
  }

  private readRules(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.rules.push(Rule.read(reader));
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

  private readCache(reader: ConfigReader): void {
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("jwt_cache_size"))) this.cacheEntries = reader.readU32(0, MOST_ENTRIES);
      else if (reader.at(utf8("jwt_max_token_size"))) this.maxTokenBytes = reader.readU32(1, MOST_TOKEN_BYTES);
      else reader.unknownField();
    }
  }
}

function readsProblem(reader: ConfigReader): bool {
  const name = reader.readText().view;
  const isProblem = name.equals(utf8("problem_json"));
  if (!isProblem && !name.equals(utf8("text"))) reader.invalid(utf8("text or problem_json"));
  return isProblem;
}
