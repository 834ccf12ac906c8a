import { arenaAllocate } from "../abi/arena";
import { Bytes } from "../bytes/bytes";
import { utf8 } from "../bytes/utf8";
import { WireType } from "./wire-type";

const DEFAULT_DEPTH: i32 = 32;

/** Bytes of the longest varint, and the largest value of its last byte. */
const MAX_VARINT_BYTES: i32 = 10;
const MAX_LAST_BYTE: u8 = 1;

const MAX_FIELD: u64 = (1 << 29) - 1;

/**
 * Reads a protobuf message field by field, without copies and without a schema:
 *
 *     for (const reader = ProtoReader.of(bytes); reader.next(); ) {
 *       if (reader.field == 1) name = reader.bytes;
 *     }
 *
 * Hostile input ends `next` with an `error` and never traps: cut fields, varints of more than
 * 64 bits, field 0, groups, nesting below the limit. A value asked for in another wire type
 * than it has is 0 or absent, as an unknown field would be. A field may repeat: the last one
 * counts for scalars.
 */
// @ts-ignore: decorator
@unmanaged
export class ProtoReader {
  private input: Bytes;
  private at: i32;
  private depth: i32;
  private number: u32;
  private type: u32;
  private scalar: u64;
  private view: Bytes;
  private problem: Bytes;

  /** A reader of one message; `maxDepth` counts it and the messages in it. */
  static of(input: Bytes, maxDepth: i32 = DEFAULT_DEPTH): ProtoReader {
    const reader = changetype<ProtoReader>(arenaAllocate(offsetof<ProtoReader>()));
    reader.input = input;
    reader.at = 0;
    reader.depth = maxDepth;
    reader.number = 0;
    reader.type = WireType.Varint;
    reader.scalar = 0;
    reader.view = Bytes.absent;
    reader.problem = maxDepth > 0 ? Bytes.absent : utf8("message is nested too deeply");
    return reader;
  }

  /** Reads the next field. False at the end and on an error. */
  next(): bool {
    if (!this.problem.isAbsent || this.at >= this.input.length) return false;
    const tag = this.varint();
    if (!this.problem.isAbsent) return false;
    if (tag >> 3 == 0 || tag >> 3 > MAX_FIELD) return this.fail(utf8("field number is invalid"));
    this.number = <u32>(tag >> 3);
    this.type = <u32>tag & 7;
    this.scalar = 0;
    this.view = Bytes.absent;
    return this.readValue();
  }

  /** What is wrong, as a phrase; absent when there is no error. */
  get error(): Bytes {
    return this.problem;
  }

  /** Offset of the next byte, or of the error. */
  get position(): i32 {
    return this.at;
  }

  /** Number of the field. */
  get field(): u32 {
    return this.number;
  }

  /** Encoding of the field. */
  get wireType(): WireType {
    return <WireType>this.type;
  }

  /** `uint32`, `uint64`, enums. */
  get uint(): u64 {
    return this.type == WireType.Varint ? this.scalar : 0;
  }

  /** `int32`, `int64`. */
  get int(): i64 {
    return <i64>this.uint;
  }

  /** `sint32`, `sint64` (zigzag). */
  get sint(): i64 {
    const value = this.uint;
    return <i64>(value >> 1) ^ -(<i64>value & 1);
  }

  /** `bool`. */
  get bool(): bool {
    return this.uint != 0;
  }

  /** `fixed32`, `sfixed32`. */
  get fixed32(): u32 {
    return this.type == WireType.Fixed32 ? <u32>this.scalar : 0;
  }

  /** `fixed64`, `sfixed64`. */
  get fixed64(): u64 {
    return this.type == WireType.Fixed64 ? this.scalar : 0;
  }

  /** `float`. */
  get float(): f32 {
    return reinterpret<f32>(this.fixed32);
  }

  /** `double`. */
  get double(): f64 {
    return reinterpret<f64>(this.fixed64);
  }

  /** `string`, `bytes`: a view of the input; absent for another encoding. */
  get bytes(): Bytes {
    return this.view;
  }

  /** A reader of a nested message, or of nothing for another encoding. */
  message(): ProtoReader {
    return ProtoReader.of(this.view, this.depth - 1);
  }

  /** The next varint of a packed list: `for (const list = reader.packed(); list.nextItem(); )`. */
  packed(): ProtoReader {
    return ProtoReader.of(this.view);
  }

  /** Reads an item of a packed list of varints into `uint`, `int`, `sint` or `bool`. */
  nextItem(): bool {
    if (!this.problem.isAbsent || this.at >= this.input.length) return false;
    this.scalar = this.varint();
    return this.problem.isAbsent;
  }

  private readValue(): bool {
    switch (this.type) {
      case WireType.Varint: {
        this.scalar = this.varint();
        return this.problem.isAbsent;
      }
      case WireType.Fixed64: return this.readFixed(8);
      case WireType.Bytes: return this.readBytes();
      case WireType.Fixed32: return this.readFixed(4);
      default: return this.fail(utf8("wire type is not supported"));
    }
  }

  private readFixed(count: i32): bool {
    if (this.input.length - this.at < count) return this.fail(utf8("field is cut short"));
    for (let i = count - 1; i >= 0; i--) this.scalar = (this.scalar << 8) | this.input[this.at + i];
    this.at += count;
    return true;
  }

  private readBytes(): bool {
    const length = this.varint();
    if (!this.problem.isAbsent) return false;
    if (length > <u64>(this.input.length - this.at)) return this.fail(utf8("field is cut short"));
    this.view = this.input.slice(this.at, this.at + <i32>length);
    this.at += <i32>length;
    return true;
  }

  private varint(): u64 {
    let value: u64 = 0;
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      if (this.at >= this.input.length) break;
      const byte = this.input[this.at++];
      if (i == MAX_VARINT_BYTES - 1 && byte > MAX_LAST_BYTE) break;
      value |= <u64>(byte & 0x7f) << (7 * i);
      if (byte < 0x80) return value;
    }
    this.fail(utf8("number is cut short or too long"));
    return 0;
  }

  private fail(problem: Bytes): bool {
    this.problem = problem;
    return false;
  }
}
