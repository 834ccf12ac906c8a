import { Action, Bytes, BytesBuilder, Counter, HeaderList, HttpContext, utf8 } from "@sluice/sdk";
import { ConfigReader, ConfiguredRoot } from "@sluice/sdk/config";
import { Finding, Judgement } from "../common/auth-method";
import { badFormat } from "../common/basic/basic-method";
import { stripHeader } from "../common/strip-header";
import { Config } from "./config";

/*
 * The name that a request claims for itself is removed whatever becomes of it; then the method judges
 * its credentials, and the filter answers.
 */

/** One configured plugin. */
export class BasicAuthRoot extends ConfiguredRoot {
  config: Config = new Config();
  allowed!: Counter;
  denied!: Counter;
  anonymous!: Counter;
  shadowDenied!: Counter;

  protected override readConfig(reader: ConfigReader): void {
    this.config = Config.read(reader);
  }

  protected override start(): void {
    this.allowed = this.defineCounter(utf8("basic_auth.allowed"));
    this.denied = this.defineCounter(utf8("basic_auth.denied"));
    this.anonymous = this.defineCounter(utf8("basic_auth.anonymous"));
    this.shadowDenied = this.defineCounter(utf8("basic_auth.shadow_denied"));
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
    const rule = config.ruleFor(this);
    const userHeader = config.method.userHeader.view;
    if (!userHeader.isAbsent) stripHeader(headers, userHeader);
    if (rule.isDisabled || !config.enforcement.drawEnabled()) return Action.Continue;
    const judgement = config.method.judge(this);
    if (judgement.finding == Finding.Missing && rule.allowsMissing) return this.letIn(this.root.anonymous);
    if (judgement.finding != Finding.Accepted) return this.deny(judgement);
    if (!rule.allows(judgement.principal)) return this.forbid();
    if (config.method.hidesCredentials) config.method.removeCredentials(headers);
    judgement.tell(this);
    return this.letIn(this.root.allowed);
  }

  private letIn(counter: Counter): Action {
    counter.increment();
    return Action.Continue;
  }

  private deny(judgement: Judgement): Action {
    if (this.passesInShadow()) return Action.Continue;
    const challenge = this.root.config.method.challenge(this, judgement);
    const body = BytesBuilder.create().add(utf8("User authentication failed. ")).add(reasonOf(judgement)).toBytes();
    this.sendLocalResponse(401, judgement.details, body, HeaderList.create().add(utf8("www-authenticate"), challenge));
    return Action.Pause;
  }

  private forbid(): Action {
    if (this.passesInShadow()) return Action.Continue;
    this.sendLocalResponse(403, utf8("user_not_allowed_for_basic_auth"), utf8("User is not allowed."));
    return Action.Pause;
  }

  /** Counts a refusal; whether it is not carried out. */
  private passesInShadow(): bool {
    const isEnforced = this.root.config.enforcement.drawEnforced(this, utf8("basic_auth.shadow_result"));
    (isEnforced ? this.root.denied : this.root.shadowDenied).increment();
    return !isEnforced;
  }
}

/** What the client is told, in Envoy's words. */
function reasonOf(judgement: Judgement): Bytes {
  if (judgement.finding == Finding.Missing) return utf8("Missing username and password.");
  if (judgement.finding == Finding.Foreign) return utf8("Expected 'Basic' authentication scheme.");
  if (judgement.details.equals(badFormat())) return utf8("Invalid basic credential format.");
  return utf8("Invalid username/password combination.");
}
