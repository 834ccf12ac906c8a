/** Group for filters that see the request body; costs a call per chunk. */

import { Action } from "../abi/enums";
import { beginRequest, endRequest } from "../context/dispatch";

/** A part of the request body arrived. */
export function proxy_on_request_body(id: u32, size: u32, endOfStream: u32): u32 {
  const stream = beginRequest(id);
  const action = stream !== null ? stream.onRequestBody(size, endOfStream != 0) : Action.Continue;
  return endRequest(stream, action);
}
