import { Bytes, JsonToken, OwnedBytes, SHA512, encodeBase64Url, utf8 } from "@sluice/sdk";
import { Algorithm, hashOf } from "../common/jose/algorithm";
import { NO_MOMENT } from "../common/jose/claims";
import { Jwt } from "../common/jose/jwt";
import { JwtStatus } from "../common/jose/jwt-status";
import { memberOf, readerOf } from "../common/json-member";

/** Seconds by which clocks may differ. */
const SKEW: u64 = 60;

/** What an id token must be (OpenID Connect Core 3.1.3.7, 12.2), beside being signed. */
export class IdTokenDemands {
  constructor(private readonly issuer: Bytes, private readonly clientId: Bytes) {}

  /** What has to stand in it; `needsNonce` is false where it may be missing. */
  nonce: Bytes = Bytes.empty;
  needsNonce: bool = true;
  /** Whose it is; empty = anybody's. */
  subject: Bytes = Bytes.empty;
  /** What it came with. */
  accessToken: Bytes = Bytes.empty;

  /** Why it is not good, as details; absent when it is. */
  fault(token: Jwt, now: u64): Bytes {
    const claims = token.claims;
    if (token.status != JwtStatus.Ok) return utf8("oidc_malformed_id_token");
    if (!claims.issuer.equals(this.issuer)) return utf8("oidc_id_token_of_other_issuer");
    if (!this.isForClient(token)) return utf8("oidc_id_token_for_other_client");
    if (claims.expiry == NO_MOMENT || now >= claims.expiry + SKEW) return utf8("oidc_id_token_expired");
    if (claims.notBefore != NO_MOMENT && now + SKEW < claims.notBefore) return utf8("oidc_id_token_not_yet_valid");
    if (claims.subject.length == 0) return utf8("oidc_id_token_without_subject");
    if (this.subject.length > 0 && !claims.subject.equals(this.subject)) return utf8("oidc_id_token_of_other_subject");
    if (!this.hasNonce(token)) return utf8("oidc_wrong_nonce");
    return this.isForAccessToken(token) ? Bytes.absent : utf8("oidc_wrong_at_hash");
  }

  private hasNonce(token: Jwt): bool {
    const nonce = claimOf(token, utf8("nonce"));
    return nonce.isAbsent ? !this.needsNonce : nonce.equals(this.nonce);
  }

  /** One that is for several says who asked for it. */
  private isForClient(token: Jwt): bool {
    const audiences = token.claims.audiences;
    const party = claimOf(token, utf8("azp"));
    if (audiences.length > 1 || !party.isAbsent) {
      if (!party.equals(this.clientId)) return false;
    }
    return lists(audiences, this.clientId);
  }

  /** `at_hash`, if it is there: half of the access token's digest. */
  private isForAccessToken(token: Jwt): bool {
    const code = claimOf(token, utf8("at_hash"));
    if (code.isAbsent) return true;
    const algorithm = token.jws.algorithm;
    const hash = algorithm == Algorithm.EdDSA ? SHA512 : hashOf(algorithm);
    const digest = hash.digest(this.accessToken);
    return encodeBase64Url(digest.slice(0, digest.length / 2)).equals(code);
  }
}

/** The text of a claim; absent when there is none, empty when it is no text. */
export function claimOf(token: Jwt, name: Bytes): Bytes {
  const json = memberOf(token.claims.json, name);
  if (json.isAbsent) return json;
  const reader = readerOf(json);
  return reader.next() == JsonToken.String ? reader.text : Bytes.empty;
}

function lists(audiences: OwnedBytes[], one: Bytes): bool {
  for (let i = 0; i < audiences.length; i++) if (audiences[i].view.equals(one)) return true;
  return false;
}
