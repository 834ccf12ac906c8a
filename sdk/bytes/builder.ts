import { arenaAllocate } from "../abi/arena";
import { Bytes } from "./bytes";

const INITIAL_BYTES: u32 = 64;

/**
 * Builds a byte string in the arena: header values, bodies, log lines.
 *
 * Lives, like everything in the arena, until the outermost callback returns.
 */
// @ts-ignore: decorator
@unmanaged
export class BytesBuilder {
  private data: usize;
  private size: u32;
  private capacity: u32;

  /** An empty builder. */
  static create(): BytesBuilder {
    const builder = changetype<BytesBuilder>(arenaAllocate(offsetof<BytesBuilder>()));
    builder.data = arenaAllocate(INITIAL_BYTES);
    builder.size = 0;
    builder.capacity = INITIAL_BYTES;
    return builder;
  }

  /** Number of bytes so far. */
  get length(): i32 {
    return <i32>this.size;
  }

  /** Appends a copy of `bytes`. */
  add(bytes: Bytes): BytesBuilder {
    const length = <u32>bytes.length;
    const end = this.reserve(length);
    memory.copy(end, bytes.address, length);
    this.size += length;
    return this;
  }

  /** Appends one byte. */
  addByte(byte: u8): BytesBuilder {
    store<u8>(this.reserve(1), byte);
    this.size++;
    return this;
  }

  /** Appends a string as UTF-8; encodes at run time, so prefer {@link add} with a literal. */
  addString(text: string): BytesBuilder {
    return this.add(Bytes.fromString(text));
  }

  /** Appends a Unicode scalar value as UTF-8. */
  addCodePoint(point: u32): BytesBuilder {
    if (point < 0x80) return this.addByte(<u8>point);
    if (point < 0x800) return this.addByte(<u8>(0xc0 | (point >> 6))).addContinuation(point);
    if (point < 0x10000) {
      return this.addByte(<u8>(0xe0 | (point >> 12))).addContinuation(point >> 6).addContinuation(point);
    }
    this.addByte(<u8>(0xf0 | (point >> 18))).addContinuation(point >> 12);
    return this.addContinuation(point >> 6).addContinuation(point);
  }

  private addContinuation(bits: u32): BytesBuilder {
    return this.addByte(<u8>(0x80 | (bits & 0x3f)));
  }

  /** Appends a number in decimal. */
  addU64(value: u64): BytesBuilder {
    let digits: u32 = 1;
    for (let rest = value; rest >= 10; rest /= 10) digits++;
    let at = this.reserve(digits) + digits;
    this.size += digits;
    do {
      store<u8>(--at, <u8>(0x30 + value % 10));
      value /= 10;
    } while (value);
    return this;
  }

  /** Appends a signed number in decimal. */
  addI64(value: i64): BytesBuilder {
    if (value >= 0) return this.addU64(<u64>value);
    return this.addByte(0x2d).addU64(<u64>0 - <u64>value);
  }

  /** Drops what stands behind the first `length` bytes; what is added then overwrites it in views of {@link toBytes} too. */
  truncate(length: i32): void {
    if (<u32>length < this.size) this.size = length;
  }

  /** View of what was built so far; later additions do not change it. */
  toBytes(): Bytes {
    return Bytes.of(this.data, this.size);
  }

  /** Address of the first free byte after making room for `more`. */
  private reserve(more: u32): usize {
    const needed = this.size + more;
    if (needed > this.capacity) this.grow(needed);
    return this.data + this.size;
  }

  private grow(needed: u32): void {
    this.capacity = max(needed, this.capacity << 1);
    const data = arenaAllocate(this.capacity);
    memory.copy(data, this.data, this.size);
    this.data = data;
  }
}
