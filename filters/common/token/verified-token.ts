import { OwnedBytes } from "@sluice/sdk";
import { Claims } from "../jose/claims";
import { Jwks } from "../jose/jwks";

/** A header that tells the upstream something of a token. */
export class TokenHeader {
  constructor(readonly name: OwnedBytes, readonly value: OwnedBytes) {}
}

/** A token whose signature holds: what has to be looked at whenever it is shown again, and what is told of it. */
export class VerifiedToken {
  /** All claims, as JSON. */
  readonly claims: OwnedBytes;
  readonly audiences: OwnedBytes[];
  /** Seconds since 1970, or `NO_MOMENT`; as below. */
  readonly expiry: u64;
  readonly notBefore: u64;

  constructor(
    claims: Claims,
    /** Issuer and subject with a slash between them. */
    readonly principal: OwnedBytes,
    readonly headers: TokenHeader[],
    /** For whom it is alone; absent = for who has it. */
    readonly client: OwnedBytes,
  ) {
    this.claims = claims.json.toOwned();
    this.audiences = claims.audiences;
    this.expiry = claims.expiry;
    this.notBefore = claims.notBefore;
  }
}
