import { Bytes, BytesBuilder, HeaderMap, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { Matcher } from "../common/matcher";
import { readSecret } from "../common/secret";
import { UserStore } from "./user-store";

/** Rounds of a hash: some 25 ms of a worker that then does nothing else. */
const DEFAULT_ITERATIONS: u32 = 50000;
const MOST_ITERATIONS: u32 = 10000000;
const DEFAULT_ENTRIES: u32 = 1000;
const MOST_ENTRIES: u32 = 100000;
const DEFAULT_TTL_NANOS: u64 = 300000000000;

/** What is wanted of the requests that match. */
export class Rule {
  match: Matcher = new Matcher();
  /** Nothing is asked. */
  isDisabled: bool = false;
  /** Requests without credentials pass. */
  allowsMissing: bool = false;
  /** Empty = every user. */
  allowedUsers: OwnedBytes[] = [];

  static read(reader: ConfigReader): Rule {
    const rule = new Rule();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("match"))) rule.match = Matcher.read(reader);
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
  users: UserStore = new UserStore();
  /** Absent = the URI of the request. */
  realm: OwnedBytes = OwnedBytes.absent();
  /** Where credentials stand. */
  header: OwnedBytes = utf8("authorization").toOwned();
  /** Header that names the user to the upstream; absent = none. */
  userHeader: OwnedBytes = OwnedBytes.absent();
  hidesCredentials: bool = false;
  cacheTtlNanos: u64 = DEFAULT_TTL_NANOS;
  cacheEntries: u32 = DEFAULT_ENTRIES;
  private maxIterations: u32 = DEFAULT_ITERATIONS;
  private rules: Rule[] = [];
  /** What holds where no rule matches. */
  private readonly otherwise: Rule = new Rule();

  static read(reader: ConfigReader): Config {
    const config = new Config();
    let users = OwnedBytes.absent();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("users"))) users = readSecret(reader);
      else if (reader.at(utf8("max_iterations"))) config.maxIterations = reader.readU32(1, MOST_ITERATIONS);
      else if (reader.at(utf8("realm"))) config.readRealm(reader);
      else if (reader.at(utf8("authentication_header"))) config.header = reader.readHeaderName();
      else if (reader.at(utf8("forward_username_header"))) config.userHeader = reader.readHeaderName();
      else if (reader.at(utf8("hide_credentials"))) config.hidesCredentials = reader.readBool();
      else if (reader.at(utf8("allow_missing"))) config.otherwise.allowsMissing = reader.readBool();
      else if (reader.at(utf8("verified_cache"))) config.readCache(reader);
      else if (reader.at(utf8("rules"))) config.readRules(reader);
      else reader.unknownField();
    }
    config.takeUsers(reader, users.view);
    return config;
  }

  /** The first rule that matches, or what holds where none does. */
  ruleFor(headers: HeaderMap): Rule {
    for (let i = 0; i < this.rules.length; i++) if (this.rules[i].match.matches(headers)) return this.rules[i];
    return this.otherwise;
  }

  /** Only now it is known how many rounds a hash may take. */
  private takeUsers(reader: ConfigReader, text: Bytes): void {
    this.users = UserStore.parse(text, this.maxIterations);
    const fault = this.users.fault.view;
    if (!fault.isAbsent) reader.invalid(BytesBuilder.create().add(utf8("in users ")).add(fault).toBytes());
    else if (this.users.size == 0) reader.missing(utf8("users"));
    for (let i = 0; i < this.rules.length; i++) this.checkNames(reader, this.rules[i].allowedUsers);
  }

  private checkNames(reader: ConfigReader, names: OwnedBytes[]): void {
    for (let i = 0; i < names.length; i++) {
      if (!this.users.has(names[i].view)) reader.invalid(utf8("in allowed_users names that users has"));
    }
  }

  private readRealm(reader: ConfigReader): void {
    const realm = reader.readText();
    for (let i = 0; i < realm.length; i++) {
      if (realm.view[i] < 0x20 || realm.view[i] == 0x7f) return reader.invalid(utf8("a text without control characters"));
    }
    this.realm = realm;
  }

  private readCache(reader: ConfigReader): void {
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("ttl"))) this.cacheTtlNanos = reader.readDurationNanos();
      else if (reader.at(utf8("max_entries"))) this.cacheEntries = reader.readU32(1, MOST_ENTRIES);
      else reader.unknownField();
    }
  }

  private readRules(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.rules.push(Rule.read(reader));
  }
}
