import { Bytes, BytesBuilder, Context, OwnedBytes, SharedDataUpdate, Status, sha256, utf8 } from "@sluice/sdk";

const NANOS_PER_SECOND: u64 = 1000000000;
const BUCKETS: u32 = 64;
const DIGEST_BYTES: i32 = 12;
/** A digest, and the second in which it may be forgotten. */
const ENTRY_BYTES: i32 = 16;

/**
 * What was seen once, for all workers of a proxy, until it is too old to be shown again. Its places are limited: where
 * all are taken nothing new is let in.
 */
// @ts-ignore: decorator
@final
export class ReplayWindow {
  private readonly keys: OwnedBytes[] = [];

  /** Of a plugin, for about so many signatures. */
  constructor(context: Context, private readonly maxEntries: u32) {
    const plugin = context.getProperty(utf8("plugin_name"));
    for (let i: u32 = 0; i < BUCKETS; i++) {
      const key = BytesBuilder.create().add(utf8("hmac_auth.replay.")).add(plugin).addByte(0x2e).addU64(i).toBytes();
      // A conditional write needs a key that is there. Workers start before requests come.
      if (context.getSharedData(key).value.isAbsent) context.setSharedData(key, Bytes.empty);
      this.keys.push(key.toOwned());
    }
  }

  /** Why something may not pass; absent when it was not seen before, and is from now on. */
  take(context: Context, principal: Bytes, id: Bytes, now: u64, nanos: u64): Bytes {
    const digest = sha256(BytesBuilder.create().add(principal).addByte(0).add(id).toBytes());
    const until = (now + nanos) / NANOS_PER_SECOND + 1;
    const entry = new Entry(digest.slice(0, DIGEST_BYTES), <u32>(now / NANOS_PER_SECOND), <u32>until, this.maxEntries / BUCKETS);
    const key = this.keys[digest[DIGEST_BYTES] & (BUCKETS - 1)].view;
    return context.updateSharedData(key, entry) == Status.Ok ? entry.fault : utf8("hmac_auth_replay_window_busy");
  }
}

// @ts-ignore: decorator
@final
class Entry extends SharedDataUpdate {
  fault: Bytes = Bytes.absent;

  constructor(
    private readonly digest: Bytes,
    private readonly now: u32,
    private readonly until: u32,
    private readonly places: u32,
  ) {
    super();
  }

  /** The bucket without what may be forgotten, and with this entry. */
  override next(current: Bytes): Bytes {
    this.fault = Bytes.absent;
    const out = BytesBuilder.create();
    for (let at = 0; at < current.length; at += ENTRY_BYTES) {
      const entry = current.slice(at, at + ENTRY_BYTES);
      if (secondsIn(entry) <= this.now) continue;
      if (entry.startsWith(this.digest)) return this.refuse(utf8("hmac_auth_signature_replayed"));
      out.add(entry);
    }
    if (<u32>out.toBytes().length >= this.places * ENTRY_BYTES) return this.refuse(utf8("hmac_auth_replay_window_full"));
    out.add(this.digest);
    for (let shift = 24; shift >= 0; shift -= 8) out.addByte(<u8>(this.until >> shift));
    return out.toBytes();
  }

  private refuse(fault: Bytes): Bytes {
    this.fault = fault;
    return Bytes.absent;
  }
}

function secondsIn(entry: Bytes): u32 {
  let seconds: u32 = 0;
  for (let i = DIGEST_BYTES; i < ENTRY_BYTES; i++) seconds = (seconds << 8) | entry[i];
  return seconds;
}
