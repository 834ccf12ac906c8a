import { Action, Bytes, Counter, HttpContext, utf8 } from "@sluice/sdk";
import { ConfigReader, ConfiguredRoot } from "@sluice/sdk/config";
import { DenyReply } from "../common/deny-reply";
import { stripHeader } from "../common/strip-header";
import { Config } from "./config";
import { Credential } from "./credential";

/*
 * A request needs one key in the first source that has any. Its SHA-256 selects the client; the first
 * rule that matches says whether that client may pass. What the request claims for itself in the
 * forwarding header is removed, whatever becomes of it.
 */

const NANOS_PER_SECOND: u64 = 1000000000;

/** One configured plugin. */
export class ApiKeyAuthRoot extends ConfiguredRoot {
  config: Config = new Config();
  /** Keys of the request that is looked at. */
  readonly keys: Bytes[] = [];
  allowed!: Counter;
  unauthorized!: Counter;
  forbidden!: Counter;
  expired!: Counter;
  shadowDenied!: Counter;

  protected override readConfig(reader: ConfigReader): void {
    this.config = Config.read(reader);
  }

  protected override start(): void {
    this.allowed = this.defineCounter(utf8("api_key_auth.allowed"));
    this.unauthorized = this.defineCounter(utf8("api_key_auth.unauthorized"));
    this.forbidden = this.defineCounter(utf8("api_key_auth.forbidden"));
    this.expired = this.defineCounter(utf8("api_key_auth.expired"));
    this.shadowDenied = this.defineCounter(utf8("api_key_auth.shadow_denied"));
  }

  override createHttpContext(id: u32): HttpContext {
    return new ApiKeyAuth(id, this);
  }
}

class ApiKeyAuth extends HttpContext {
  constructor(id: u32, private readonly root: ApiKeyAuthRoot) {
    super(id);
  }

  override onRequestHeaders(endOfStream: bool): Action {
    const config = this.root.config;
    const headers = this.requestHeaders;
    if (!config.clientHeader.view.isAbsent) stripHeader(headers, config.clientHeader.view);
    if (!config.enforcement.drawEnabled()) return Action.Continue;
    if (config.paths.refuses(headers.get(utf8(":path")))) return this.refuse(utf8("ambiguous_path"), config.badRequest, this.root.forbidden);
    const rule = config.ruleFor(headers);
    if (rule.isDisabled) return Action.Continue;
    const fault = this.findKeys();
    if (!fault.isAbsent) return this.unauthorized(fault);
    const credential = config.keys.find(this.root.keys[0]);
    if (credential === null) return this.unauthorized(utf8("unknown_api_key"));
    if (this.isExpired(credential)) return this.unauthorized(utf8("expired_api_key"));
    if (!rule.allows(credential)) return this.refuse(utf8("client_not_allowed"), config.forbidden, this.root.forbidden);
    return this.allow(credential);
  }

  /** What is wrong with how many keys there are; absent when there is one. */
  private findKeys(): Bytes {
    const keys = this.root.keys;
    const sources = this.root.config.sources;
    keys.length = 0;
    for (let i = 0; i < sources.length && keys.length == 0; i++) sources[i].find(this.requestHeaders, keys);
    if (keys.length == 0) return utf8("missing_api_key");
    return keys.length == 1 ? Bytes.absent : utf8("duplicate_api_key");
  }

  private isExpired(credential: Credential): bool {
    if (credential.notAfter == i64.MAX_VALUE || <i64>(this.nowNanos() / NANOS_PER_SECOND) < credential.notAfter) return false;
    this.root.expired.increment();
    return true;
  }

  private allow(credential: Credential): Action {
    const config = this.root.config;
    if (config.hidesCredentials) this.hideKeys();
    if (!config.clientHeader.view.isAbsent) this.requestHeaders.add(config.clientHeader.view, credential.client.view);
    this.setProperty(utf8("auth.principal"), credential.client.view);
    for (let i = 0; i < credential.labelNames.length; i++) {
      this.setProperty(credential.labelNames[i].view, credential.labelValues[i].view);
    }
    this.root.allowed.increment();
    return Action.Continue;
  }

  /** Keys may stand in other places than the one that counts. */
  private hideKeys(): void {
    const keys = this.root.keys;
    const sources = this.root.config.sources;
    for (let i = 0; i < sources.length; i++) {
      keys.length = 0;
      sources[i].find(this.requestHeaders, keys);
      if (keys.length > 0) sources[i].remove(this.requestHeaders);
    }
  }

  private unauthorized(details: Bytes): Action {
    return this.refuse(details, this.root.config.unauthorized, this.root.unauthorized);
  }

  /** Refuses the request, unless that is left out. */
  private refuse(details: Bytes, reply: DenyReply, counter: Counter): Action {
    if (!this.root.config.enforcement.drawEnforced(this, utf8("api_key_auth.shadow_result"))) {
      this.root.shadowDenied.increment();
      return Action.Continue;
    }
    counter.increment();
    return reply.send(this, details);
  }
}
