import { Bytes, HttpContext } from "@sluice/sdk";
import { KeyOwner } from "./key-source";
import { Location } from "../common/location";
import { Provider } from "./provider";
import { VerifiedToken } from "./verified-token";

/** A token that let a request in. */
export class Accepted {
  constructor(readonly token: VerifiedToken, readonly provider: Provider, readonly location: Location) {}
}

/** One judgement of a request; lives as long as a callback. A request that waited for keys is judged anew. */
export class Attempt {
  readonly accepted: Accepted[] = [];
  /** Tokens that were found at the place that is looked at. */
  readonly tokens: Bytes[] = [];
  /** The scope that a token lacks. */
  missingScope: Bytes = Bytes.absent;

  constructor(readonly owner: KeyOwner, readonly stream: HttpContext, readonly nowNanos: u64) {}

  /** The tokens that stand at a place, until the next call. */
  tokensAt(location: Location): Bytes[] {
    this.tokens.length = 0;
    location.find(this.stream.requestHeaders, this.tokens);
    return this.tokens;
  }
}
