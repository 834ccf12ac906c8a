import { Bytes, HeaderList, HttpContext, JsonWriter, utf8 } from "@sluice/sdk";
import { challengeOf, detailsOf, isForbidden } from "./challenge";
import { TokenGate } from "./token-gate";
import { Verdict } from "./verdict";

/** Ends a request that may not pass. */
export function sendFailure(stream: HttpContext, gate: TokenGate, verdict: Verdict): void {
  const config = gate.config;
  const code: u32 = isForbidden(verdict.status) ? 403 : 401;
  const text = gate.textOf(verdict.status);
  const details = detailsOf(gate.detailsPrefix.view, text);
  if (config.stripsFailure) {
    stream.sendLocalResponse(code, details);
    return;
  }
  const headers = HeaderList.create().add(utf8("www-authenticate"), challengeOf(verdict, config.resourceMetadata.view));
  if (config.isProblem) headers.add(utf8("content-type"), utf8("application/problem+json"));
  stream.sendLocalResponse(code, details, config.isProblem ? problemOf(code, text) : text, headers);
}

/** Problem details (RFC 9457) of the type about:blank. */
function problemOf(code: u32, text: Bytes): Bytes {
  return JsonWriter.create().beginObject().name(utf8("status")).uint(code).name(utf8("detail")).string(text).endObject().toBytes();
}
