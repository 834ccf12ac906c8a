import { Bytes, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { Claims, NO_MOMENT } from "../jose/claims";
import { JwtStatus } from "../jose/jwt-status";
import { StringMatch } from "../string-match";
import { readText } from "../text-match";
import { AlgorithmSet } from "./algorithm-set";
import { Audiences } from "./audiences";
import { RequiredClaim } from "./required-claim";

const SECOND: u64 = 1000000000;
const DEFAULT_SKEW: u32 = 60;
const MOST_SKEW: u32 = 86400;

/** What a provider's tokens must be. */
export class Demands {
  audiences: Audiences = new Audiences();
  /** Absent = any. */
  issuer: OwnedBytes = OwnedBytes.absent();
  private isAudienceLoose: bool = false;
  private subjects: StringMatch | null = null;
  /** Those that its tokens may be signed with. */
  readonly algorithms: AlgorithmSet = new AlgorithmSet();
  private needsExpiry: bool = false;
  /** Seconds that a token may still be good for. */
  private maxLifetime: u64 = NO_MOMENT;
  /** Seconds by which clocks may differ. */
  skew: u64 = DEFAULT_SKEW;
  private readonly claims: RequiredClaim[] = [];

  /** Reads the current field when it is one of these; false when it is another one. */
  readField(reader: ConfigReader): bool {
    if (reader.at(utf8("issuer"))) this.issuer = reader.readText();
    else if (reader.at(utf8("audiences"))) this.audiences = Audiences.read(reader);
    else if (reader.at(utf8("audience_match"))) this.isAudienceLoose = reader.readChoice(utf8("exact or envoy")) == 1;
    else if (reader.at(utf8("subjects"))) this.subjects = readText<StringMatch>(reader);
    else if (reader.at(utf8("algorithms"))) this.algorithms.read(reader);
    else if (reader.at(utf8("require_expiration"))) this.needsExpiry = reader.readBool();
    else if (reader.at(utf8("max_lifetime"))) this.maxLifetime = reader.readDurationNanos() / SECOND;
    else if (reader.at(utf8("clock_skew_seconds"))) this.skew = reader.readU32(1, MOST_SKEW);
    else if (reader.at(utf8("required_claims"))) this.readClaims(reader);
    else return false;
    return true;
  }

  /** Of whom a token is, and of what time; `audiences` are those that count here. */
  check(claims: Claims, audiences: Audiences, nowNanos: u64): JwtStatus {
    const status = this.checkOrigin(claims);
    if (status != JwtStatus.Ok) return status;
    return this.checkAgain(claims.expiry, claims.notBefore, claims.audiences, audiences, nowNanos);
  }

  /** Who has issued a token, and about whom. */
  checkOrigin(claims: Claims): JwtStatus {
    const issuer = this.issuer.view;
    if (issuer.length > 0 && !issuer.equals(claims.issuer)) return JwtStatus.UnknownIssuer;
    const subjects = this.subjects;
    return subjects !== null && !subjects.matches(claims.subject) ? JwtStatus.VerificationFailed : JwtStatus.Ok;
  }

  /** What may have changed since a token was checked, or be another thing for another rule. */
  checkAgain(expiry: u64, notBefore: u64, seen: OwnedBytes[], audiences: Audiences, nowNanos: u64): JwtStatus {
    const now = nowNanos / SECOND;
    if (notBefore != NO_MOMENT && now + this.skew < notBefore) return JwtStatus.NotYetValid;
    if (expiry != NO_MOMENT && now > this.skew && now - this.skew > expiry) return JwtStatus.Expired;
    if (!this.allowsLifetime(expiry, now)) return JwtStatus.VerificationFailed;
    return audiences.allows(seen, this.isAudienceLoose) ? JwtStatus.Ok : JwtStatus.AudienceNotAllowed;
  }

  /** The first of `required_claims` that the claims, as JSON, do not have; null when they have all. */
  lackingIn(claims: Bytes): RequiredClaim | null {
    for (let i = 0; i < this.claims.length; i++) if (!this.claims[i].holds(claims)) return this.claims[i];
    return null;
  }

  private allowsLifetime(expiry: u64, now: u64): bool {
    if (expiry == NO_MOMENT) return !this.needsExpiry && this.maxLifetime == NO_MOMENT;
    return expiry < now || expiry - now <= this.maxLifetime;
  }

  private readClaims(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.claims.push(RequiredClaim.read(reader));
  }
}
