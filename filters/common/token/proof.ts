import { Bytes, HeaderMap, JsonReader, JsonToken, Jwk, encodeBase64Url, sha256, utf8 } from "@sluice/sdk";
import { DecisionPath } from "../decision-path";
import { Algorithm } from "../jose/algorithm";
import { Claims, NO_MOMENT } from "../jose/claims";
import { Jws } from "../jose/jws";
import { JwtStatus } from "../jose/jwt-status";
import { VerificationKey } from "../jose/verification-key";
import { textOf } from "../json-member";
import { schemeOf } from "../request-uri";
import { ClientBinding } from "./client-binding";
import { Verdict } from "./verdict";

const SECOND: u64 = 1000000000;
const BLANK: u8 = 0x20;
const SLASH: u8 = 0x2f;
const QUESTION: u8 = 0x3f;
const HASH_SIGN: u8 = 0x23;

/**
 * Whether a request proves that its client has the key that a token is bound to (RFC 9449 4.3, 7.1): `thumbprint` is the key's. That the
 * proof was not shown before is for the whole verdict to find out.
 */
export function judgeProof(verdict: Verdict, binding: ClientBinding, token: Bytes, thumbprint: Bytes, skew: u64): JwtStatus {
  const headers = verdict.stream.requestHeaders;
  const name = utf8("dpop");
  if (!isShownByScheme(headers, token)) return JwtStatus.Unproven;
  if (!headers.has(name)) return JwtStatus.ProofMissing;
  const jws = Jws.parseProof(headers.get(name));
  if (headers.count(name) != 1 || jws.status != JwtStatus.Ok) return JwtStatus.BadProof;
  if (jws.algorithm <= Algorithm.HS512 || !binding.algorithms.has(jws.algorithm)) return JwtStatus.BadProof;
  const key = keyOf(jws);
  if (key === null) return JwtStatus.BadProof;
  if (!key.thumbprint().equals(thumbprint)) return JwtStatus.OtherKey;
  const claims = Claims.read(jws.payload);
  const status = judgeClaims(claims, headers, token);
  if (status != JwtStatus.Ok) return status;
  const now = verdict.nowNanos / SECOND;
  const until = claims.issuedAt + binding.maxAge + skew;
  if (claims.issuedAt > now + skew || until < now) return JwtStatus.OldProof;
  if (!isSignedBy(key, jws)) return JwtStatus.BadProof;
  verdict.noteProof(thumbprint, claims.tokenId, (until - now) * SECOND);
  return JwtStatus.Ok;
}

/** Whether the token stands alone behind the scheme of such tokens. */
function isShownByScheme(headers: HeaderMap, token: Bytes): bool {
  const name = utf8("authorization");
  const value = headers.get(name);
  const scheme = utf8("dpop ");
  if (headers.count(name) != 1 || !value.startsWithIgnoreCase(scheme)) return false;
  let at = scheme.length;
  while (value[at] == BLANK) at++;
  return value.slice(at).equals(token);
}

function judgeClaims(claims: Claims, headers: HeaderMap, token: Bytes): JwtStatus {
  const json = claims.json;
  if (claims.status != JwtStatus.Ok || claims.tokenId.length == 0 || claims.issuedAt == NO_MOMENT) return JwtStatus.BadProof;
  const isSameMethod = textOf(json, utf8("htm")).equals(headers.get(utf8(":method")));
  if (!isSameMethod || !isUriOf(textOf(json, utf8("htu")), headers)) return JwtStatus.OtherRequest;
  return textOf(json, utf8("ath")).equals(encodeBase64Url(sha256(token))) ? JwtStatus.Ok : JwtStatus.OtherToken;
}

/** Whether it is the URI of the request but for query, fragment and what is only written in another way (RFC 3986 6.2.2, 6.2.3). */
function isUriOf(uri: Bytes, headers: HeaderMap): bool {
  const scheme = schemeOf(headers);
  if (!uri.startsWithIgnoreCase(scheme) || !uri.slice(scheme.length).startsWith(utf8("://"))) return false;
  const start = scheme.length + 3;
  let end = start;
  while (end < uri.length && uri[end] != SLASH && uri[end] != QUESTION && uri[end] != HASH_SIGN) end++;
  const isSecure = scheme.equalsIgnoreCase(utf8("https"));
  const authority = withoutPort(headers.get(utf8(":authority")), isSecure);
  if (!withoutPort(uri.slice(start, end), isSecure).equalsIgnoreCase(authority)) return false;
  const path = end < uri.length && uri[end] == SLASH ? uri.slice(end) : utf8("/");
  const decision = new DecisionPath();
  return decision.of(path).equals(decision.of(headers.get(utf8(":path"))));
}

/** Without the port that the scheme has anyway. */
function withoutPort(authority: Bytes, isSecure: bool): Bytes {
  const port = isSecure ? utf8(":443") : utf8(":80");
  const rest = authority.length - port.length;
  return rest >= 0 && authority.slice(rest).equals(port) ? authority.slice(0, rest) : authority;
}

/** The key that the proof names; null when it is malformed, or gives away its private part. */
function keyOf(jws: Jws): Jwk | null {
  const reader = new JsonReader(jws.jwk);
  if (reader.next() != JsonToken.BeginObject) return null;
  while (reader.next() == JsonToken.Name) if (isPrivate(reader.text) || !reader.skipValue()) return null;
  return Jwk.parse(jws.jwk);
}

/** Members of RFC 7518 6.2.2, 6.3.2 and 6.4.1. */
function isPrivate(name: Bytes): bool {
  return name.length < 4 && utf8(" d p q dp dq qi oth k ").indexOf(name) >= 0;
}

function isSignedBy(jwk: Jwk, jws: Jws): bool {
  const key = VerificationKey.of(jwk);
  if (key === null || !(jwk.alg.isAbsent || jwk.alg.equals(jws.alg))) return false;
  return key.verify(jws.algorithm, jws.signingInput, jws.signature);
}
