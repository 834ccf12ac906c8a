import { Bytes } from "../bytes/bytes";
import { OwnedBytes } from "../bytes/owned-bytes";

/** An entry of two lists: its bucket, and the order of use. */
// @ts-ignore: decorator
@final
class LruEntry<V> {
  nextInBucket: LruEntry<V> | null = null;
  newer: LruEntry<V> | null = null;
  older: LruEntry<V> | null = null;

  constructor(readonly key: OwnedBytes, readonly hash: u32, public value: V) {}
}

/**
 * Map from bytes to objects with a fixed number of places; a new key takes the place of the
 * one that was not used for longest. Keys are copied. Hashes are not keyed: a peer that
 * chooses keys can make look-ups slow, so keep the capacity small or hash them first.
 */
// @ts-ignore: decorator
@final
export class LruMap<V> {
  private readonly buckets: StaticArray<LruEntry<V> | null>;
  private newest: LruEntry<V> | null = null;
  private oldest: LruEntry<V> | null = null;
  private count: i32 = 0;

  constructor(
    /** Number of places, at least 1. */
    readonly capacity: i32,
  ) {
    let buckets = 1;
    while (buckets < capacity) buckets <<= 1;
    this.buckets = new StaticArray<LruEntry<V> | null>(buckets);
  }

  /** Number of keys. */
  get size(): i32 {
    return this.count;
  }

  /** Whether there is the key; no use of it. */
  has(key: Bytes): bool {
    return this.find(key, key.hash()) !== null;
  }

  /** The value of a key, which is now the newest, or `otherwise`. */
  get(key: Bytes, otherwise: V): V {
    const entry = this.find(key, key.hash());
    if (entry === null) return otherwise;
    this.unlink(entry);
    this.linkNewest(entry);
    return entry.value;
  }

  /** Sets the value of a key, which is now the newest; drops the oldest when there is no place. */
  set(key: Bytes, value: V): void {
    const hash = key.hash();
    let entry = this.find(key, hash);
    if (entry !== null) {
      entry.value = value;
      this.unlink(entry);
    } else {
      if (this.count >= max(this.capacity, 1)) this.drop(this.oldest!);
      entry = this.insert(new LruEntry<V>(key.toOwned(), hash, value));
    }
    this.linkNewest(entry);
  }

  /** Removes a key. False when there is none. */
  delete(key: Bytes): bool {
    const entry = this.find(key, key.hash());
    if (entry === null) return false;
    this.drop(entry);
    return true;
  }

  /** The key that would be dropped next; absent when there is none. */
  get oldestKey(): Bytes {
    const entry = this.oldest;
    return entry !== null ? entry.key.view : Bytes.absent;
  }

  private bucketOf(hash: u32): i32 {
    return <i32>hash & (this.buckets.length - 1);
  }

  private find(key: Bytes, hash: u32): LruEntry<V> | null {
    let entry = this.buckets[this.bucketOf(hash)];
    while (entry !== null && !(entry.hash == hash && entry.key.view.equals(key))) {
      entry = entry.nextInBucket;
    }
    return entry;
  }

  private insert(entry: LruEntry<V>): LruEntry<V> {
    const bucket = this.bucketOf(entry.hash);
    entry.nextInBucket = this.buckets[bucket];
    this.buckets[bucket] = entry;
    this.count++;
    return entry;
  }

  private drop(entry: LruEntry<V>): void {
    this.unlink(entry);
    const bucket = this.bucketOf(entry.hash);
    let previous: LruEntry<V> | null = null;
    let other = this.buckets[bucket];
    while (other !== null && other !== entry) {
      previous = other;
      other = other.nextInBucket;
    }
    if (previous !== null) previous.nextInBucket = entry.nextInBucket;
    else this.buckets[bucket] = entry.nextInBucket;
    this.count--;
  }

  private linkNewest(entry: LruEntry<V>): void {
    const newest = this.newest;
    entry.older = newest;
    entry.newer = null;
    if (newest !== null) newest.newer = entry;
    else this.oldest = entry;
    this.newest = entry;
  }

  private unlink(entry: LruEntry<V>): void {
    const newer = entry.newer;
    const older = entry.older;
    if (newer !== null) newer.older = older;
    else this.newest = older;
    if (older !== null) older.newer = newer;
    else this.oldest = newer;
  }
}
