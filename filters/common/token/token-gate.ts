import { Bytes, Counter, OwnedBytes } from "@sluice/sdk";
import { JwtStatus, jwtStatusText } from "../jose/jwt-status";
import { TokenConfig } from "./token-config";

/** What a plugin asks of requests, and how it counts and names what becomes of them. */
export class TokenGate {
  constructor(
    readonly config: TokenConfig,
    readonly allowed: Counter,
    readonly denied: Counter,
    readonly shadowDenied: Counter,
    readonly preflightBypassed: Counter,
    /** Begins the details of refusals, which end with a brace. */
    readonly detailsPrefix: OwnedBytes,
    /** Property that tells of refusals which are not carried out. */
    readonly shadowProperty: OwnedBytes,
  ) {}

  /** What a client is told that may not pass. */
  textOf(status: JwtStatus): Bytes {
    return jwtStatusText(status);
  }
}
