/** Group for filters of connections (network filters): a module that exports it makes `TcpContext`s. */

import { Action, PeerType } from "../abi/enums";
import { enterCallback, leaveCallback } from "../context/callback";
import { Context } from "../context/context";
import { beginDownstream, endDownstream } from "../context/tcp-dispatch";
import { connectionOf, makeConnectionsWith } from "../context/registry";
import { RootContext } from "../context/root-context";
import { StreamState } from "../context/stream-state";

// By reference, so that filters of requests carry nothing of it.
makeConnectionsWith((root: RootContext, id: u32): Context | null => root.createTcpContext(id));

/** A client has connected. */
export function proxy_on_new_connection(id: u32): u32 {
  const connection = beginDownstream(id);
  const action = connection !== null ? connection.onNewConnection() : Action.Continue;
  return endDownstream(connection, action);
}

/** The upstream's half has ended. */
export function proxy_on_upstream_connection_close(id: u32, peer: u32): void {
  enterCallback(id);
  const connection = connectionOf(id);
  if (connection !== null) connection.onUpstreamClose(<PeerType>peer);
  leaveCallback();
}

/** The connection is over. */
export function proxy_on_downstream_connection_close(id: u32, peer: u32): void {
  enterCallback(id);
  const connection = connectionOf(id);
  if (connection !== null) {
    connection.state |= StreamState.Ended;
    connection.onDownstreamClose(<PeerType>peer);
  }
  leaveCallback();
}
