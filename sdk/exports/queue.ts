/** Group for filters that read shared queues. */

import { enterCallback, leaveCallback } from "../context/callback";
import { rootOf } from "../context/registry";

/** An item waits in a shared queue. */
export function proxy_on_queue_ready(id: u32, queueId: u32): void {
  enterCallback(id);
  const root = rootOf(id);
  if (root !== null) root.onQueueReady(queueId);
  leaveCallback();
}
