import { Action, Bytes, Context, GrpcStatus, HeaderList, HttpContext, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { stripHeader } from "../common/strip-header";
import { CacheSettings } from "./cache-settings";
import { Config } from "./config";
import { Flight, FlightOwner, Flights } from "./flights";
import { changeQuery } from "./query-changes";
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

/** What a request waits for. */
enum Wait {
  Nothing,
  Body,
  Verdict,
}

class ExtAuthz extends HttpContext {
  private wait: Wait = Wait.Nothing;
  /** What is asked, from when the head has been read. */
  private question: Question | null = null;
  private body: OwnedBytes = OwnedBytes.absent();
  /** The head has gone on: nothing of it can be changed. */
  private isHeadSent: bool = false;
  /** The verdict that let the request pass. */
  private verdict: Verdict | null = null;

  constructor(id: u32, private readonly root: ExtAuthzRoot) {
    super(id);
  }

  override onRequestHeaders(endOfStream: bool): Action {
    if (!this.isJudged()) return this.pass();
    const config = this.root.config;
    this.question = config.service!.question(this);
    const body = config.body;
    if (body === null || endOfStream || this.requestHeaders.has(utf8("upgrade"))) return this.ask();
    this.wait = Wait.Body;
    if (body.holdsHead) return Action.Pause;
    this.pass();
    this.isHeadSent = true;
    return Action.Continue;
  }

  /** Some hosts go on with the body while the head waits. */
  override onRequestBody(size: u32, endOfStream: bool): Action {
    if (this.wait == Wait.Body) return this.onAwaitedBody(size, endOfStream);
    return this.wait == Wait.Verdict ? Action.Pause : Action.Continue;
  }

  override onRequestTrailers(): Action {
    if (this.wait == Wait.Body) return this.onAwaitedBody(this.requestBody.size, true);
    return this.wait == Wait.Verdict ? Action.Pause : Action.Continue;
  }

  /** An answer of the upstream to a request that still waits goes to nobody. */
  override onResponseHeaders(endOfStream: bool): Action {
    const isEarly = this.wait != Wait.Nothing && this.getProperty(utf8("response\0code_details")).equals(utf8("via_upstream"));
    if (isEarly) return this.onVerdictNow(new Verdict(Outcome.Error));
    const verdict = this.verdict;
    if (verdict !== null) verdict.responseChanges.apply(this.responseHeaders);
    return Action.Continue;
  }

  /** The service has been heard, or given up. */
  onVerdict(verdict: Verdict): void {
    if (this.wait == Wait.Verdict && this.onVerdictNow(verdict) == Action.Continue) this.continueRequest();
  }

  /** The answer that the request waited for is for another one alone. */
  askAlone(): void {
    if (this.wait == Wait.Verdict && this.send() == Action.Continue) this.continueRequest();
  }

  private onVerdictNow(verdict: Verdict): Action {
    this.wait = Wait.Nothing;
    return this.decide(verdict);
  }

  private isJudged(): bool {
    const root = this.root;
    if (root.config.ruleFor(this).isDisabled) return false;
    if (root.config.enforcement.drawEnabled()) return true;
    root.statistics.disabled.increment();
    return false;
  }

  private onAwaitedBody(size: u32, endOfStream: bool): Action {
    const settings = this.root.config.body!;
    const isLonger = size > settings.maxBytes;
    if (isLonger && !settings.allowsPartial) return this.refuseLength();
    if (!endOfStream && size < settings.maxBytes) return Action.Pause;
    this.body = this.requestBody.read(0, settings.maxBytes).toOwned();
    this.question!.setBody(this.body.view, isLonger || !endOfStream, settings.packsBytes);
    this.wait = Wait.Nothing;
    return this.ask();
  }

  private refuseLength(): Action {
    this.wait = Wait.Nothing;
    this.reply(413, utf8("request_payload_too_large"), utf8("Payload Too Large"), null);
    return Action.Pause;
  }

  private ask(): Action {
    const settings = this.root.config.cache;
    return settings === null ? this.send() : this.askOnce(settings);
  }

  private send(): Action {
    return this.waits(this.question!.send(this, this.root.receiver));
  }

  /** For the verdict, if the question could be sent. */
  private waits(isSent: bool): Action {
    if (!isSent) return this.onVerdictNow(new Verdict(Outcome.Error));
    this.wait = Wait.Verdict;
    return Action.Pause;
  }

  /** Asks unless the verdict is known, or somebody is asking already. */
  private askOnce(settings: CacheSettings): Action {
    const root = this.root;
    const key = settings.keyOf(this.question!, this.requestHeaders, this.body.view);
    if (key.isAbsent) return this.send();
    const known = root.cache.find(key, this.nowNanos());
    if (known !== null) return this.decideKnown(known);
    if (!root.flights.join(key, this.id)) return this.depart(key);
    root.statistics.shared.increment();
    return this.waits(true);
  }

  private decideKnown(verdict: Verdict): Action {
    this.root.statistics.cacheHit.increment();
    return this.decide(verdict);
  }

  /** The plugin asks, not the stream: others may come to wait for the answer. */
  private depart(key: Bytes): Action {
    const root = this.root;
    const flight = root.flights.depart(key, this.id);
    const isSent = this.question!.send(root, flight);
    if (!isSent) root.flights.land(flight);
    return this.waits(isSent);
  }

  private decide(verdict: Verdict): Action {
    const statistics = this.root.statistics;
    statistics.invalid.increment(verdict.invalid);
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
    const properties = verdict.properties;
    for (let i = 0; i < properties.names.length; i++) this.setProperty(properties.names[i].view, properties.values[i].view);
    if (!this.isHeadSent) this.change(verdict);
    return Action.Continue;
  }

  private change(verdict: Verdict): void {
    this.pass();
    verdict.requestChanges.apply(this.requestHeaders);
    changeQuery(this.requestHeaders, verdict.query);
  }

  private allowFailure(): Action {
    const root = this.root;
    root.statistics.failureModeAllowed.increment();
    this.pass();
    if (root.config.tellsFailure && !this.isHeadSent) this.requestHeaders.set(utf8("x-envoy-auth-failure-mode-allowed"), utf8("true"));
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
    const isSent = this.reply(status, details, body, verdict.responseChanges.pairs.toList());
    if (!isSent) this.reply(root.config.statusOnError, details, Bytes.empty, null);
    return Action.Pause;
  }

  private reply(status: u32, details: Bytes, body: Bytes, headers: HeaderList | null): bool {
    return this.sendLocalResponse(status, details, body, headers, GrpcStatus.None);
  }

  /** The request goes on, without what only the service may say of it. */
  private pass(): Action {
    if (this.isHeadSent) return Action.Continue;
    this.root.config.service!.strip(this.requestHeaders);
    stripHeader(this.requestHeaders, utf8("x-envoy-auth-failure-mode-allowed"));
    return Action.Continue;
  }
}
