import { Bytes, BytesBuilder, SharedDataUpdate, utf8 } from "@sluice/sdk";
import { TokenBucket } from "./token-bucket";

/** An entry is the key's hash and the moment at which its bucket is full, little-endian u64 each. */
const ENTRY_BYTES: i32 = 16;

/** What one request did to a bucket. */
export class Outcome {
  allowed: bool = false;
  /** State after the request, see {@link TokenBucket}. */
  fullAt: u64 = 0;
}

/**
 * Buckets of many keys in one shared value of fixed size. A full bucket needs no entry, so
 * entries expire by themselves. When every entry is in use, a new key takes over the one that is
 * nearest to full and goes on from its state: two keys may then share a bucket, but nobody gets
 * more than one bucket's tokens by coming back under new names.
 */
export class BucketTable extends SharedDataUpdate {
  private hash: u64 = 0;
  private now: u64 = 0;
  readonly outcome: Outcome = new Outcome();

  constructor(private readonly bucket: TokenBucket, private readonly entries: i32) {
    super();
  }

  /** The value of a table without keys. */
  static empty(entries: i32): Bytes {
    const table = BytesBuilder.create();
    for (let i = 0; i < entries; i++) addEntry(table, 0, 0);
    return table.toBytes();
  }

  /** Prepares the update for a request of a key. */
  take(hash: u64, now: u64): BucketTable {
    this.hash = hash;
    this.now = now;
    return this;
  }

  override next(current: Bytes): Bytes {
    const table = current.length == this.entries * ENTRY_BYTES ? current : BucketTable.empty(this.entries);
    const at = this.find(table);
    const fullAt = readU64(table, at + 8);
    const next = this.bucket.take(fullAt, this.now);
    this.outcome.allowed = next != 0;
    this.outcome.fullAt = next != 0 ? next : fullAt;
    if (next == 0) return Bytes.absent;
    const changed = BytesBuilder.create().add(table.slice(0, at));
    addEntry(changed, this.hash, next);
    return changed.add(table.slice(at + ENTRY_BYTES)).toBytes();
  }

  /** Offset of the key's entry, else of the one that is nearest to full. */
  private find(table: Bytes): i32 {
    let best = 0;
    let bestFullAt = u64.MAX_VALUE;
    for (let at = 0; at < table.length; at += ENTRY_BYTES) {
      const fullAt = readU64(table, at + 8);
      if (readU64(table, at) == this.hash && fullAt != 0) return at;
      if (fullAt < bestFullAt) {
        best = at;
        bestFullAt = fullAt;
      }
    }
    return best;
  }
}

function addEntry(table: BytesBuilder, hash: u64, fullAt: u64): void {
  addU64(table, hash);
  addU64(table, fullAt);
}

function addU64(table: BytesBuilder, value: u64): void {
  for (let shift: u64 = 0; shift < 64; shift += 8) table.addByte(<u8>(value >> shift));
}

function readU64(bytes: Bytes, at: i32): u64 {
  let value: u64 = 0;
  for (let i = 7; i >= 0; i--) value = (value << 8) | bytes[at + i];
  return value;
}
