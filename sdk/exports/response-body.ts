/** Group for filters that see the response body; costs a call per chunk. */

import { Action } from "../abi/enums";
import { beginResponse, endResponse } from "../context/dispatch";

/** A part of the response body arrived. */
export function proxy_on_response_body(id: u32, size: u32, endOfStream: u32): u32 {
  const stream = beginResponse(id);
  const action = stream !== null ? stream.onResponseBody(size, endOfStream != 0) : Action.Continue;
  return endResponse(stream, action);
}
