import { GrpcStatus } from "../abi/enums";
import { Bytes } from "../bytes/bytes";
import { Context } from "../context/context";
import { GrpcCallHandler } from "./grpc-handlers";
import { GrpcOpen } from "./grpc-open";

/** A unary gRPC call under way. */
// @ts-ignore: decorator
@final
export class GrpcCall extends GrpcOpen {
  constructor(token: u32, owner: Context, private readonly handler: GrpcCallHandler) {
    super(token, owner);
  }

  receiveInitialMetadata(): void {}

  receive(message: Bytes): void {
    this.finish();
    this.handler.onResponse(this.owner, message);
  }

  receiveTrailingMetadata(): void {}

  close(status: GrpcStatus, message: Bytes): void {
    this.handler.onFailure(this.owner, status, message);
  }
}
