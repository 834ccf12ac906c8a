import { Action } from "../abi/enums";
import { enterCallback, leaveCallback } from "./callback";
import { connectionOf } from "./registry";
import { StreamState } from "./stream-state";
import { TcpContext } from "./tcp-context";

/** Common frame of the connection callbacks that decide whether bytes go on. */

/** Begins a callback about the client; null when there is nobody to call. */
export function beginDownstream(id: u32): TcpContext | null {
  return begin(id, StreamState.InRequestCallback);
}

/** Begins a callback about the upstream; null when there is nobody to call. */
export function beginUpstream(id: u32): TcpContext | null {
  return begin(id, StreamState.InResponseCallback);
}

function begin(id: u32, inside: u32): TcpContext | null {
  enterCallback(id);
  const connection = connectionOf(id);
  // A connection that the filter has closed is only to end.
  if (connection === null || connection.is(StreamState.Answered)) return null;
  connection.state |= inside;
  return connection;
}

/** Ends a callback about the client: notes a pause, and lets nothing go on after a close. */
export function endDownstream(connection: TcpContext | null, action: Action): Action {
  return end(connection, action, StreamState.RequestPaused, StreamState.InRequestCallback);
}

/** Ends a callback about the upstream in the same way. */
export function endUpstream(connection: TcpContext | null, action: Action): Action {
  return end(connection, action, StreamState.ResponsePaused, StreamState.InResponseCallback);
}

function end(connection: TcpContext | null, action: Action, paused: u32, inside: u32): Action {
  let result = Action.Continue;
  if (connection !== null) {
    connection.state &= ~(inside | paused);
    if (action != Action.Continue || connection.is(StreamState.Answered)) {
      connection.state |= paused;
      result = Action.Pause;
    }
  }
  leaveCallback();
  return result;
}
