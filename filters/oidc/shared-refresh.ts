import { Bytes, BytesBuilder, Context, OwnedBytes, Status, utf8 } from "@sluice/sdk";
import { numberField, packFields, unpackFields } from "./packed-fields";

const FIELDS: i32 = 5;
const PLACES: u32 = 64;

/**
 * The places where VMs of a proxy with one vm_id tell each other of refreshes; a session's digest says which. Two sessions of one
 * place that are refreshed at the same moment do without. Values of cookies in it are sealed.
 */
export class SharedRefreshes {
  private readonly keys: OwnedBytes[] = [];

  /** Makes the keys where they are missing: writes can only be conditional on one that exists. */
  constructor(context: Context) {
    const plugin = context.getProperty(utf8("plugin_name"));
    for (let i: u32 = 0; i < PLACES; i++) {
      const key = BytesBuilder.create().add(utf8("oidc.refresh.")).add(plugin).addByte(0x2e).addU64(i).toBytes();
      if (context.getSharedData(key).value.isAbsent) context.setSharedData(key, Bytes.empty);
      this.keys.push(key.toOwned());
    }
  }

  /** What its place says now. */
  read(context: Context, digest: Bytes): SharedRefresh {
    const key = this.keys[digest[0] & (PLACES - 1)];
    const shared = context.getSharedData(key.view);
    const place = new SharedRefresh(key, shared.cas);
    const fields = unpackFields(shared.value, FIELDS);
    if (fields.length > 0) place.take(fields);
    return place;
  }
}

/** A place as it was read; lives as long as the callback. */
export class SharedRefresh {
  /** The session that it is about; absent = none. */
  digest: Bytes = Bytes.absent;
  /** Until when the VM that refreshes it may take, in nanoseconds since 1970; 0 = none does. */
  leaseUntil: u64 = 0;
  /** When there was an outcome; 0 = there is none. */
  at: u64 = 0;
  status: u32 = 0;
  /** The session's new cookie. */
  value: Bytes = Bytes.empty;

  constructor(private readonly key: OwnedBytes, private readonly version: u32) {}

  /** For {@link SharedRefreshes}. */
  take(fields: Bytes[]): void {
    this.digest = fields[0];
    this.leaseUntil = fields[1].toU64();
    this.at = fields[2].toU64();
    this.status = fields[3].toU32();
    this.value = fields[4];
  }

  /** Writes the fields unless another VM has written since; false then. */
  writeUnchanged(context: Context): bool {
    return context.setSharedData(this.key.view, this.pack(), this.version) == Status.Ok;
  }

  write(context: Context): void {
    context.setSharedData(this.key.view, this.pack());
  }

  private pack(): Bytes {
    return packFields([this.digest, numberField(this.leaseUntil), numberField(this.at), numberField(this.status), this.value]);
  }
}
