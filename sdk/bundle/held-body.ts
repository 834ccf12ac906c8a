import { arenaAllocate } from "../abi/arena";
import { BufferType, Status } from "../abi/enums";
import { proxy_set_buffer_bytes } from "../abi/imports";
import { Bytes } from "../bytes/bytes";
import { readBuffer } from "../hostcalls/buffers";

/** Start that is past the end of every buffer: append. */
const END: u32 = u32.MAX_VALUE;

/**
 * Who may see what of a body that the host holds. The filters behind hold the bytes at the
 * front: what has passed a filter and waits behind it is no longer its own.
 *
 *     0            passed(2)=0      passed(1)        passed(0)          total
 *     |  held by filter 2  |  held by filter 1  |  held by filter 0  |
 */
export class HeldBody {
  /** Bytes that the host holds. */
  total: u32 = 0;
  /** Per place: bytes at the front that have passed the filter; made with the first body. */
  private passed: StaticArray<u32> = [];

  constructor(private readonly length: i32) {}

  /** Number of bytes that the filter at a place may see. */
  sizeAt(place: i32): u32 {
    return this.endAt(place) - this.startAt(place);
  }

  /** What the filter at a place may see has passed it. */
  pass(place: i32): void {
    if (!this.passed.length) this.passed = new StaticArray<u32>(this.length);
    this.passed[place] = this.endAt(place);
  }

  /** The host has taken everything back. */
  forget(): void {
    this.total = 0;
    for (let i = 0; i < this.passed.length; i++) this.passed[i] = 0;
  }

  /** As `Body.read`, in the part of a place. */
  read(buffer: BufferType, place: i32, start: u32, maxLength: u32): Bytes {
    const size = this.sizeAt(place);
    const from = min(start, size);
    return readBuffer(buffer, this.startAt(place) + from, min(maxLength, size - from));
  }

  /** As `Body`'s changes, in the part of a place: the host writes at its own two ends only. */
  write(buffer: BufferType, place: i32, start: u32, length: u32, bytes: Bytes): bool {
    const size = this.sizeAt(place);
    const isAppend = start == END;
    const kept = isAppend ? this.endAt(place) : this.startAt(place);
    const replaced = isAppend ? 0 : min(length, size);
    const atFront = kept == 0;
    const atEnd = isAppend && kept == this.total;
    const text = atFront || atEnd ? bytes : joined(readBuffer(buffer, 0, kept), bytes);
    const status = proxy_set_buffer_bytes(
      buffer, atEnd ? END : 0, atEnd ? 0 : kept + replaced, text.address, text.length,
    );
    if (status != Status.Ok) return false;
    this.grow(place, bytes.length - replaced);
    return true;
  }

  private startAt(place: i32): u32 {
    return this.passed.length ? this.passed[place] : 0;
  }

  private endAt(place: i32): u32 {
    return place == 0 ? this.total : this.startAt(place - 1);
  }

  /** The part of a place is longer by `more` bytes, which may be negative. */
  private grow(place: i32, more: u32): void {
    this.total += more;
    for (let i = 0; i < place && i < this.passed.length; i++) this.passed[i] += more;
  }
}

function joined(first: Bytes, second: Bytes): Bytes {
  const at = arenaAllocate(first.length + second.length);
  memory.copy(at, first.address, first.length);
  memory.copy(at + first.length, second.address, second.length);
  return Bytes.of(at, first.length + second.length);
}
