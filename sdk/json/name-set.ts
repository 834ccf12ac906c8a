import { arenaAllocate } from "../abi/arena";
import { Bytes } from "../bytes/bytes";

/** Deepest nesting the reader allows, plus the outermost level. */
const LEVELS: usize = 65;

const MIN_BUCKETS: i32 = 16;
const MAX_BUCKETS: i32 = 16384;

/** Bytes a member needs at least: `"":0,`. */
const MEMBER_BYTES: i32 = 5;

/** Node: next node, number of the object, hash, name view. */
const NODE_BYTES: usize = 16;

/**
 * Member names seen in the objects that are open, in one hash table for the document, so
 * that large objects cost linear time.
 */
// @ts-ignore: decorator
@final
export class NameSet {
  private readonly mask: u32;
  private readonly buckets: usize;
  private objectCount: u32 = 0;
  private depth: i32 = 0;
  /** The number of each open object. */
  private readonly openObjects: usize;

  constructor(textBytes: i32) {
    let size = MIN_BUCKETS;
    while (size < MAX_BUCKETS && size * MEMBER_BYTES < textBytes) size <<= 1;
    this.mask = <u32>size - 1;
    this.buckets = arenaAllocate(<usize>size << 2);
    memory.fill(this.buckets, 0, <usize>size << 2);
    this.openObjects = arenaAllocate(LEVELS << 2);
    store<u32>(this.openObjects, 0);
  }

  /** Begins an object or array. */
  open(): void {
    store<u32>(this.openObjects + (<usize>++this.depth << 2), ++this.objectCount);
  }

  /** Ends the innermost one. */
  close(): void {
    this.depth--;
  }

  /** Notes a name of the innermost object; false when it is there already. */
  add(name: Bytes): bool {
    const object = load<u32>(this.openObjects + (<usize>this.depth << 2));
    const hash = name.hash() + object * 0x9e3779b1;
    const bucket = this.buckets + (<usize>(hash & this.mask) << 2);
    for (let node = load<usize>(bucket); node; node = load<usize>(node)) {
      if (load<u32>(node, 4) != object || load<u32>(node, 8) != hash) continue;
      if (changetype<Bytes>(load<usize>(node, 12)).equals(name)) return false;
    }
    const node = arenaAllocate(NODE_BYTES);
    store<usize>(node, load<usize>(bucket));
    store<u32>(node, object, 4);
    store<u32>(node, hash, 8);
    store<usize>(node, changetype<usize>(name), 12);
    store<usize>(bucket, node);
    return true;
  }
}
