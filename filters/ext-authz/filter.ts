import { Action, Bytes, Context, HttpContext, clearRouteCache, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { stripHeader } from "../common/strip-header";
import { CacheSettings } from "./cache-settings";
import { Config } from "./config";
import { Flight, FlightOwner, Flights } from "./flights";
import { Question } from "./service";
import { Statistics } from "./statistics";
import { Outcome, Verdict, VerdictReceiver } from "./verdict";
import { VerdictCache } from "./verdict-cache";

/*
 * A service decides about each request, which waits for the verdict: neither its head nor its body goes on before. When it
 * goes on, whatever the reason, it is without what only the service may say of it.
 */

/** One configured plugin. */
export class ExtAuthzRoot extends FlightOwner {
  config: Config = new Config();
  statistics!: Statistics;
  cache: VerdictCache = new VerdictCache(1);
  readonly flights: Flights = new Flights();
  readonly receiver: StreamReceiver = new StreamReceiver();

  protected override readConfig(reader: ConfigReader): void {
    this.config = Config.read(reader);
  }

  protected override start(): void {
    const cache = this.config.cache;
    if (cache !== null) this.cache = new VerdictCache(<i32>cache.maxEntries);
    this.statistics = new Statistics(this);
  }

  override createHttpContext(id: u32): HttpContext {
    return new ExtAuthz(id, this);
  }

  /** A verdict that is for one request alone is for the first; the others ask then. */
  override onLanded(flight: Flight, verdict: Verdict): void {
    this.flights.land(flight);
    const lifetime = this.config.cache!.lifetime(verdict);
    if (lifetime > 0) this.cache.keep(flight.key.view, verdict, this.nowNanos() + lifetime);
    const isShared = lifetime > 0 || verdict.outcome == Outcome.Error;
    for (let i = 0; i < flight.waiting.length; i++) {
      const stream = <ExtAuthz | null>this.withStream(flight.waiting[i]);
      if (stream === null) continue;
      if (i == 0 || isShared) stream.onVerdict(verdict);
      else stream.askAlone();
    }
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
    return this.isJudged() ? this.ask() : this.pass();
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

  /** The answer that the request waited for is for another one alone. */
  askAlone(): void {
    if (this.send(this.question()) == Action.Continue) this.continueRequest();
  }

  private isJudged(): bool {
    const root = this.root;
    if (root.config.ruleFor(this.requestHeaders).isDisabled) return false;
    if (root.config.enforcement.drawEnabled()) return true;
    root.statistics.disabled.increment();
    return false;
  }

  private question(): Question {
    return this.root.config.service!.question(this, Bytes.empty);
  }

  private ask(): Action {
    const question = this.question();
    const settings = this.root.config.cache;
    return settings === null ? this.send(question) : this.askOnce(question, settings);
  }

  private send(question: Question): Action {
    this.isAsking = question.send(this, this.root.receiver);
    return this.isAsking ? Action.Pause : this.decide(new Verdict(Outcome.Error));
  }

  /** Asks unless the verdict is known, or somebody is asking already. */
  private askOnce(question: Question, settings: CacheSettings): Action {
    const root = this.root;
    const key = settings.keyOf(question, this.requestHeaders);
    if (key.isAbsent) return this.send(question);
    const known = root.cache.find(key, this.nowNanos());
    if (known !== null) return this.decideKnown(known);
    this.isAsking = root.flights.join(key, this.id);
    if (this.isAsking) root.statistics.shared.increment();
    return this.isAsking ? Action.Pause : this.depart(question, key);
  }

  private decideKnown(verdict: Verdict): Action {
    this.root.statistics.cacheHit.increment();
    return this.decide(verdict);
  }

  /** The plugin asks, not the stream: others may come to wait for the answer. */
  private depart(question: Question, key: Bytes): Action {
    const root = this.root;
    const flight = root.flights.depart(key, this.id);
    this.isAsking = question.send(root, flight);
    if (this.isAsking) return Action.Pause;
    root.flights.land(flight);
    return this.decide(new Verdict(Outcome.Error));
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
    if (this.root.config.failureModeAllow) return this.allowFailure();
    return this.refuse(this.root.config.statusOnError, utf8("ext_authz_error"), verdict);
  }

  private allow(verdict: Verdict): Action {
    const root = this.root;
    root.statistics.ok.increment();
    this.verdict = verdict;
    this.pass();
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
    this.pass();
    if (root.config.tellsFailure) this.requestHeaders.set(utf8("x-envoy-auth-failure-mode-allowed"), utf8("true"));
    return Action.Continue;
  }

  /** Ends the request, unless that is left out. */
  private refuse(status: u32, details: Bytes, verdict: Verdict): Action {
    const root = this.root;
    if (!root.config.enforcement.drawEnforced(this, utf8("ext_authz.shadow_result"))) {
      root.statistics.shadowDenied.increment();
      return this.pass();
    }
    const body = status == 204 || status == 304 ? Bytes.empty : verdict.body.view;
    if (!this.sendLocalResponse(status, details, body, verdict.responseChanges.toList())) {
      this.sendLocalResponse(root.config.statusOnError, details);
    }
    return Action.Pause;
  }

  /** The request goes on, without what only the service may say of it. */
  private pass(): Action {
    this.root.config.service!.strip(this.requestHeaders);
    stripHeader(this.requestHeaders, utf8("x-envoy-auth-failure-mode-allowed"));
    return Action.Continue;
  }
}
