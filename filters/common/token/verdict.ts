import { Bytes, HttpContext, utf8 } from "@sluice/sdk";
import { JwtStatus } from "../jose/jwt-status";
import { Location } from "../location";
import { stripHeader } from "../strip-header";
import { Provider } from "./provider";
import { TokenOwner } from "./token-owner";
import { VerifiedToken } from "./verified-token";

/** After so many keys tried and questions asked no further token is looked at: one request must not keep its worker from all others. */
const MOST_EFFORTS: i32 = 16;

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
  /** Algorithms of the proofs that tokens have to be shown with; absent = they are shown without. */
  proofAlgorithms: Bytes = Bytes.absent;
  private readonly tokens: Bytes[] = [];
  /** Keys that were tried, and questions that were asked. For providers. */
  efforts: i32 = 0;
  /** Who made the proof of the request, what it is called, and for how long it is good. For bindings. */
  proofKey: Bytes = Bytes.absent;
  proofId: Bytes = Bytes.absent;
  proofNanos: u64 = 0;

  constructor(readonly owner: TokenOwner, readonly stream: HttpContext, readonly nowNanos: u64) {}

  /** The tokens that stand at a place, until the next call. For requirements. */
  tokensAt(location: Location): Bytes[] {
    this.tokens.length = 0;
    location.find(this.stream.requestHeaders, this.tokens);
    return this.tokens;
  }

  /** Whether the request has more tokens than are looked at. For providers. */
  get isExhausted(): bool {
    return this.efforts >= MOST_EFFORTS;
  }

  /** The request has a good proof. For bindings. */
  noteProof(key: Bytes, id: Bytes, nanos: u64): void {
    this.proofKey = key;
    this.proofId = id;
    this.proofNanos = max(this.proofNanos, nanos);
  }

  /** All that is required was shown: proofs let nobody in again. One request has one. */
  useProof(): JwtStatus {
    for (let i = 0; i < this.accepted.length; i++) {
      const binding = this.accepted[i].provider.binding;
      if (binding.needsProof) return binding.useProof(this);
    }
    return JwtStatus.Ok;
  }

  /** The request goes on: takes good tokens out of it, and tells the upstream and other filters what they claim. */
  carryOut(): void {
    const accepted = this.accepted;
    for (let i = 0; i < accepted.length; i++) this.hide(accepted[i].provider, accepted[i].location);
    for (let i = 0; i < accepted.length; i++) this.tell(accepted[i].token);
    if (accepted.length == 0) return;
    this.stream.setProperty(utf8("auth.principal"), accepted[0].token.principal.view);
    this.stream.setProperty(utf8("auth.claims"), accepted[0].token.claims.view);
  }

  /** Takes a provider's tokens out of a place, with their proof, unless the upstream gets them. */
  hide(provider: Provider, location: Location): void {
    if (provider.output.keepsToken) return;
    location.remove(this.stream.requestHeaders);
    if (provider.binding.needsProof) stripHeader(this.stream.requestHeaders, utf8("dpop"));
  }

  private tell(token: VerifiedToken): void {
    const told = token.headers;
    for (let i = 0; i < told.length; i++) this.stream.requestHeaders.add(told[i].name.view, told[i].value.view);
  }
}
