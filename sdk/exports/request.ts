/** Group for filters that see request headers. */

import { Action } from "../abi/enums";
import { beginRequest, endRequest } from "../context/dispatch";

/** Request headers arrived. */
export function proxy_on_request_headers(id: u32, count: u32, endOfStream: u32): u32 {
  const stream = beginRequest(id);
  const action = stream !== null ? stream.onRequestHeaders(endOfStream != 0) : Action.Continue;
  return endRequest(stream, action);
}
