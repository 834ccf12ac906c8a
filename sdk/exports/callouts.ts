/** Group for filters that call other services. */

import { activate, enterCallback, leaveCallback } from "../context/callback";
import { contextOf } from "../context/registry";
import { calloutOwner, finishCallout, forgetCallout } from "../hostcalls/http-callout";

/** A callout ended. All three counts 0: the answer broke off. */
export function proxy_on_http_call_response(
  rootId: u32, token: u32, headerCount: u32, bodySize: u32, trailerCount: u32,
): void {
  enterCallback(rootId);
  endCallout(token, !(headerCount | bodySize | trailerCount));
  leaveCallback();
}

function endCallout(token: u32, isReset: bool): void {
  const context = contextOf(calloutOwner(token));
  // The host may have dropped the stream although its deletion was not announced yet.
  if (context === null || !activate(context.id)) return forgetCallout(token);
  context.pendingCallouts--;
  finishCallout(token, context, isReset);
}
