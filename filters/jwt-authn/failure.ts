import { Bytes, BytesBuilder, HeaderList, HttpContext, JsonWriter, utf8 } from "@sluice/sdk";
import { JwtStatus, jwtStatusText } from "../common/jose/jwt-status";
import { addQuoted, requestUri } from "../common/request-uri";
import { Config } from "./config";

const BLANK: u8 = 0x20;

/** Ends a request that may not pass; `scope` is what its token lacks, absent when it is not that. */
export function sendFailure(stream: HttpContext, config: Config, status: JwtStatus, scope: Bytes): void {
  const code: u32 = status == JwtStatus.AudienceNotAllowed || status == JwtStatus.ClaimsNotSufficient ? 403 : 401;
  const text = jwtStatusText(status);
  const details = detailsOf(text);
  if (config.stripsFailure) {
    stream.sendLocalResponse(code, details);
    return;
  }
  const headers = HeaderList.create().add(utf8("www-authenticate"), challenge(stream, config, status, scope));
  if (config.isProblem) headers.add(utf8("content-type"), utf8("application/problem+json"));
  stream.sendLocalResponse(code, details, config.isProblem ? problemOf(code, text) : text, headers);
}

/** RFC 6750 3: why, unless there was no token; RFC 9728 5.1: where to learn more. */
function challenge(stream: HttpContext, config: Config, status: JwtStatus, scope: Bytes): Bytes {
  const line = addQuoted(BytesBuilder.create().add(utf8("Bearer realm=")), requestUri(stream.requestHeaders));
  if (status == JwtStatus.ClaimsNotSufficient) line.add(utf8(', error="insufficient_scope"'));
  else if (status != JwtStatus.Missing) line.add(utf8(', error="invalid_token"'));
  if (!scope.isAbsent) addQuoted(line.add(utf8(", scope=")), scope);
  const metadata = config.resourceMetadata.view;
  if (!metadata.isAbsent) addQuoted(line.add(utf8(", resource_metadata=")), metadata);
  return line.toBytes();
}

/** `jwt_authn_access_denied{Jwt_is_missing}` */
function detailsOf(text: Bytes): Bytes {
  const details = BytesBuilder.create().add(utf8("jwt_authn_access_denied{"));
  for (let i = 0; i < text.length; i++) details.addByte(text[i] == BLANK ? 0x5f : text[i]);
  return details.addByte(0x7d).toBytes();
}

/** Problem details (RFC 9457) of the type about:blank. */
function problemOf(code: u32, text: Bytes): Bytes {
  return JsonWriter.create().beginObject().name(utf8("status")).uint(code).name(utf8("detail")).string(text).endObject().toBytes();
}
