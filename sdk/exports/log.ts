/** Group for filters that act when a stream is complete, or log for the access logger. */

import { enterCallback, leaveCallback } from "../context/callback";
import { contextOf } from "../context/registry";
import { RootContext } from "../context/root-context";
import { StreamContext } from "../context/stream-context";
import { StreamState } from "../context/stream-state";

/** A stream is complete; the id may be a root context's (access logger extension). */
export function proxy_on_log(id: u32): void {
  enterCallback(id);
  const context = contextOf(id);
  if (context !== null) {
    if (context.isRoot) changetype<RootContext>(context).onLog();
    else logStream(changetype<StreamContext>(context));
  }
  leaveCallback();
}

function logStream(stream: StreamContext): void {
  stream.state |= StreamState.Ended;
  stream.onLog();
}
