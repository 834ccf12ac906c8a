import { GrpcStatus, Status } from "../abi/enums";
import { proxy_send_local_response } from "../abi/imports";
import { Bytes } from "../bytes/bytes";
import { utf8 } from "../bytes/utf8";
import { HeaderList } from "./header-list";
import { isBodiless } from "./header-rules";
import { refuseNamed } from "./log";

const MIN_STATUS: u32 = 200;
const MAX_STATUS: u32 = 599;

/** Sends a local response from the effective context, when it may go on the wire. */
export function writeLocalResponse(
  status: u32, details: Bytes, body: Bytes, headers: HeaderList | null, grpcStatus: GrpcStatus,
): bool {
  if (status < MIN_STATUS || status > MAX_STATUS) {
    return refuseResponse(utf8("status not in 200..599"));
  }
  if (body.length && isBodiless(status)) {
    return refuseResponse(utf8("status has no body"));
  }
  if (headers !== null && (!headers.isValid || headers.hasPseudoHeaders)) {
    return refuseResponse(utf8("invalid header"));
  }
  const pairs = headers !== null ? headers.encode() : Bytes.absent;
  return proxy_send_local_response(
    status, details.address, details.length, body.address, body.length,
    pairs.address, pairs.length, grpcStatus,
  ) == Status.Ok;
}

/** A local response that is not sent: one warning that says why, and false for the caller. */
export function refuseResponse(reason: Bytes): bool {
  return refuseNamed(utf8("sdk: local response refused: "), reason);
}
