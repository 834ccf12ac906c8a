import { arenaReset } from "../abi/arena";
import { Status } from "../abi/enums";
import { proxy_set_effective_context } from "../abi/imports";
import { collectGarbage } from "../runtime/collector";
import { IS_BUNDLE, composition } from "./composition";

/**
 * Frame of a callback: how deep we are, and which context hostcalls act on.
 *
 * The host runs one callback at a time and sets the effective context to its argument.
 * Callbacks do not nest today; the counter keeps the arena right if they ever do.
 */

let depth: u32 = 0;
let effectiveId: u32 = 0;
let callbackNumber: u64 = 1;

/** Begins a callback for context `id`. */
export function enterCallback(id: u32): void {
  depth++;
  effectiveId = id;
}

/** Ends a callback; the outermost one drops the arena, all snapshots and some garbage. */
export function leaveCallback(): void {
  if (IS_BUNDLE && depth == 1) composition().settle();
  if (--depth) return;
  effectiveId = 0;
  callbackNumber++;
  arenaReset();
  collectGarbage();
}

/** Number of the outermost callback; a cached view belongs to exactly one. */
export function currentCallback(): u64 {
  return callbackNumber;
}

/** Makes hostcalls act on `id`. False when the host does not know it any more. */
export function activate(id: u32): bool {
  if (id == effectiveId) return true;
  if (proxy_set_effective_context(id) != Status.Ok) return false;
  effectiveId = id;
  return true;
}
