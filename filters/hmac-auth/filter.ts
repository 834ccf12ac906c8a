import { Action, Bytes, Counter, HttpContext, utf8 } from "@sluice/sdk";
import { ConfigReader, ConfiguredRoot } from "@sluice/sdk/config";
import { ReplayWindow, Sighting } from "../common/replay-window";
import { Config } from "./config";
import { Verdict } from "./scheme";

/*
 * The first scheme that a request uses judges its head, and then, where the signature is one of the body, the whole body,
 * which is held back until then. Whether the head is held back as well is a matter of configuration.
 */

/** One configured plugin. */
export class HmacAuthRoot extends ConfiguredRoot {
  config: Config = new Config();
  /** Null when signatures may come again. */
  replay: ReplayWindow | null = null;
  allowed!: Counter;
  denied!: Counter;
  shadowDenied!: Counter;

  protected override readConfig(reader: ConfigReader): void {
    this.config = Config.read(reader);
  }

  protected override start(): void {
    const config = this.config;
    this.replay = config.rejectsReplay ? new ReplayWindow(this, utf8("hmac_auth.replay."), config.replayEntries) : null;
    this.allowed = this.defineCounter(utf8("hmac_auth.allowed"));
    this.denied = this.defineCounter(utf8("hmac_auth.denied"));
    this.shadowDenied = this.defineCounter(utf8("hmac_auth.shadow_denied"));
  }

  override createHttpContext(id: u32): HttpContext {
    return new HmacAuth(id, this);
  }
}

class HmacAuth extends HttpContext {
  /** Of a head whose body is still to come. */
  private awaited: Verdict | null = null;

  constructor(id: u32, private readonly root: HmacAuthRoot) {
    super(id);
  }

  override onRequestHeaders(endOfStream: bool): Action {
    const config = this.root.config;
    if (!config.enforcement.drawEnabled()) return Action.Continue;
    const scheme = config.schemeOf(this.requestHeaders);
    if (scheme === null) return this.refuse(utf8("hmac_auth_missing_signature"));
    const verdict = scheme.judge(this.requestHeaders, this.nowNanos());
    if (!verdict.fault.isAbsent) return this.refuse(verdict.fault);
    if (config.hidesCredentials) scheme.hide(this.requestHeaders);
    if (verdict.bodyCheck === null || endOfStream) return this.finish(verdict, Bytes.empty);
    this.awaited = verdict;
    return config.holdsHead ? Action.Pause : Action.Continue;
  }

  override onRequestBody(size: u32, endOfStream: bool): Action {
    const verdict = this.awaited;
    if (verdict === null) return Action.Continue;
    if (size > this.root.config.maxBodyBytes) return this.refuse(utf8("hmac_auth_body_too_large"));
    return endOfStream ? this.finish(verdict, this.requestBody.read()) : Action.Pause;
  }

  override onRequestTrailers(): Action {
    const verdict = this.awaited;
    return verdict === null ? Action.Continue : this.finish(verdict, this.requestBody.read());
  }

  /** Who shows a head whose body never comes must not learn what the upstream answers to it. */
  override onResponseHeaders(endOfStream: bool): Action {
    const isEarly = this.awaited !== null && this.getProperty(utf8("response\0code_details")).equals(utf8("via_upstream"));
    return isEarly ? this.refuse(utf8("hmac_auth_body_incomplete")) : Action.Continue;
  }

  private finish(verdict: Verdict, body: Bytes): Action {
    const check = verdict.bodyCheck;
    const fault = check === null ? Bytes.absent : check.fault(body);
    if (!fault.isAbsent) return this.refuse(fault);
    const replayed = this.replayFault(verdict);
    if (!replayed.isAbsent) return this.refuse(replayed);
    this.awaited = null;
    this.setProperty(utf8("auth.principal"), verdict.principal.view);
    this.root.allowed.increment();
    return Action.Continue;
  }

  private replayFault(verdict: Verdict): Bytes {
    const replay = this.root.replay;
    const check = verdict.bodyCheck;
    const id = check === null || check.messageId.view.isAbsent ? verdict.replayId.view : check.messageId.view;
    if (replay === null || id.isAbsent) return Bytes.absent;
    return faultOf(replay.take(this, verdict.principal.view, id, this.nowNanos(), verdict.replayNanos));
  }

  /** Answers the client, unless refusals are only told. */
  private refuse(fault: Bytes): Action {
    const root = this.root;
    this.awaited = null;
    if (!root.config.enforcement.drawEnforced(this, utf8("hmac_auth.shadow_result"))) {
      root.shadowDenied.increment();
      return Action.Continue;
    }
    root.denied.increment();
    if (fault.equals(utf8("hmac_auth_digest_mismatch"))) {
      this.sendLocalResponse(400, fault, utf8("The body is not the one of its digest."));
    } else if (fault.equals(utf8("hmac_auth_body_too_large"))) {
      this.sendLocalResponse(413, fault, utf8("The body is too large."));
    } else root.config.reply.send(this, fault, root.config.challenge(fault));
    return Action.Pause;
  }
}

/** Absent = none. */
function faultOf(sighting: Sighting): Bytes {
  switch (sighting) {
    case Sighting.First: return Bytes.absent;
    case Sighting.Again: return utf8("hmac_auth_signature_replayed");
    case Sighting.NoPlace: return utf8("hmac_auth_replay_window_full");
    default: return utf8("hmac_auth_replay_window_busy");
  }
}
