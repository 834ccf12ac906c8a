import { Bytes, BytesBuilder, utf8 } from "@sluice/sdk";
import { JwtStatus } from "../jose/jwt-status";
import { addQuoted, requestUri } from "../request-uri";
import { Verdict } from "./verdict";

/** Whether a token was good, and does not suffice here. */
export function isForbidden(status: JwtStatus): bool {
  return status == JwtStatus.AudienceNotAllowed || status == JwtStatus.ClaimsNotSufficient;
}

/**
 * What a client should show (RFC 6750 3), and why what it has shown does not do, unless there was no token. `metadata`: where to
 * learn more (RFC 9728 5.1); absent = nowhere.
 */
export function challengeOf(verdict: Verdict, metadata: Bytes): Bytes {
  const line = BytesBuilder.create().add(utf8("Bearer realm="));
  addQuoted(line, requestUri(verdict.stream.requestHeaders));
  if (verdict.status == JwtStatus.ClaimsNotSufficient) line.add(utf8(', error="insufficient_scope"'));
  else if (verdict.status != JwtStatus.Missing) line.add(utf8(', error="invalid_token"'));
  if (!verdict.missingScope.isAbsent) addQuoted(line.add(utf8(", scope=")), verdict.missingScope);
  if (!metadata.isAbsent) addQuoted(line.add(utf8(", resource_metadata=")), metadata);
  return line.toBytes();
}
