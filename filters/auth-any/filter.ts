import { Action, Bytes, BytesBuilder, Counter, HeaderList, HttpContext, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { Finding } from "../common/auth-method";
import { DenyReply } from "../common/deny-reply";
import { DocumentStream } from "../common/document-root";
import { KeyOwner } from "../common/token/key-source";
import { TokenStatistics } from "../common/token/token-statistics";
import { Config } from "./config";
import { Rule } from "./rule";
import { Trial } from "./trial";

/*
 * What a request says of itself in the headers of any method is removed, whatever becomes of it. It is judged as a whole; when a
 * method waits for keys the request is held, and judged anew. Of credentials the upstream sees those that let the request in.
 */

/** One configured plugin. */
export class AuthAnyRoot extends KeyOwner {
  config: Config = new Config();
  allowed!: Counter;
  anonymous!: Counter;
  unauthorized!: Counter;
  forbidden!: Counter;
  shadowDenied!: Counter;

  protected override readConfig(reader: ConfigReader): void {
    this.config = Config.read(reader, this);
  }

  protected override start(): void {
    this.allowed = this.defineCounter(utf8("auth_any.allowed"));
    this.anonymous = this.defineCounter(utf8("auth_any.anonymous"));
    this.unauthorized = this.defineCounter(utf8("auth_any.unauthorized"));
    this.forbidden = this.defineCounter(utf8("auth_any.forbidden"));
    this.shadowDenied = this.defineCounter(utf8("auth_any.shadow_denied"));
    this.tokens = new TokenStatistics(this);
    const methods = this.config.methods.list;
    for (let i = 0; i < methods.length; i++) methods[i].method.open();
  }

  override createHttpContext(id: u32): HttpContext {
    return new AuthAny(id, this);
  }
}

class AuthAny extends DocumentStream {
  /** What is asked of the request while it waits for keys. */
  private awaited: Rule | null = null;

  constructor(id: u32, private readonly root: AuthAnyRoot) {
    super(id);
  }

  override onRequestHeaders(endOfStream: bool): Action {
    const config = this.root.config;
    const headers = this.requestHeaders;
    config.methods.stripOwnHeaders(headers);
    if (!config.enforcement.drawEnabled()) return Action.Continue;
    if (config.paths.refuses(headers.get(utf8(":path")))) {
      return this.refuse(utf8("ambiguous_path"), config.badRequest, this.root.forbidden, HeaderList.create());
    }
    return this.judge(config.ruleFor(this));
  }

  override onDocumentSettled(): void {
    const rule = this.awaited;
    if (rule === null) return;
    this.awaited = null;
    this.isWaiting = false;
    if (this.judge(rule) == Action.Continue) this.continueRequest();
  }

  private judge(rule: Rule): Action {
    const config = this.root.config;
    const trial = new Trial(this);
    const isDoubled = rule.asks && config.methods.areDoubled(this.requestHeaders);
    const finding = isDoubled ? Finding.Wrong : rule.judge(trial);
    if (finding == Finding.Accepted) return this.letIn(trial);
    if (finding == Finding.Pending) {
      this.awaited = rule;
      this.isWaiting = true;
      return Action.Pause;
    }
    const challenges = rule.challenges(this, trial, finding);
    if (finding == Finding.Forbidden) return this.refuse(trial.details, config.forbidden, this.root.forbidden, challenges);
    const details = isDoubled ? utf8("auth_any_duplicate_credentials") : trial.details;
    return this.refuse(details, config.unauthorized, this.root.unauthorized, challenges);
  }

  private letIn(trial: Trial): Action {
    const methods = this.root.config.methods.list;
    for (let i = 0; i < methods.length; i++) {
      const method = methods[i].method;
      if (method.hidesCredentials || !trial.counts(method)) method.removeCredentials(this.requestHeaders);
    }
    const shown = trial.shown;
    for (let i = shown.length - 1; i >= 0; i--) shown[i].judgement.tell(this);
    if (shown.length > 0) this.setProperty(utf8("auth.method"), namesOf(trial));
    (shown.length > 0 ? this.root.allowed : this.root.anonymous).increment();
    return Action.Continue;
  }

  /** Refuses the request, unless that is left out. */
  private refuse(details: Bytes, reply: DenyReply, counter: Counter, challenges: HeaderList): Action {
    if (!this.root.config.enforcement.drawEnforced(this, utf8("auth_any.shadow_result"))) {
      this.root.shadowDenied.increment();
      return Action.Continue;
    }
    counter.increment();
    return reply.sendWith(this, details, challenges);
  }
}

/** The methods that let a request in, with commas between them. */
function namesOf(trial: Trial): Bytes {
  const line = BytesBuilder.create();
  for (let i = 0; i < trial.shown.length; i++) {
    if (i > 0) line.addByte(0x2c);
    line.add(trial.shown[i].by.name.view);
  }
  return line.toBytes();
}
