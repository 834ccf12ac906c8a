/** Group for filters that make gRPC calls or open gRPC streams. */

import { BufferType } from "../abi/enums";
import { enterCallback, leaveCallback } from "../context/callback";
import { readBuffer } from "../hostcalls/buffers";
import { finishGrpc, grpcOf } from "../hostcalls/grpc-open";

/** Response headers of a stream arrived. */
export function proxy_on_grpc_receive_initial_metadata(rootId: u32, token: u32, count: u32): void {
  enterCallback(rootId);
  const open = grpcOf(token);
  if (open !== null) open.receiveInitialMetadata();
  leaveCallback();
}

/** A message arrived; for a call it is the answer. */
export function proxy_on_grpc_receive(rootId: u32, token: u32, size: u32): void {
  enterCallback(rootId);
  const message = readBuffer(BufferType.GrpcCallMessage, 0, size);
  const open = grpcOf(token);
  if (open !== null) open.receive(message);
  leaveCallback();
}

/** Response trailers of a stream arrived. */
export function proxy_on_grpc_receive_trailing_metadata(rootId: u32, token: u32, count: u32): void {
  enterCallback(rootId);
  const open = grpcOf(token);
  if (open !== null) open.receiveTrailingMetadata();
  leaveCallback();
}

/** A stream ended, or a call failed. */
export function proxy_on_grpc_close(rootId: u32, token: u32, status: u32): void {
  enterCallback(rootId);
  finishGrpc(token, status);
  leaveCallback();
}
