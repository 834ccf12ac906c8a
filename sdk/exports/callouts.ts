/** Group for filters that call other services. */

import { enterCallback, leaveCallback } from "../context/callback";
import { finishCallout } from "../hostcalls/http-callout";

/** A callout ended. All three counts 0: the answer broke off. */
export function proxy_on_http_call_response(
  rootId: u32, token: u32, headerCount: u32, bodySize: u32, trailerCount: u32,
): void {
  enterCallback(rootId);
  finishCallout(token, !(headerCount | bodySize | trailerCount));
  leaveCallback();
}
