import { arenaAllocate } from "../abi/arena";
import { Status } from "../abi/enums";
import { proxy_get_status } from "../abi/imports";
import { OUT, OUT_EXTRA, OUT_LENGTH } from "../abi/out";
import { Bytes } from "../bytes/bytes";

/** Why a call failed, as the host says it. */
// @ts-ignore: decorator
@unmanaged
export class HostStatus {
  /** A gRPC status in `onFailure` and `onClose`; 11 when an HTTP call was reset. */
  code: u32;
  /** Text of the peer or the host, with its details behind it; not to be parsed. */
  message: Bytes;
}

/** Reads the status of the last failure; stale outside the callback of a failure. */
export function readHostStatus(): HostStatus {
  const result = changetype<HostStatus>(arenaAllocate(offsetof<HostStatus>()));
  const known = proxy_get_status(OUT, OUT_EXTRA, OUT_LENGTH) == Status.Ok;
  result.code = known ? load<u32>(OUT) : 0;
  result.message = known ? Bytes.of(load<usize>(OUT_EXTRA), load<u32>(OUT_LENGTH)) : Bytes.empty;
  return result;
}
