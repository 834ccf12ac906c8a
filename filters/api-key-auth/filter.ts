import { Action, Bytes, Counter, HttpContext, utf8 } from "@sluice/sdk";
import { ConfigReader, ConfiguredRoot } from "@sluice/sdk/config";
import { ApiKeyJudgement, expiredKey } from "../common/api-key/api-key-method";
import { DenyReply } from "../common/deny-reply";
import { stripHeader } from "../common/strip-header";
import { Config } from "./config";

/*
 * The method finds out whose key a request has; the first rule that matches says whether that client may
 * pass. What the request claims for itself in the forwarding header is removed, whatever becomes of it.
 */

/** One configured plugin. */
export class ApiKeyAuthRoot extends ConfiguredRoot {
  config: Config = new Config();
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
    const clientHeader = config.method.clientHeader.view;
    if (!clientHeader.isAbsent) stripHeader(headers, clientHeader);
    if (!config.enforcement.drawEnabled()) return Action.Continue;
    if (config.paths.refuses(headers.get(utf8(":path")))) return this.refuse(utf8("ambiguous_path"), config.badRequest, this.root.forbidden);
    const rule = config.ruleFor(this);
    if (rule.isDisabled) return Action.Continue;
    const judgement = config.method.judge(this);
    const credential = judgement.credential;
    if (credential === null) return this.unauthorized(judgement);
    if (!rule.allows(credential)) return this.refuse(utf8("client_not_allowed"), config.forbidden, this.root.forbidden);
    if (config.method.hidesCredentials) config.method.removeCredentials(headers);
    judgement.tell(this);
    this.root.allowed.increment();
    return Action.Continue;
  }

  private unauthorized(judgement: ApiKeyJudgement): Action {
    this.root.expired.increment(u32(judgement.details.equals(expiredKey())));
    return this.refuse(judgement.details, this.root.config.unauthorized, this.root.unauthorized);
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
