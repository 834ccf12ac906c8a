/** Group for filters that functions of the proxy call; upstream Envoy calls none. */

import { BufferType } from "../abi/enums";
import { enterCallback, leaveCallback } from "../context/callback";
import { contextOf } from "../context/registry";
import { readBuffer } from "../hostcalls/buffers";

/** A function of the proxy calls the filter. */
export function proxy_on_foreign_function(id: u32, functionId: u32, size: u32): void {
  enterCallback(id);
  const context = contextOf(id);
  if (context !== null) {
    context.onForeignFunction(functionId, readBuffer(BufferType.ForeignFunctionArguments, 0, size));
  }
  leaveCallback();
}
