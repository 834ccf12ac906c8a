/** Group for filters that see what upstreams send; costs a call per read. */

import { Action } from "../abi/enums";
import { beginUpstream, endUpstream } from "../context/tcp-dispatch";

/** Bytes of the upstream arrived, or its half has ended. */
export function proxy_on_upstream_data(id: u32, size: u32, endOfStream: u32): u32 {
  const connection = beginUpstream(id);
  const action = connection !== null
    ? connection.onUpstreamData(size, endOfStream != 0)
    : Action.Continue;
  return endUpstream(connection, action);
}
