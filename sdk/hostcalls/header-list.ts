import { arenaAllocate } from "../abi/arena";
import { Bytes } from "../bytes/bytes";
import { isHost, isPseudo, isRequestPseudo, isVisible, isWritablePair } from "./header-rules";

/** Node of the list: `next`, name view, value view. */
const NODE_BYTES: usize = 16;

/** Hosts take a longer list for an empty one, without a word. */
const MAX_PAIRS: u32 = 1024;
const MAX_BYTES: u32 = 1 << 20;

/**
 * Headers for a local response or a callout, built in the arena.
 *
 * A pair that may not go on the wire, or one too many, marks the whole list invalid, and the
 * call that gets it is refused: leaving out one header silently could drop a security header.
 */
// @ts-ignore: decorator
@unmanaged
export class HeaderList {
  private first: usize;
  private last: usize;
  private count: u32;
  private dataBytes: u32;
  private valid: bool;
  private pseudoHeaders: bool;

  /** An empty list. */
  static create(): HeaderList {
    const list = changetype<HeaderList>(arenaAllocate(offsetof<HeaderList>()));
    list.first = 0;
    list.last = 0;
    list.count = 0;
    list.dataBytes = 0;
    list.valid = true;
    list.pseudoHeaders = false;
    return list;
  }

  /** Appends a pair; names should be lower-case. Pseudo headers are those of a callout's request. */
  add(name: Bytes, value: Bytes): HeaderList {
    if (!this.takes(name, value)) this.valid = false;
    const node = arenaAllocate(NODE_BYTES);
    store<usize>(node, 0);
    store<usize>(node, changetype<usize>(name), 4);
    store<usize>(node, changetype<usize>(value), 8);
    if (this.last) store<usize>(this.last, node);
    else this.first = node;
    this.last = node;
    this.count++;
    this.dataBytes += name.length + value.length + 2;
    return this;
  }

  private takes(name: Bytes, value: Bytes): bool {
    if (isPseudo(name)) {
      this.pseudoHeaders = true;
      return isRequestPseudo(name, value);
    }
    return isWritablePair(name, value) && (!isHost(name) || isVisible(value));
  }

  /** Whether every pair may go on the wire, and the list fits a hostcall. */
  get isValid(): bool {
    return this.valid && this.count <= MAX_PAIRS && this.encodedBytes <= MAX_BYTES;
  }

  /** Whether there is a pseudo header among them. */
  get hasPseudoHeaders(): bool {
    return this.pseudoHeaders;
  }

  /** Number of pairs of this name. */
  countOf(name: Bytes): u32 {
    let count: u32 = 0;
    for (let node = this.first; node; node = load<usize>(node)) {
      if (changetype<Bytes>(load<usize>(node, 4)).equalsIgnoreCase(name)) count++;
    }
    return count;
  }

  private get encodedBytes(): u32 {
    return 4 + (this.count << 3) + this.dataBytes;
  }

  /** The wire form of abi/pairs.ts. */
  encode(): Bytes {
    if (!this.count) return Bytes.absent;
    const length = this.encodedBytes;
    const blob = arenaAllocate(length);
    store<u32>(blob, this.count);
    let lengths = blob + 4;
    let data = lengths + (<usize>this.count << 3);
    for (let node = this.first; node; node = load<usize>(node)) {
      data = writeText(lengths, data, changetype<Bytes>(load<usize>(node, 4)));
      data = writeText(lengths + 4, data, changetype<Bytes>(load<usize>(node, 8)));
      lengths += 8;
    }
    return Bytes.of(blob, length);
  }
}

/** Writes a length and NUL-terminated bytes; returns the address behind them. */
function writeText(lengthAt: usize, at: usize, text: Bytes): usize {
  const length = <u32>text.length;
  store<u32>(lengthAt, length);
  memory.copy(at, text.address, length);
  store<u8>(at + length, 0);
  return at + length + 1;
}
