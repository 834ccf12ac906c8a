import { Bytes } from "@sluice/sdk";
import { Jwt } from "../common/jose/jwt";
import { numberField, packFields, unpackFields } from "./packed-fields";
import { Provider } from "./provider";
import { TokenAnswer } from "./token-answer";

const FIELDS: i32 = 5;
/** Nobody is logged in for longer without the provider: 400 days, as long as browsers keep cookies. */
const MAX_SECONDS: u64 = 34560000;

/** Somebody who is logged in; their browser keeps it, sealed. Holds views. */
export class Session {
  /** Until when it is good as it is, and until when it can be refreshed; seconds since 1970. */
  expiry: u64 = 0;
  refreshUntil: u64 = 0;
  /** As it was verified. */
  idToken: Bytes = Bytes.empty;
  /** Empty = not needed. */
  accessToken: Bytes = Bytes.empty;
  /** Empty = there is none. */
  refreshToken: Bytes = Bytes.empty;

  /** Of tokens that are good; what an answer to a refresh leaves out stays as it was. `now` in seconds. */
  static of(provider: Provider, answer: TokenAnswer, old: Session | null, now: u64): Session {
    const session = new Session();
    session.idToken = answer.idToken.length > 0 || old === null ? answer.idToken : old.idToken;
    if (provider.forwardsToken) session.accessToken = answer.accessToken;
    if (provider.usesRefreshToken) {
      session.refreshToken = answer.refreshToken.length > 0 || old === null ? answer.refreshToken : old.refreshToken;
    }
    const seconds = answer.expiresIn > 0 ? answer.expiresIn : provider.defaultSeconds;
    session.expiry = seconds > 0 ? now + min(seconds, MAX_SECONDS) : Jwt.parse(session.idToken).claims.expiry;
    session.refreshUntil = now + provider.refreshSeconds;
    return session;
  }

  /** Null when it is none. */
  static unpack(text: Bytes): Session | null {
    const fields = unpackFields(text, FIELDS);
    if (fields.length == 0) return null;
    const session = new Session();
    session.expiry = fields[0].toU64();
    session.refreshUntil = fields[1].toU64();
    session.idToken = fields[2];
    session.accessToken = fields[3];
    session.refreshToken = fields[4];
    return session;
  }

  pack(): Bytes {
    return packFields([
      numberField(this.expiry), numberField(this.refreshUntil), this.idToken, this.accessToken, this.refreshToken,
    ]);
  }

  isGood(now: u64): bool {
    return now < this.expiry;
  }

  mayRefresh(now: u64): bool {
    return this.refreshToken.length > 0 && now < this.refreshUntil;
  }

  /** When the browser may forget it. */
  get end(): u64 {
    return this.refreshToken.length > 0 ? max(this.expiry, this.refreshUntil) : this.expiry;
  }
}
