import { GrpcStatus } from "../abi/enums";
import { proxy_grpc_cancel } from "../abi/imports";
import { Bytes } from "../bytes/bytes";
import { enterContext } from "../context/composition";
import { Context } from "../context/context";
import { EntryTable } from "../context/entry-table";
import { Pending } from "../context/pending";
import { readHostStatus } from "./host-status";

// @ts-ignore: decorator
@lazy
const open: EntryTable = new EntryTable();

/** A gRPC call or stream under way; its id is the token. */
export abstract class GrpcOpen extends Pending {
  private ended: bool = false;

  constructor(token: u32, owner: Context) {
    super(token, owner);
    open.add(this);
  }

  /** Whether nothing has ended it yet. */
  get isOpen(): bool {
    return !this.ended;
  }

  /** Ends it now; no callback follows. False when it has ended before. */
  cancel(): bool {
    if (this.ended) return false;
    this.leaveOwner();
    this.abandon();
    return true;
  }

  /** A call or stream nobody reads any more is cancelled, or it would stay open. */
  abandon(): void {
    this.forget();
    proxy_grpc_cancel(this.id);
  }

  /** The host has ended it. For the SDK. */
  finish(): void {
    this.leaveOwner();
    this.forget();
  }

  /** Initial metadata arrived. For the SDK. */
  abstract receiveInitialMetadata(): void;

  /** A message arrived. For the SDK. */
  abstract receive(message: Bytes): void;

  /** Trailing metadata arrived. For the SDK. */
  abstract receiveTrailingMetadata(): void;

  /** It ended. For the SDK. */
  abstract close(status: GrpcStatus, message: Bytes): void;

  private forget(): void {
    this.ended = true;
    open.delete(this.id);
  }
}

/** What a token stands for, when its owner still lives and can be acted on; else null. */
export function grpcOf(token: u32): GrpcOpen | null {
  const entry = changetype<GrpcOpen | null>(open.get(token));
  return entry !== null && enterContext(entry.owner) ? entry : null;
}

/** Hands the end of a call or stream over; the host has forgotten the token. */
export function finishGrpc(token: u32, status: GrpcStatus): void {
  const entry = changetype<GrpcOpen | null>(open.get(token));
  if (entry === null) return;
  // The status is the root's, whose callback this is: read it before the owner is made effective.
  const message = readHostStatus().message;
  entry.finish();
  if (enterContext(entry.owner)) entry.close(status, message);
}
