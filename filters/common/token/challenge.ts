import { Bytes, BytesBuilder, utf8 } from "@sluice/sdk";
import { JwtStatus } from "../jose/jwt-status";
import { addQuoted, requestUri } from "../request-uri";
import { Verdict } from "./verdict";

const BLANK: u8 = 0x20;

/** What the access log says, `jwt_authn_access_denied{Jwt_is_missing}`; `prefix` ends with `{`, `text` is what the client is told. */
export function detailsOf(prefix: Bytes, text: Bytes): Bytes {
  const details = BytesBuilder.create().add(prefix);
  for (let i = 0; i < text.length; i++) details.addByte(text[i] == BLANK ? 0x5f : text[i]);
  return details.addByte(0x7d).toBytes();
}

/** Whether a token was good, and does not suffice here. */
export function isForbidden(status: JwtStatus): bool {
  return status == JwtStatus.AudienceNotAllowed || status == JwtStatus.ClaimsNotSufficient;
}

/**
 * What a client should show (RFC 6750 3, RFC 9449 7.1), and why what it has shown does not do, unless there was no token. `metadata`: where to
 * learn more (RFC 9728 5.1); absent = nowhere.
 */
export function challengeOf(verdict: Verdict, metadata: Bytes): Bytes {
  const algorithms = verdict.proofAlgorithms;
  const line = BytesBuilder.create().add(algorithms.isAbsent ? utf8("Bearer") : utf8("DPoP")).add(utf8(" realm="));
  addQuoted(line, requestUri(verdict.stream.requestHeaders));
  const error = errorOf(verdict.status);
  if (!error.isAbsent) addQuoted(line.add(utf8(", error=")), error);
  if (!algorithms.isAbsent) addQuoted(line.add(utf8(", algs=")), algorithms);
  if (!verdict.missingScope.isAbsent) addQuoted(line.add(utf8(", scope=")), verdict.missingScope);
  if (!metadata.isAbsent) addQuoted(line.add(utf8(", resource_metadata=")), metadata);
  return line.toBytes();
}

function errorOf(status: JwtStatus): Bytes {
  if (status == JwtStatus.Missing) return Bytes.absent;
  if (status == JwtStatus.ClaimsNotSufficient) return utf8("insufficient_scope");
  return status >= JwtStatus.ProofMissing ? utf8("invalid_dpop_proof") : utf8("invalid_token");
}
