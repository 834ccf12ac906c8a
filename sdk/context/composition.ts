import { StreamType } from "../abi/enums";
import { Bytes } from "../bytes/bytes";
import { Body } from "../hostcalls/body";
import { activate } from "./callback";
import { Context } from "./context";
import { HttpContext } from "./http-context";
import { RootFactory } from "./registry";
import { RootContext } from "./root-context";

/**
 * The seam for a module in which several filters form a chain (sdk/bundle): what contexts ask
 * instead of the host, because their neighbours have a say in it. All filters of such a chain
 * share one root id and one stream id of the host.
 *
 * Ask only when {@link IS_BUNDLE}.
 */
export abstract class Composition {
  /** A filter registers the maker of its root contexts. */
  abstract register(factory: RootFactory): void;

  /** Makes the root context that stands for all filters of a plugin. */
  abstract createRoot(id: u32): RootContext;

  /** Code of a context's filter begins to run outside of a callback of its own. */
  abstract enter(context: Context): void;

  /** The outermost callback ends: what filters let go in it moves on. */
  abstract settle(): void;

  /** A filter resumes a direction that it has paused. */
  abstract resume(stream: HttpContext, direction: StreamType): void;

  /** Whether another filter has answered the stream and no callback has shown that answer yet. */
  abstract isAnswered(stream: HttpContext): bool;

  /** The stream context of a root's filter, or null. */
  abstract streamOf(root: RootContext, id: u32): HttpContext | null;

  /** A filter sets its timer. */
  abstract setTickPeriod(root: RootContext, periodMs: u32): void;

  /** A filter has registered a queue. */
  abstract ownQueue(root: RootContext, queueId: u32): void;

  /** A filter that delayed its end is done. False when it is not waiting. */
  abstract done(root: RootContext): bool;

  /** Text in front of the log lines of the filter whose code runs; absent = none. */
  abstract linePrefix(): Bytes;

  /** An attribute that names the filter; absent for all others. */
  abstract property(path: Bytes): Bytes;

  /** Marks a body view as the part of the buffer that the stream's filter may see. */
  abstract confine(body: Body, stream: HttpContext): void;

  /** Length of that part. */
  abstract bodySize(body: Body): u32;

  /** Bytes of that part; as `Body.read`. */
  abstract readBody(body: Body, start: u32, maxLength: u32): Bytes;

  /** Writes at the front (`start` 0) or behind the end of that part; as `Body`'s changes. */
  abstract writeBody(body: Body, start: u32, length: u32, bytes: Bytes): bool;
}

/**
 * Whether this module is a bundle. Known when it is compiled, by a name that sdk/bundle/index.ts
 * defines: a module of one filter holds nothing of what stands behind this question.
 */
// @ts-ignore: decorator
@inline
export const IS_BUNDLE: bool = isDefined(SLUICE_BUNDLE);

// @ts-ignore: decorator
@lazy
let current: Composition | null = null;

/** Makes the filters of this module a chain; before any context exists. */
export function compose(composition: Composition): void {
  current = composition;
}

/** What to ask in a bundle. */
export function composition(): Composition {
  return current!;
}

/** Makes hostcalls act on a context and its filter the running one. False when the host has dropped it. */
export function enterContext(context: Context): bool {
  if (IS_BUNDLE) composition().enter(context);
  return activate(context.id);
}
