import { Status } from "../abi/enums";
import { proxy_http_call } from "../abi/imports";
import { OUT } from "../abi/out";
import { Bytes } from "../bytes/bytes";
import { utf8 } from "../bytes/utf8";
import { activate } from "../context/callback";
import { Context } from "../context/context";
import { EntryTable, TableEntry } from "../context/entry-table";
import { contextOf, onCalloutOwnerDeleted } from "../context/registry";
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

/** A call on its way; its id is the token. */
// @ts-ignore: decorator
@final
class PendingCallout extends TableEntry {
  constructor(token: u32, readonly contextId: u32, readonly handler: CalloutHandler) {
    super(token);
  }
}

// @ts-ignore: decorator
@lazy
const pending: EntryTable = new EntryTable();

/** Sends a call from the effective context. See `Context.httpCall`. */
export function startHttpCall(
  context: Context, cluster: Bytes, headers: HeaderList, body: Bytes, timeoutMs: u32,
  handler: CalloutHandler,
): Status {
  if (!isCallable(headers)) return Status.BadArgument;
  const pairs = headers.encode();
  const status: Status = proxy_http_call(
    cluster.address, cluster.length, pairs.address, pairs.length, body.address, body.length,
    0, 0, min(timeoutMs, MAX_TIMEOUT_MS), OUT,
  );
  if (status != Status.Ok) return status;
  pending.add(new PendingCallout(load<u32>(OUT), context.id, handler));
  context.pendingCallouts++;
  onCalloutOwnerDeleted(forgetCalloutsOf);
  return Status.Ok;
}

function isCallable(headers: HeaderList): bool {
  if (!headers.isValid) return refuse(utf8("sdk: http call refused: invalid header"));
  const hosts = headers.countOf(utf8(":authority")) + headers.countOf(utf8("host"));
  if (headers.countOf(utf8(":method")) == 1 && headers.countOf(utf8(":path")) == 1 && hosts == 1) return true;
  return refuse(utf8("sdk: http call refused: not one each of :method, :path and :authority"));
}

/** Hands the outcome of a call to its handler, unless its context is gone. */
export function finishCallout(token: u32, isReset: bool): void {
  const entry = pending.get(token);
  if (entry === null) return;
  pending.delete(token);
  const call = changetype<PendingCallout>(entry);
  const context = contextOf(call.contextId);
  // The host may have dropped the stream although its deletion was not announced yet.
  if (context === null || !activate(context.id)) return;
  context.pendingCallouts--;
  if (isReset) call.handler.onReset(context);
  else call.handler.onResponse(context);
}

/** Forgets all calls of a context that is deleted. */
function forgetCalloutsOf(contextId: u32): void {
  for (let bucket = 0; bucket < pending.bucketCount; bucket++) {
    let entry = pending.firstIn(bucket);
    while (entry !== null) {
      const next = entry.nextEntry;
      if (changetype<PendingCallout>(entry).contextId == contextId) pending.delete(entry.id);
      entry = next;
    }
  }
}
