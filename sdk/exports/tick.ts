/** Group for filters with a timer. */

import { enterCallback, leaveCallback } from "../context/callback";
import { rootOf } from "../context/registry";
import { forgetLogLevel } from "../hostcalls/log";

/** The tick period of a root context is over. */
export function proxy_on_tick(id: u32): void {
  enterCallback(id);
  forgetLogLevel();
  const root = rootOf(id);
  if (root !== null) root.onTick();
  leaveCallback();
}
