import { HeaderMap, HttpContext, utf8 } from "@sluice/sdk";
import { isGrpcRequest } from "../common/grpc-request";

/**
 * Whether a browser that sends this request can be sent to a login page: it navigates, and loses nothing by it. Programs, scripts of
 * pages and requests with a body are told 401 instead.
 */
export function mayBeRedirected(stream: HttpContext): bool {
  const headers = stream.requestHeaders;
  const method = headers.get(utf8(":method"));
  if (!method.equals(utf8("GET")) && !method.equals(utf8("HEAD"))) return false;
  if (headers.get(utf8("x-requested-with")).equalsIgnoreCase(utf8("XMLHttpRequest")) || isGrpcRequest(stream)) return false;
  const mode = headers.get(utf8("sec-fetch-mode"));
  if (!mode.isAbsent && !mode.equals(utf8("navigate"))) return false;
  return acceptsPages(headers);
}

/** Who does not say what it accepts accepts all (RFC 9110 12.5.1). */
function acceptsPages(headers: HeaderMap): bool {
  const name = utf8("accept");
  const count = headers.count(name);
  for (let i = 0; i < count; i++) {
    const value = headers.value(name, i).toLowerCase();
    if (value.indexOf(utf8("text/html")) >= 0) return true;
    // Libraries of scripts accept JSON, and then anything.
    if (value.indexOf(utf8("*/*")) >= 0 && value.indexOf(utf8("json")) < 0) return true;
  }
  return count == 0;
}
