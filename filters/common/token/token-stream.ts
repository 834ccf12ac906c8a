import { Action, HeaderMap, HttpContext, utf8 } from "@sluice/sdk";
import { DocumentStream } from "../document-root";
import { JwtStatus } from "../jose/jwt-status";
import { stripHeader } from "../strip-header";
import { sendFailure } from "./failure";
import { Requirement } from "./requirement";
import { TokenGate } from "./token-gate";
import { TokenOwner } from "./token-owner";
import { Verdict } from "./verdict";

/*
 * What a client writes into headers that tell of tokens is removed whatever becomes of the request. A request is judged as a
 * whole; when keys or answers are awaited it is held, and judged anew once they have come or failed to.
 */

/** A request whose tokens are looked at. */
export class TokenStream extends DocumentStream {
  /** What is asked of the request while it waits for keys. */
  private awaited: Requirement | null = null;

  constructor(id: u32, private readonly owner: TokenOwner, private readonly gate: TokenGate) {
    super(id);
  }

  override onRequestHeaders(endOfStream: bool): Action {
    const config = this.gate.config;
    const headers = this.requestHeaders;
    const ownHeaders = config.providers.ownHeaders;
    for (let i = 0; i < ownHeaders.length; i++) stripHeader(headers, ownHeaders[i].view);
    if (!config.enforcement.drawEnabled()) return Action.Continue;
    if (config.bypassesPreflight && isPreflight(headers)) {
      this.gate.preflightBypassed.increment();
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
    const verdict = requirement.decide(this.owner, this);
    if (verdict.status == JwtStatus.Ok) {
      verdict.carryOut();
      return this.letIn();
    }
    if (verdict.status != JwtStatus.Pending) return this.refuse(verdict);
    this.awaited = requirement;
    this.isWaiting = true;
    return Action.Pause;
  }

  /** Refuses the request, unless that is left out: then it goes on without its tokens, and nothing is told of them. */
  private refuse(verdict: Verdict): Action {
    const gate = this.gate;
    if (!gate.config.enforcement.drawEnforced(this, gate.shadowProperty.view)) {
      gate.shadowDenied.increment();
      gate.config.providers.hideTokens(verdict);
      return Action.Continue;
    }
    gate.denied.increment();
    sendFailure(this, gate, verdict);
    return Action.Pause;
  }

  private letIn(): Action {
    this.gate.allowed.increment();
    return Action.Continue;
  }
}

/** A question of a browser whether it may ask (Fetch 4.8); it carries no credentials. */
function isPreflight(headers: HeaderMap): bool {
  return headers.get(utf8(":method")).equals(utf8("OPTIONS"))
    && headers.get(utf8("origin")).length > 0
    && headers.get(utf8("access-control-request-method")).length > 0;
}
