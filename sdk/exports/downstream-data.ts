/** Group for filters that see what clients send; costs a call per read. */

import { Action } from "../abi/enums";
import { beginDownstream, endDownstream } from "../context/tcp-dispatch";

/** Bytes of the client arrived, or its half has ended. */
export function proxy_on_downstream_data(id: u32, size: u32, endOfStream: u32): u32 {
  const connection = beginDownstream(id);
  const action = connection !== null
    ? connection.onDownstreamData(size, endOfStream != 0)
    : Action.Continue;
  return endDownstream(connection, action);
}
