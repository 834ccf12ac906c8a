import { Action, Bytes, Counter, HeaderMap, HttpContext, utf8 } from "@sluice/sdk";
import { ConfigReader, ConfiguredRoot } from "@sluice/sdk/config";
import { cutQueryParameter, queryParameter, queryParameterCount } from "../common/query";
import { Config, KeySource } from "./config";

/*
 * A request needs a key in exactly one value of the first source that has one. Its SHA-256
 * selects the client; the first matching rule says whether that client may pass. The client's
 * name replaces whatever the request carried in the forwarding header.
 */

/** One configured plugin. */
export class ApiKeyAuthRoot extends ConfiguredRoot {
  config: Config = new Config();
  allowed!: Counter;
  unauthorized!: Counter;
  forbidden!: Counter;

  protected override readConfig(reader: ConfigReader): void {
    this.config = Config.read(reader);
  }

  protected override start(): void {
    this.allowed = this.defineCounter(utf8("api_key_auth.allowed"));
    this.unauthorized = this.defineCounter(utf8("api_key_auth.unauthorized"));
    this.forbidden = this.defineCounter(utf8("api_key_auth.forbidden"));
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
    const source = this.findSource();
    if (source === null) return this.unauthorized(utf8("missing_api_key"));
    if (this.countKeys(source) != 1) return this.unauthorized(utf8("duplicate_api_key"));
    const credential = config.find(this.keyAt(source));
    if (credential === null) return this.unauthorized(utf8("unknown_api_key"));
    const rule = config.ruleFor(this.requestHeaders);
    if (rule !== null && !rule.allows(credential.client.view)) return this.forbidden();
    this.forward(source, credential.client.view);
    this.root.allowed.increment();
    return Action.Continue;
  }

  /** The first source that the request uses, or null. */
  private findSource(): KeySource | null {
    const sources = this.root.config.sources;
    for (let i = 0; i < sources.length; i++) if (this.countKeys(sources[i]) > 0) return sources[i];
    return null;
  }

  private countKeys(source: KeySource): i32 {
    const header = source.header.view;
    if (!header.isAbsent) return this.requestHeaders.count(header);
    return queryParameterCount(this.target, source.query.view);
  }

  private keyAt(source: KeySource): Bytes {
    const header = source.header.view;
    if (header.isAbsent) return queryParameter(this.target, source.query.view);
    const value = this.requestHeaders.get(header);
    const scheme = utf8("Bearer ");
    return value.startsWithIgnoreCase(scheme) ? value.slice(scheme.length).trim() : value;
  }

  private get target(): Bytes {
    return this.requestHeaders.get(utf8(":path"));
  }

  private forward(source: KeySource, client: Bytes): void {
    const config = this.root.config;
    if (config.hideCredentials) this.hide(source);
    const header = config.clientHeader.view;
    if (!header.isAbsent) this.requestHeaders.set(header, client);
  }

  private hide(source: KeySource): void {
    const headers: HeaderMap = this.requestHeaders;
    if (!source.header.view.isAbsent) headers.remove(source.header.view);
    else headers.set(utf8(":path"), cutQueryParameter(this.target, source.query.view));
  }

  private unauthorized(details: Bytes): Action {
    this.root.unauthorized.increment();
    this.sendLocalResponse(401, details, utf8("Client authentication failed."));
    return Action.Pause;
  }

  private forbidden(): Action {
    this.root.forbidden.increment();
    this.sendLocalResponse(403, utf8("client_not_allowed"), utf8("Client is forbidden."));
    return Action.Pause;
  }
}
