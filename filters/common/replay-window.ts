import { Bytes, BytesBuilder, Context, OwnedBytes, SharedDataUpdate, Status, sha256, utf8 } from "@sluice/sdk";

const NANOS_PER_SECOND: u64 = 1000000000;
const BUCKETS: u32 = 64;
const DIGEST_BYTES: i32 = 12;
/** A digest, and the second in which it may be forgotten. */
const ENTRY_BYTES: i32 = 16;

/** What a window says of something that is shown. */
export enum Sighting {
  /** It was not seen before, and is from now on. */
  First,
  Again,
  /** All places are taken. */
  NoPlace,
  /** Other workers write all the time. */
  Busy,
}

/**
 * What was seen once, for all workers of a proxy, until it is too old to be shown again. Its places are limited: where
 * all are taken nothing new is let in.
 */
// @ts-ignore: decorator
@final
export class ReplayWindow {
  private readonly keys: OwnedBytes[] = [];

  /** Of a plugin, for about so many entries; `name` begins the keys of its shared data. */
  constructor(context: Context, name: Bytes, private readonly maxEntries: u32) {
    const plugin = context.getProperty(utf8("plugin_name"));
    for (let i: u32 = 0; i < BUCKETS; i++) {
      const key = BytesBuilder.create().add(name).add(plugin).addByte(0x2e).addU64(i).toBytes();
      // A conditional write needs a key that is there. Workers start before requests come.
      if (context.getSharedData(key).value.isAbsent) context.setSharedData(key, Bytes.empty);
      this.keys.push(key.toOwned());
    }
  }

  /** Shows what `principal` names `id`, at `now`; it is remembered for `nanos`. */
  take(context: Context, principal: Bytes, id: Bytes, now: u64, nanos: u64): Sighting {
    const digest = sha256(BytesBuilder.create().add(principal).addByte(0).add(id).toBytes());
    const until = (now + nanos) / NANOS_PER_SECOND + 1;
    const entry = new Entry(digest.slice(0, DIGEST_BYTES), <u32>(now / NANOS_PER_SECOND), <u32>until, this.maxEntries / BUCKETS);
    const key = this.keys[digest[DIGEST_BYTES] & (BUCKETS - 1)].view;
    return context.updateSharedData(key, entry) == Status.Ok ? entry.sighting : Sighting.Busy;
  }
}

// @ts-ignore: decorator
@final
class Entry extends SharedDataUpdate {
  sighting: Sighting = Sighting.First;

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
    this.sighting = Sighting.First;
    const out = BytesBuilder.create();
    for (let at = 0; at < current.length; at += ENTRY_BYTES) {
      const entry = current.slice(at, at + ENTRY_BYTES);
      if (secondsIn(entry) <= this.now) continue;
      if (entry.startsWith(this.digest)) return this.refuse(Sighting.Again);
      out.add(entry);
    }
    if (<u32>out.toBytes().length >= this.places * ENTRY_BYTES) return this.refuse(Sighting.NoPlace);
    out.add(this.digest);
    for (let shift = 24; shift >= 0; shift -= 8) out.addByte(<u8>(this.until >> shift));
    return out.toBytes();
  }

  private refuse(sighting: Sighting): Bytes {
    this.sighting = sighting;
    return Bytes.absent;
  }
}

function secondsIn(entry: Bytes): u32 {
  let seconds: u32 = 0;
  for (let i = DIGEST_BYTES; i < ENTRY_BYTES; i++) seconds = (seconds << 8) | entry[i];
  return seconds;
}
