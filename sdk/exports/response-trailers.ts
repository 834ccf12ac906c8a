/** Group for filters that see response trailers. */

import { Action } from "../abi/enums";
import { beginResponse, endResponse } from "../context/dispatch";

/** Response trailers arrived. */
export function proxy_on_response_trailers(id: u32, count: u32): u32 {
  const stream = beginResponse(id);
  const action = stream !== null ? stream.onResponseTrailers() : Action.Continue;
  return endResponse(stream, action);
}
