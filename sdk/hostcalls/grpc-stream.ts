import { GrpcStatus, Status } from "../abi/enums";
import { proxy_grpc_close, proxy_grpc_send } from "../abi/imports";
import { Bytes } from "../bytes/bytes";
import { utf8 } from "../bytes/utf8";
import { Context } from "../context/context";
import { GrpcStreamHandler } from "./grpc-handlers";
import { GrpcOpen } from "./grpc-open";
import { refuse } from "./log";

/** A bidirectional gRPC stream. */
// @ts-ignore: decorator
@final
export class GrpcStream extends GrpcOpen {
  private halfClosed: bool = false;

  constructor(token: u32, owner: Context, private readonly handler: GrpcStreamHandler) {
    super(token, owner);
  }

  /** Sends a message; with `endOfStream` it is the last one. */
  send(message: Bytes, endOfStream: bool = false): bool {
    if (!this.maySend) return refuse(utf8("sdk: grpc send refused: stream ended"));
    this.halfClosed = endOfStream;
    return proxy_grpc_send(this.id, message.address, message.length, endOfStream) == Status.Ok;
  }

  /** Sends no more; the peer's messages go on until it closes. */
  closeSending(): bool {
    if (!this.maySend) return refuse(utf8("sdk: grpc close refused: stream ended"));
    this.halfClosed = true;
    return proxy_grpc_close(this.id) == Status.Ok;
  }

  private get maySend(): bool {
    return this.isOpen && !this.halfClosed;
  }

  receiveInitialMetadata(): void {
    this.handler.onInitialMetadata(this.owner, this);
  }

  receive(message: Bytes): void {
    this.handler.onMessage(this.owner, this, message);
  }

  receiveTrailingMetadata(): void {
    this.handler.onTrailingMetadata(this.owner, this);
  }

  close(status: GrpcStatus, message: Bytes): void {
    this.handler.onClose(this.owner, this, status, message);
  }
}
