import { Bytes } from "../bytes/bytes";
import { utf8 } from "../bytes/utf8";

/** A set of byte values: what one step of an expression accepts. */
// @ts-ignore: decorator
@final
export class ByteSet {
  /** 64 values each, ascending. */
  private a: u64 = 0;
  private b: u64 = 0;
  private c: u64 = 0;
  private d: u64 = 0;

  static of(byte: u8): ByteSet {
    return ByteSet.range(byte, byte);
  }

  /** `first` to `last`, both included. */
  static range(first: u8, last: u8): ByteSet {
    return new ByteSet().addRange(first, last);
  }

  has(byte: u8): bool {
    const word = byte < 128 ? (byte < 64 ? this.a : this.b) : (byte < 192 ? this.c : this.d);
    return ((word >> (byte & 63)) & 1) != 0;
  }

  add(byte: u8): void {
    const bit = <u64>1 << (byte & 63);
    if (byte < 64) this.a |= bit;
    else if (byte < 128) this.b |= bit;
    else if (byte < 192) this.c |= bit;
    else this.d |= bit;
  }

  /** Adds `first` to `last`, both included. */
  addRange(first: u8, last: u8): ByteSet {
    for (let byte: u32 = first; byte <= last; byte++) this.add(<u8>byte);
    return this;
  }

  addSet(other: ByteSet): ByteSet {
    this.a |= other.a;
    this.b |= other.b;
    this.c |= other.c;
    this.d |= other.d;
    return this;
  }

  /** All other values. */
  invert(): ByteSet {
    this.a = ~this.a;
    this.b = ~this.b;
    this.c = ~this.c;
    this.d = ~this.d;
    return this;
  }

  /** Adds each letter's other case: of ASCII, and of what Latin-1 holds of both cases, as RE2 does. */
  fold(): ByteSet {
    for (let byte: u32 = 0; byte < 256; byte++) {
      if (!isUpper(<u8>byte)) continue;
      const lower = <u8>byte + 0x20;
      if (this.has(<u8>byte)) this.add(lower);
      else if (this.has(lower)) this.add(<u8>byte);
    }
    return this;
  }

  equals(other: ByteSet): bool {
    return this.a == other.a && this.b == other.b && this.c == other.c && this.d == other.d;
  }
}

function isUpper(byte: u8): bool {
  return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0xc0 && byte <= 0xde && byte != 0xd7);
}

/** The set of ranges: first and last byte of each. */
export function setOf(ranges: Bytes): ByteSet {
  const set = new ByteSet();
  for (let i = 0; i < ranges.length; i += 2) set.addRange(ranges[i], ranges[i + 1]);
  return set;
}

/** `[0-9A-Za-z_]` */
export function wordSet(): ByteSet {
  return setOf(utf8("09AZaz__"));
}
