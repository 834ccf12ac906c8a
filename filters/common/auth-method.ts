import { Bytes, HeaderMap, HttpContext, OwnedBytes } from "@sluice/sdk";

/** What credentials a method finds in a request. */
export enum Finding {
  /** Good ones. */
  Accepted,
  /** It is not known yet: the stream is told when to ask again. */
  Pending,
  /** None. */
  Missing,
  /** Something of another kind where they would stand. */
  Foreign,
  /** Wrong ones. */
  Wrong,
  /** Those of somebody who may not do this. */
  Forbidden,
}

/** What a method says of a request; lives as long as a callback. */
export class Judgement {
  constructor(
    readonly finding: Finding,
    /** Why it is not accepted, for the access log. */
    readonly details: Bytes,
    /** Who it is that was accepted. */
    readonly principal: Bytes = Bytes.absent,
  ) {}

  /** The request goes on: tells the upstream and other filters whom it is from. */
  tell(stream: HttpContext): void {}
}

/** A way to show who one is. */
export abstract class AuthMethod {
  /** Appends the headers that tell the upstream who it is; no client may write them. */
  abstract ownHeadersInto(names: OwnedBytes[]): void;

  /** Appends the headers in which credentials may stand. */
  abstract credentialHeadersInto(names: OwnedBytes[]): void;

  /** Judges the credentials of a request, whose head has just come or waited for the verdict. */
  abstract judge(stream: HttpContext): Judgement;

  /** What a client should show (RFC 9110 11.6.1), after a judgement of this request; absent = nothing is said. */
  abstract challenge(stream: HttpContext, judgement: Judgement | null): Bytes;

  /** Takes credentials out of a request that goes on, if the upstream is not to see them. */
  abstract hide(headers: HeaderMap): void;
}
