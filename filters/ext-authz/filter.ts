import { Action, Bytes, Context, HttpContext, clearRouteCache, utf8 } from "@sluice/sdk";
import { ConfigReader, ConfiguredRoot } from "@sluice/sdk/config";
import { stripHeader } from "../common/strip-header";
import { Config } from "./config";
import { Statistics } from "./statistics";
import { Outcome, Verdict, VerdictReceiver } from "./verdict";

/*
 * A service decides about each request, which waits for the verdict: neither its head nor its body goes on before. What only
 * the service may say of a request is removed from it, whatever the verdict.
 */

/** One configured plugin. */
export class ExtAuthzRoot extends ConfiguredRoot {
  config: Config = new Config();
  statistics!: Statistics;
  readonly receiver: StreamReceiver = new StreamReceiver();

  protected override readConfig(reader: ConfigReader): void {
    this.config = Config.read(reader);
  }

  protected override start(): void {
    this.statistics = new Statistics(this);
  }

  override createHttpContext(id: u32): HttpContext {
    return new ExtAuthz(id, this);
  }
}

/** Hands a verdict to the stream that asked. */
class StreamReceiver extends VerdictReceiver {
  override onVerdict(asker: Context, verdict: Verdict): void {
    (<ExtAuthz>asker).onVerdict(verdict);
  }
}

class ExtAuthz extends HttpContext {
  private isAsking: bool = false;
  /** The verdict that let the request pass. */
  private verdict: Verdict | null = null;

  constructor(id: u32, private readonly root: ExtAuthzRoot) {
    super(id);
  }

  override onRequestHeaders(endOfStream: bool): Action {
    return this.isJudged() ? this.ask() : this.skip();
  }

  /** Some hosts go on with the body while the head waits. */
  override onRequestBody(size: u32, endOfStream: bool): Action {
    return this.isAsking ? Action.Pause : Action.Continue;
  }

  override onRequestTrailers(): Action {
    return this.isAsking ? Action.Pause : Action.Continue;
  }

  override onResponseHeaders(endOfStream: bool): Action {
    const verdict = this.verdict;
    if (verdict !== null) verdict.responseChanges.apply(this.responseHeaders);
    return Action.Continue;
  }

  /** The service has been heard, or given up. */
  onVerdict(verdict: Verdict): void {
    this.isAsking = false;
    if (this.decide(verdict) == Action.Continue) this.continueRequest();
  }

  private isJudged(): bool {
    const root = this.root;
    if (root.config.ruleFor(this.requestHeaders).isDisabled) return false;
    if (root.config.enforcement.drawEnabled()) return true;
    root.statistics.disabled.increment();
    return false;
  }

  private skip(): Action {
    this.strip();
    return Action.Continue;
  }

  private ask(): Action {
    const question = this.root.config.service!.question(this, Bytes.empty);
    this.strip();
    this.isAsking = question.send(this, this.root.receiver);
    return this.isAsking ? Action.Pause : this.decide(new Verdict(Outcome.Error));
  }

  private strip(): void {
    this.root.config.service!.strip(this.requestHeaders);
    stripHeader(this.requestHeaders, utf8("x-envoy-auth-failure-mode-allowed"));
  }

  private decide(verdict: Verdict): Action {
    const statistics = this.root.statistics;
    for (let i: u32 = 0; i < verdict.invalid; i++) statistics.invalid.increment();
    if (verdict.outcome == Outcome.Ok) return this.allow(verdict);
    if (verdict.outcome == Outcome.Denied) {
      statistics.denied.increment();
      return this.refuse(verdict.status, utf8("ext_authz_denied"), verdict);
    }
    statistics.error.increment();
    return this.root.config.failureModeAllow ? this.allowFailure() : this.refuseFailure(verdict);
  }

  private allow(verdict: Verdict): Action {
    const root = this.root;
    root.statistics.ok.increment();
    this.verdict = verdict;
    verdict.requestChanges.apply(this.requestHeaders);
    for (let i = 0; i < verdict.propertyNames.length; i++) {
      this.setProperty(verdict.propertyNames[i].view, verdict.propertyValues[i].view);
    }
    if (root.config.clearsRouteCache && !verdict.requestChanges.isEmpty) clearRouteCache();
    return Action.Continue;
  }

  private allowFailure(): Action {
    const root = this.root;
    root.statistics.failureModeAllowed.increment();
    if (root.config.tellsFailure) this.requestHeaders.set(utf8("x-envoy-auth-failure-mode-allowed"), utf8("true"));
    return Action.Continue;
  }

  private refuseFailure(verdict: Verdict): Action {
    return this.refuse(this.root.config.statusOnError, utf8("ext_authz_error"), verdict);
  }

  /** Ends the request, unless that is left out. */
  private refuse(status: u32, details: Bytes, verdict: Verdict): Action {
    const root = this.root;
    if (!root.config.enforcement.drawEnforced(this, utf8("ext_authz.shadow_result"))) {
      root.statistics.shadowDenied.increment();
      return Action.Continue;
    }
    const body = status == 204 || status == 304 ? Bytes.empty : verdict.body.view;
    if (!this.sendLocalResponse(status, details, body, verdict.responseChanges.toList())) {
      this.sendLocalResponse(root.config.statusOnError, details);
    }
    return Action.Pause;
  }
}
