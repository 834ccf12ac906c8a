import { Bytes, BytesBuilder, Context, HttpContext, LogLevel, OwnedBytes, Status, utf8 } from "@sluice/sdk";
import { ClientAddress } from "../common/client-address";
import { BucketTable } from "./bucket-table";
import { Limit } from "./config";

/** Entries of one shared value: one update copies it, so it stays small. */
const ENTRIES: u32 = 16;

/** Writers that may come between before a request is refused for good. */
const ATTEMPTS: u32 = 32;

/** One limit with its shared values: all workers and VMs of the vm_id count together. */
export class Limiter {
  private readonly slots: OwnedBytes[] = [];
  private readonly table: BucketTable;
  /** State after the last request that `take` was asked for; 0 when the limit did not apply. */
  fullAt: u64 = 0;

  constructor(readonly limit: Limit, plugin: Bytes) {
    this.table = new BucketTable(limit.bucket, ENTRIES);
    const count = (limit.maxKeys + ENTRIES - 1) / ENTRIES;
    for (let i: u32 = 0; i < count; i++) this.slots.push(slotName(plugin, limit.name.view, i).toOwned());
  }

  /** Makes the values that are not there yet: a first write by two workers at once would lose a token. */
  seed(context: Context): void {
    const empty = BucketTable.empty(ENTRIES);
    for (let i = 0; i < this.slots.length; i++) {
      const name = this.slots[i].view;
      if (context.getSharedData(name).value.isAbsent) context.setSharedData(name, empty);
    }
  }

  /** Takes a token of the request's key; true when the request may pass. */
  take(stream: HttpContext, client: ClientAddress): bool {
    this.fullAt = 0;
    const key = this.limit.keyOf(stream, client);
    if (key == 0) return true;
    const slot = this.slots[<i32>((key >> 32) % <u64>this.slots.length)].view;
    const status = stream.updateSharedData(slot, this.table.take(key, stream.nowNanos()), ATTEMPTS);
    this.fullAt = this.table.outcome.fullAt;
    if (status == Status.Ok) return this.table.outcome.allowed;
    stream.log(LogLevel.Warn, utf8("ratelimit: shared data is contended, request refused"));
    return false;
  }
}

function slotName(plugin: Bytes, limit: Bytes, slot: u64): Bytes {
  const name = BytesBuilder.create().add(utf8("ratelimit:")).add(plugin).addByte(0x3a);
  return name.add(limit).addByte(0x3a).addU64(slot).toBytes();
}
