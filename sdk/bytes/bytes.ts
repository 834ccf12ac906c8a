import { arenaAllocate } from "../abi/arena";
import { isBlank, isDigit, toLower } from "./ascii";
import { equalMemory, equalMemoryIgnoreCase, indexOfMemory } from "./memory";
import { OwnedBytes } from "./owned-bytes";

/** Cell layout: distance from the cell to the first byte, then the length. */
const CELL_BYTES: usize = 8;

/** The one view that means "there is no such value". */
const ABSENT: usize = memory.data(8, 8);

/** Largest number of decimal digits of a u64. */
const MAX_U64_DIGITS: i32 = 20;

/**
 * A view of bytes: no copy, no garbage, passed like a pointer.
 *
 * A view from the host (header, body, property) or made in a callback lives until the
 * outermost callback returns; keep longer what {@link toOwned} copies. A view of a
 * literal (`utf8("…")`) lives for ever. Reads out of range give 0 or an empty view, and
 * an absent value is {@link Bytes.absent}, never null.
 *
 * The cell holds a distance, not an address, so that literals and owned copies can be
 * laid out by the compiler or the collector and still be views.
 */
// @ts-ignore: decorator
@unmanaged
export class Bytes {
  private distance: usize;
  private size: u32;

  /** The view that stands for "no value"; its length is 0. */
  static get absent(): Bytes {
    return changetype<Bytes>(ABSENT);
  }

  /** An empty value, which is present. */
  static get empty(): Bytes {
    return Bytes.of(ABSENT, 0);
  }

  /** View of raw memory. For the SDK: filters compile without unsafe code. */
  // @ts-ignore: decorator
  @unsafe
  static of(address: usize, length: u32): Bytes {
    const cell = arenaAllocate(CELL_BYTES);
    store<usize>(cell, address - cell);
    store<u32>(cell, length, 4);
    return changetype<Bytes>(cell);
  }

  /** UTF-8 of a string, encoded into the arena. For configuration and logs. */
  static fromString(text: string): Bytes {
    const length = <u32>String.UTF8.byteLength(text);
    const address = arenaAllocate(length);
    String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, address);
    return Bytes.of(address, length);
  }

  /** Address of the first byte. For the SDK. */
  // @ts-ignore: decorator
  @unsafe @inline
  get address(): usize {
    return changetype<usize>(this) + this.distance;
  }

  /** Number of bytes. */
  // @ts-ignore: decorator
  @inline
  get length(): i32 {
    return <i32>this.size;
  }

  /** Whether there is no value at all; an empty value is not absent. */
  // @ts-ignore: decorator
  @inline
  get isAbsent(): bool {
    return changetype<usize>(this) == ABSENT;
  }

  /** The byte at `index`, or 0 outside. */
  // @ts-ignore: decorator
  @operator("[]")
  at(index: i32): u8 {
    return <u32>index < this.size ? load<u8>(this.address + index) : 0;
  }

  /** Whether both views hold the same bytes. Not for secrets: see `equalsConstantTime`. */
  equals(other: Bytes): bool {
    return this.size == other.size && equalMemory(this.address, other.address, this.size);
  }

  /** The same as {@link equals}; without it `==` would compare addresses. */
  // @ts-ignore: decorator
  @operator("==")
  private sameBytes(other: Bytes): bool {
    return this.equals(other);
  }

  /** The opposite of {@link equals}. */
  // @ts-ignore: decorator
  @operator("!=")
  private otherBytes(other: Bytes): bool {
    return !this.equals(other);
  }

  /** Whether both views are equal when ASCII letters count without case. */
  equalsIgnoreCase(other: Bytes): bool {
    return this.size == other.size
      && equalMemoryIgnoreCase(this.address, other.address, this.size);
  }

  /** Whether the view begins with `prefix`. */
  startsWith(prefix: Bytes): bool {
    return this.size >= prefix.size && equalMemory(this.address, prefix.address, prefix.size);
  }

  /** Whether the view begins with `prefix`, ASCII letters without case. */
  startsWithIgnoreCase(prefix: Bytes): bool {
    return this.size >= prefix.size
      && equalMemoryIgnoreCase(this.address, prefix.address, prefix.size);
  }

  /** Whether the view ends with `suffix`. */
  endsWith(suffix: Bytes): bool {
    if (this.size < suffix.size) return false;
    return equalMemory(this.address + this.size - suffix.size, suffix.address, suffix.size);
  }

  /** Position of `needle` at or after `from`, or -1. */
  indexOf(needle: Bytes, from: i32 = 0): i32 {
    const start = clamp(from, this.length);
    const found = indexOfMemory(
      this.address + start, this.length - start, needle.address, needle.length,
    );
    return found < 0 ? -1 : found + start;
  }

  /** Position of a byte at or after `from`, or -1. */
  indexOfByte(byte: u8, from: i32 = 0): i32 {
    const address = this.address;
    for (let i = max(from, 0), end = this.length; i < end; i++) {
      if (load<u8>(address + i) == byte) return i;
    }
    return -1;
  }

  /** Position of the last such byte, or -1. */
  lastIndexOfByte(byte: u8): i32 {
    const address = this.address;
    for (let i = this.length - 1; i >= 0; i--) {
      if (load<u8>(address + i) == byte) return i;
    }
    return -1;
  }

  /** View of `[start, end)`; both are clamped to the view. */
  slice(start: i32, end: i32 = i32.MAX_VALUE): Bytes {
    const first = clamp(start, this.length);
    const last = max(first, clamp(end, this.length));
    return Bytes.of(this.address + first, last - first);
  }

  /** View without blanks and tabs at both ends (OWS of RFC 9110). */
  trim(): Bytes {
    const address = this.address;
    let first = 0;
    let last = this.length;
    while (first < last && isBlank(load<u8>(address + first))) first++;
    while (last > first && isBlank(load<u8>(address + last - 1))) last--;
    return Bytes.of(address + first, last - first);
  }

  /** Copy with `A`–`Z` lower-cased; header names from configuration need it. */
  toLowerCase(): Bytes {
    const address = this.address;
    const copy = arenaAllocate(this.size);
    for (let i: u32 = 0; i < this.size; i++) {
      store<u8>(copy + i, <u8>toLower(load<u8>(address + i)));
    }
    return Bytes.of(copy, this.size);
  }

  /** Three-way comparison by unsigned bytes, shorter first: < 0, 0 or > 0. */
  compare(other: Bytes): i32 {
    const shared = min(this.size, other.size);
    const order = memory.compare(this.address, other.address, shared);
    return order ? order : this.length - other.length;
  }

  /** Whether the view is a decimal number that fits a u64: digits only, at least one. */
  isDecimal(): bool {
    if (!this.size || this.length > MAX_U64_DIGITS) return false;
    for (let i = 0; i < this.length; i++) {
      if (!isDigit(load<u8>(this.address + i))) return false;
    }
    return this.length < MAX_U64_DIGITS || fitsU64(this.address);
  }

  /** The decimal number, or `otherwise` when it is none or too large. */
  toU64(otherwise: u64 = 0): u64 {
    return this.isDecimal() ? parseDigits(this.address, this.length) : otherwise;
  }

  /** The decimal number, or `otherwise` when it is none or too large. */
  toU32(otherwise: u32 = 0): u32 {
    const value = this.toU64(u64.MAX_VALUE);
    return value <= u32.MAX_VALUE ? <u32>value : otherwise;
  }

  /** Hash of the bytes (FNV-1a, 32 bits), for tables of known size; not for secrets. */
  hash(): u32 {
    let hash: u32 = 0x811c9dc5;
    for (let i: u32 = 0; i < this.size; i++) {
      hash = (hash ^ load<u8>(this.address + i)) * 0x01000193;
    }
    return hash;
  }

  /** A managed copy, for fields that outlive the callback. */
  toOwned(): OwnedBytes {
    if (this.isAbsent) return OwnedBytes.absent();
    return OwnedBytes.copyOf(this.address, this.size);
  }

  /** Decoded UTF-8 as a managed string. For logs and configuration, not for the hot path. */
  toString(): string {
    return String.UTF8.decodeUnsafe(this.address, this.size);
  }
}

function clamp(position: i32, length: i32): i32 {
  return max(0, min(position, length));
}

function parseDigits(address: usize, length: i32): u64 {
  let value: u64 = 0;
  for (let i = 0; i < length; i++) value = value * 10 + (load<u8>(address + i) - 0x30);
  return value;
}

/** Whether twenty digits are at most 18446744073709551615. */
function fitsU64(address: usize): bool {
  const head = parseDigits(address, MAX_U64_DIGITS - 1);
  const last = <u64>(load<u8>(address + MAX_U64_DIGITS - 1) - 0x30);
  return head < 1844674407370955161 || (head == 1844674407370955161 && last <= 5);
}
