import { Bytes, HeaderMap } from "@sluice/sdk";

/** Removes a header, if there is one: a removal of nothing would still cost a hostcall and the route cache. */
export function stripHeader(headers: HeaderMap, name: Bytes): void {
  if (headers.has(name)) headers.remove(name);
}
