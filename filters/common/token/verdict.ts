import { Bytes, HttpContext, utf8 } from "@sluice/sdk";
import { JwtStatus } from "../jose/jwt-status";
import { Location } from "../location";
import { KeyOwner } from "./key-source";
import { Provider } from "./provider";
import { VerifiedToken } from "./verified-token";

/** A token that lets a request in. */
export class Accepted {
  constructor(readonly token: VerifiedToken, readonly provider: Provider, readonly location: Location) {}
}

/** What comes of the tokens of a request; lives as long as a callback. A request that waited for keys gets another one. */
export class Verdict {
  /** Ok: all that is required was shown; Pending: the stream is told by `onDocumentSettled`; otherwise why not. */
  status: JwtStatus = JwtStatus.Missing;
  /** The tokens that showed it; none when none was required. */
  readonly accepted: Accepted[] = [];
  /** The scope that a token lacks; absent when that is not the reason. */
  missingScope: Bytes = Bytes.absent;
  private readonly tokens: Bytes[] = [];

  constructor(readonly owner: KeyOwner, readonly stream: HttpContext, readonly nowNanos: u64) {}

  /** The tokens that stand at a place, until the next call. For requirements. */
  tokensAt(location: Location): Bytes[] {
    this.tokens.length = 0;
    location.find(this.stream.requestHeaders, this.tokens);
    return this.tokens;
  }

  /** The request goes on: takes good tokens out of it, and tells the upstream and other filters what they claim. */
  carryOut(): void {
    const accepted = this.accepted;
    for (let i = 0; i < accepted.length; i++) {
      if (!accepted[i].provider.output.keepsToken) accepted[i].location.remove(this.stream.requestHeaders);
    }
    for (let i = 0; i < accepted.length; i++) this.tell(accepted[i].token);
    if (accepted.length == 0) return;
    this.stream.setProperty(utf8("auth.principal"), accepted[0].token.principal.view);
    this.stream.setProperty(utf8("auth.claims"), accepted[0].token.claims.view);
  }

  private tell(token: VerifiedToken): void {
    const told = token.headers;
    for (let i = 0; i < told.length; i++) this.stream.requestHeaders.add(told[i].name.view, told[i].value.view);
  }
}
