import { Bytes, HeaderMap, utf8 } from "@sluice/sdk";
import { splitList } from "../common/list-header";
import { Verdict } from "./verdict";

/** Takes from an answer of HTTP for whom it is good and how long (RFC 9111, 5.2.2). */
export function takeLifetime(verdict: Verdict, headers: HeaderMap): void {
  verdict.isPersonal = headers.has(utf8("set-cookie"));
  const directives = splitList(headers, utf8("cache-control"));
  for (let i = 0; i < directives.length; i++) takeDirective(verdict, directives[i].toLowerCase());
}

function takeDirective(verdict: Verdict, directive: Bytes): void {
  const isForbidden = directive.equals(utf8("no-store")) || directive.startsWith(utf8("no-cache")) || directive.startsWith(utf8("private"));
  if (isForbidden) limitAge(verdict, 0);
  else if (directive.startsWith(utf8("max-age="))) limitAge(verdict, <i64>directive.slice(8).toU32());
}

/** The least of all that is said counts; what is no number was 0. */
function limitAge(verdict: Verdict, seconds: i64): void {
  verdict.maxAge = verdict.maxAge < 0 ? seconds : min(verdict.maxAge, seconds);
}
