import { arenaAllocate } from "../abi/arena";
import { ENTRY_BYTES, ENTRY_VALUE, countPairs, indexPairs } from "../abi/pairs";
import { Bytes } from "../bytes/bytes";

/**
 * A map or list attribute: pairs of bytes. A list has its elements as names. Values carry no
 * type; numbers are 8 bytes. The order of a map is that of the host, and Envoy's is random.
 */
// @ts-ignore: decorator
@unmanaged
export class PairList {
  private index: usize;
  private count: u32;

  /** Decodes the wire form; a blob that is none is empty. For the SDK. */
  // @ts-ignore: decorator
  @unsafe
  static of(blob: Bytes): PairList {
    const list = changetype<PairList>(arenaAllocate(offsetof<PairList>()));
    const count = countPairs(blob.address, blob.length);
    list.index = count ? indexPairs(blob.address, blob.length, count) : 0;
    list.count = list.index ? count : 0;
    return list;
  }

  /** Number of pairs. */
  get size(): i32 {
    return <i32>this.count;
  }

  /** Name of a pair, or element of a list; `Bytes.absent` outside. */
  nameAt(position: i32): Bytes {
    return <u32>position < this.count ? changetype<Bytes>(this.entry(position)) : Bytes.absent;
  }

  /** Value of a pair; `Bytes.absent` outside. */
  valueAt(position: i32): Bytes {
    return <u32>position < this.count ? changetype<Bytes>(this.entry(position) + ENTRY_VALUE) : Bytes.absent;
  }

  /** Value of a name, or `Bytes.absent`. */
  get(name: Bytes): Bytes {
    for (let i = 0; i < this.size; i++) {
      if (this.nameAt(i).equals(name)) return this.valueAt(i);
    }
    return Bytes.absent;
  }

  private entry(position: i32): usize {
    return this.index + <usize>position * ENTRY_BYTES;
  }
}
