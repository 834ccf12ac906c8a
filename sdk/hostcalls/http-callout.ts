import { Status } from "../abi/enums";
import { proxy_http_call } from "../abi/imports";
import { OUT } from "../abi/out";
import { Bytes } from "../bytes/bytes";
import { utf8 } from "../bytes/utf8";
import { Context } from "../context/context";
import { IdTable } from "../context/id-table";
import { HeaderList } from "./header-list";
import { refuse } from "./log";

/** Largest timeout Envoy takes; above it the call is a bad argument. */
const MAX_TIMEOUT_MS: u32 = 0x7fffffff;

/**
 * What to do when a callout ends. One object without state serves all streams; the context
 * that made the call is the argument, and it is the one hostcalls act on.
 *
 * A timeout arrives as a response with `:status` 504, a refused or broken connection as
 * 503 (Envoy). A stream that is gone gets neither callback.
 */
export abstract class CalloutHandler {
  /** An answer came: read `calloutHeaders`, `calloutBody`, `calloutTrailers`. */
  abstract onResponse(context: Context): void;

  /** The answer broke off, or was larger than the proxy's limit: there is nothing to read. */
  abstract onReset(context: Context): void;
}

/** A call on its way. */
// @ts-ignore: decorator
@final
class PendingCallout {
  constructor(readonly contextId: u32, readonly handler: CalloutHandler) {}
}

const pending: IdTable<PendingCallout> = new IdTable<PendingCallout>();

/** Sends a call from the effective context. See `Context.httpCall`. */
export function startHttpCall(
  contextId: u32, cluster: Bytes, headers: HeaderList, body: Bytes, timeoutMs: u32,
  handler: CalloutHandler,
): Status {
  if (!isCallable(headers)) return Status.BadArgument;
  const pairs = headers.encode();
  const status: Status = proxy_http_call(
    cluster.address, cluster.length, pairs.address, pairs.length, body.address, body.length,
    0, 0, min(timeoutMs, MAX_TIMEOUT_MS), OUT,
  );
  if (status == Status.Ok) pending.set(load<u32>(OUT), new PendingCallout(contextId, handler));
  return status;
}

function isCallable(headers: HeaderList): bool {
  if (!headers.isValid) return refuse(utf8("sdk: http call refused: invalid header"));
  const complete = headers.has(utf8(":method")) && headers.has(utf8(":path"))
    && (headers.has(utf8(":authority")) || headers.has(utf8("host")));
  return complete || refuse(utf8("sdk: http call refused: :method, :path or :authority missing"));
}

/** Id of the context that made the call, 0 when the call is not known. */
export function calloutOwner(token: u32): u32 {
  const call = pending.get(token);
  return call !== null ? call.contextId : 0;
}

/** Ends a call: forgets it, then hands its outcome to the handler. */
export function finishCallout(token: u32, context: Context, isReset: bool): void {
  const call = pending.get(token);
  if (call === null) return;
  pending.delete(token);
  if (isReset) call.handler.onReset(context);
  else call.handler.onResponse(context);
}

/** Forgets a call nobody waits for. */
export function forgetCallout(token: u32): void {
  pending.delete(token);
}

/** Forgets all calls of a context that is deleted. */
export function forgetCalloutsOf(contextId: u32): void {
  for (let slot = 0; slot < pending.slots; ) {
    const call = pending.valueAt(slot);
    if (call !== null && call.contextId == contextId) pending.delete(pending.idAt(slot));
    else slot++;
  }
}
