/** Group for filters that see request trailers. */

import { Action } from "../abi/enums";
import { beginRequest, endRequest } from "../context/dispatch";

/** Request trailers arrived. */
export function proxy_on_request_trailers(id: u32, count: u32): u32 {
  const stream = beginRequest(id);
  const action = stream !== null ? stream.onRequestTrailers() : Action.Continue;
  return endRequest(stream, action);
}
