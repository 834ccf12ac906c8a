import { arenaAllocate } from "../abi/arena";
import { Bytes } from "../bytes/bytes";
import { isPseudo, isPseudoValue, isWritablePair } from "./header-rules";

/** Node of the list: `next`, name view, value view. */
const NODE_BYTES: usize = 16;

/**
 * Headers for a local response or a callout, built in the arena.
 *
 * A pair that may not go on the wire marks the whole list invalid, and the call that gets
 * it is refused: leaving out one header silently could drop a security header.
 */
// @ts-ignore: decorator
@unmanaged
export class HeaderList {
  private first: usize;
  private last: usize;
  private count: u32;
  private dataBytes: u32;
  private valid: bool;

  /** An empty list. */
  static create(): HeaderList {
    const list = changetype<HeaderList>(arenaAllocate(offsetof<HeaderList>()));
    list.first = 0;
    list.last = 0;
    list.count = 0;
    list.dataBytes = 0;
    list.valid = true;
    return list;
  }

  /** Appends a pair; names should be lower-case. Pseudo headers belong into callouts only. */
  add(name: Bytes, value: Bytes): HeaderList {
    const allowed = isPseudo(name) ? isPseudoValue(name, value) : isWritablePair(name, value);
    if (!allowed) this.valid = false;
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

  /** Whether every pair may go on the wire. */
  get isValid(): bool {
    return this.valid;
  }

  /** Whether the list has a pair of this name. */
  has(name: Bytes): bool {
    for (let node = this.first; node; node = load<usize>(node)) {
      if (changetype<Bytes>(load<usize>(node, 4)).equalsIgnoreCase(name)) return true;
    }
    return false;
  }

  /** The wire form of abi/pairs.ts. */
  encode(): Bytes {
    if (!this.count) return Bytes.absent;
    const length = 4 + (this.count << 3) + this.dataBytes;
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
