import { Action, Bytes, BytesBuilder, Counter, HeaderList, HttpContext, utf8 } from "@sluice/sdk";
import { ConfigReader, ConfiguredRoot } from "@sluice/sdk/config";
import { stripHeader } from "../common/strip-header";
import { challenge } from "./challenge";
import { Config, Rule } from "./config";
import { Credentials, isBasic, readCredentials } from "./credentials";
import { User } from "./user-store";
import { VerifiedCache } from "./verified-cache";

/*
 * The name that a request claims for itself is removed whatever becomes of it. Of credentials there
 * must be exactly one; whose they are is found out in the same time for names that nobody has.
 */

/** One configured plugin. */
export class BasicAuthRoot extends ConfiguredRoot {
  config: Config = new Config();
  /** Null when no comparison takes long. */
  cache: VerifiedCache | null = null;
  allowed!: Counter;
  denied!: Counter;
  anonymous!: Counter;

  protected override readConfig(reader: ConfigReader): void {
    const config = Config.read(reader);
    this.config = config;
    this.cache = config.users.isSlow ? new VerifiedCache(<i32>config.cacheEntries, config.cacheTtlNanos) : null;
  }

  protected override start(): void {
    this.allowed = this.defineCounter(utf8("basic_auth.allowed"));
    this.denied = this.defineCounter(utf8("basic_auth.denied"));
    this.anonymous = this.defineCounter(utf8("basic_auth.anonymous"));
  }

  override createHttpContext(id: u32): HttpContext {
    return new BasicAuth(id, this);
  }
}

class BasicAuth extends HttpContext {
  constructor(id: u32, private readonly root: BasicAuthRoot) {
    super(id);
  }

  override onRequestHeaders(endOfStream: bool): Action {
    const config = this.root.config;
    const headers = this.requestHeaders;
    const rule = config.ruleFor(headers);
    if (!config.userHeader.view.isAbsent) stripHeader(headers, config.userHeader.view);
    if (rule.isDisabled) return Action.Continue;
    const header = config.header.view;
    if (!headers.has(header)) return this.onMissing(rule);
    const value = headers.get(header);
    if (!isBasic(value)) return this.deny(utf8("invalid_scheme_for_basic_auth"), utf8("Expected 'Basic' authentication scheme."));
    const credentials = readCredentials(value);
    if (headers.count(header) != 1 || !credentials.isWhole) return this.denyFormat();
    const user = this.userOf(value, credentials);
    if (user === null) {
      return this.deny(utf8("invalid_credential_for_basic_auth"), utf8("Invalid username/password combination."));
    }
    return rule.allows(user.name.view) ? this.allow(user.name.view) : this.forbid();
  }

  private userOf(value: Bytes, credentials: Credentials): User | null {
    const users = this.root.config.users;
    const cache = this.root.cache;
    if (cache === null) return users.verify(credentials.name, credentials.password);
    const now = this.nowNanos();
    const known = cache.find(value, now);
    if (known !== null) return known;
    const user = users.verify(credentials.name, credentials.password);
    if (user !== null) cache.keep(value, user, now);
    return user;
  }

  private allow(name: Bytes): Action {
    const config = this.root.config;
    if (config.hidesCredentials) this.requestHeaders.remove(config.header.view);
    if (!config.userHeader.view.isAbsent) this.requestHeaders.add(config.userHeader.view, name);
    this.setProperty(utf8("auth.principal"), name);
    this.root.allowed.increment();
    return Action.Continue;
  }

  private onMissing(rule: Rule): Action {
    if (!rule.allowsMissing) return this.deny(utf8("no_credential_for_basic_auth"), utf8("Missing username and password."));
    this.root.anonymous.increment();
    return Action.Continue;
  }

  private denyFormat(): Action {
    return this.deny(utf8("invalid_format_for_basic_auth"), utf8("Invalid basic credential format."));
  }

  private deny(details: Bytes, reason: Bytes): Action {
    this.root.denied.increment();
    const realm = challenge(this.root.config.realm.view, this.requestHeaders);
    const body = BytesBuilder.create().add(utf8("User authentication failed. ")).add(reason).toBytes();
    this.sendLocalResponse(401, details, body, HeaderList.create().add(utf8("www-authenticate"), realm));
    return Action.Pause;
  }

  private forbid(): Action {
    this.root.denied.increment();
    this.sendLocalResponse(403, utf8("user_not_allowed_for_basic_auth"), utf8("User is not allowed."));
    return Action.Pause;
  }
}
