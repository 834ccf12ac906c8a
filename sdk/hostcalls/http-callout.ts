import { Status } from "../abi/enums";
import { proxy_http_call } from "../abi/imports";
import { OUT } from "../abi/out";
import { Bytes } from "../bytes/bytes";
import { utf8 } from "../bytes/utf8";
import { enterContext } from "../context/composition";
import { Context } from "../context/context";
import { EntryTable } from "../context/entry-table";
import { Pending } from "../context/pending";
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
class PendingCallout extends Pending {
  constructor(token: u32, owner: Context, readonly handler: CalloutHandler) {
    super(token, owner);
    pending.add(this);
  }

  abandon(): void {
    pending.delete(this.id);
  }

  finish(isReset: bool): void {
    pending.delete(this.id);
    this.leaveOwner();
    // The host may have dropped the stream although its deletion was not announced yet.
    if (!enterContext(this.owner)) return;
    if (isReset) this.handler.onReset(this.owner);
    else this.handler.onResponse(this.owner);
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
  new PendingCallout(load<u32>(OUT), context, handler);
  return Status.Ok;
}

function isCallable(headers: HeaderList): bool {
  if (!headers.isValid) return refuse(utf8("sdk: http call refused: invalid header"));
  const hosts = headers.countOf(utf8(":authority")) + headers.countOf(utf8("host"));
  if (headers.countOf(utf8(":method")) == 1 && headers.countOf(utf8(":path")) == 1 && hosts == 1) return true;
  return refuse(utf8("sdk: http call refused: not one each of :method, :path and :authority"));
}

/** Hands the outcome of a call to its handler; a token that nobody waits for is ignored. */
export function finishCallout(token: u32, isReset: bool): void {
  const call = pending.get(token);
  if (call !== null) changetype<PendingCallout>(call).finish(isReset);
}
