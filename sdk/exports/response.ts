/** Group for filters that see response headers. */

import { Action } from "../abi/enums";
import { beginResponse, endResponse } from "../context/dispatch";

/** Response headers arrived. */
export function proxy_on_response_headers(id: u32, count: u32, endOfStream: u32): u32 {
  const stream = beginResponse(id);
  const action = stream !== null ? stream.onResponseHeaders(endOfStream != 0) : Action.Continue;
  return endResponse(stream, action);
}
