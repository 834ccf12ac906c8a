import { Action, HeaderMap, HttpContext, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { DocumentStream } from "../common/document-root";
import { JwtStatus } from "../common/jose/jwt-status";
import { stripHeader } from "../common/strip-header";
import { KeyOwner } from "../common/token/key-source";
import { Requirement } from "../common/token/requirement";
import { TokenStatistics } from "../common/token/token-statistics";
import { Config } from "./config";
import { sendFailure } from "./failure";
import { Statistics } from "./statistics";

/*
 * What a client writes into headers that tell of tokens is removed whatever becomes of the request. A request is judged as a
 * whole; when keys are awaited it is held, and judged anew once they have come or failed to.
 */

/** One configured plugin. */
export class JwtAuthnRoot extends KeyOwner {
  config: Config = new Config();
  statistics!: Statistics;

  protected override readConfig(reader: ConfigReader): void {
    this.config = Config.read(reader);
  }

  protected override start(): void {
    this.statistics = new Statistics(this);
    this.tokens = new TokenStatistics(this);
    this.config.providers.open(this);
  }

  override createHttpContext(id: u32): HttpContext {
    return new JwtAuthn(id, this);
  }
}

class JwtAuthn extends DocumentStream {
  /** What is asked of the request while it waits for keys. */
  private awaited: Requirement | null = null;

  constructor(id: u32, private readonly root: JwtAuthnRoot) {
    super(id);
  }

  override onRequestHeaders(endOfStream: bool): Action {
    const config = this.root.config;
    const headers = this.requestHeaders;
    const ownHeaders = config.providers.ownHeaders;
    for (let i = 0; i < ownHeaders.length; i++) stripHeader(headers, ownHeaders[i].view);
    if (config.bypassesPreflight && isPreflight(headers)) {
      this.root.statistics.preflightBypassed.increment();
      return this.letIn();
    }
    const requirement = config.requirementFor(this);
    return requirement === null ? this.letIn() : this.judge(requirement);
  }

  override onDocumentSettled(): void {
    const requirement = this.awaited;
    if (requirement === null) return;
    this.awaited = null;
    this.isWaiting = false;
    if (this.judge(requirement) == Action.Continue) this.continueRequest();
  }

  private judge(requirement: Requirement): Action {
    const verdict = requirement.decide(this.root, this);
    if (verdict.status == JwtStatus.Ok) {
      verdict.carryOut();
      return this.letIn();
    }
    if (verdict.status == JwtStatus.Pending) {
      this.awaited = requirement;
      this.isWaiting = true;
    } else {
      this.root.statistics.denied.increment();
      sendFailure(this, this.root.config, verdict);
    }
    return Action.Pause;
  }

  private letIn(): Action {
    this.root.statistics.allowed.increment();
    return Action.Continue;
  }
}

/** A question of a browser whether it may ask (Fetch 4.8); it carries no credentials. */
function isPreflight(headers: HeaderMap): bool {
  return headers.get(utf8(":method")).equals(utf8("OPTIONS"))
    && headers.get(utf8("origin")).length > 0
    && headers.get(utf8("access-control-request-method")).length > 0;
}
