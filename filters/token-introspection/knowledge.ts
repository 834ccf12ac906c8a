import { OwnedBytes } from "@sluice/sdk";
import { JwtStatus } from "../common/jose/jwt-status";
import { VerifiedToken } from "../common/token/verified-token";

/** What is known of a token. */
export class Knowledge {
  constructor(
    /** Ok, or what is wrong with it for everybody. */
    readonly status: JwtStatus,
    /** Null unless it is active. */
    readonly token: VerifiedToken | null,
    /** Nanoseconds since 1970 until which this counts. */
    readonly until: u64,
  ) {}
}

/** A question on its way, and the streams that wait for the answer. */
export class Flight {
  readonly waiting: u32[] = [];

  constructor(readonly digest: OwnedBytes) {}
}
