import { GrpcStatus } from "../abi/enums";
import { Bytes } from "../bytes/bytes";
import { Context } from "../context/context";
import { GrpcStream } from "./grpc-stream";

/**
 * What to do when a gRPC call ends, by exactly one of the two. One object without state
 * serves all calls; the context that made the call is the argument.
 */
export abstract class GrpcCallHandler {
  /** The answer, as protobuf bytes: status OK. */
  abstract onResponse(context: Context, message: Bytes): void;

  /** Another status. In Envoy a timeout is `Unavailable`, and details stand behind the message. */
  abstract onFailure(context: Context, status: GrpcStatus, message: Bytes): void;
}

/** What to do with the events of a gRPC stream; `onClose` comes once and last. */
export abstract class GrpcStreamHandler {
  /** Response headers arrived: `context.grpcInitialMetadata`. */
  onInitialMetadata(context: Context, stream: GrpcStream): void {}

  /** A message arrived, as protobuf bytes. */
  abstract onMessage(context: Context, stream: GrpcStream, message: Bytes): void;

  /** Response trailers arrived: `context.grpcTrailingMetadata`. */
  onTrailingMetadata(context: Context, stream: GrpcStream): void {}

  /** The stream ended; not after `stream.cancel()`. */
  abstract onClose(context: Context, stream: GrpcStream, status: GrpcStatus, message: Bytes): void;
}
