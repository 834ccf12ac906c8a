import { arenaAllocate } from "../abi/arena";
import { BytesBuilder } from "../bytes/builder";
import { Bytes } from "../bytes/bytes";
import { WireType } from "./wire-type";

/**
 * Writes a protobuf message field by field. A nested message is written first and added as
 * bytes: `outer.bytes(3, inner.toBytes())`. Default values are written when you add them:
 * leave them out yourself where the schema means "absent".
 */
// @ts-ignore: decorator
@unmanaged
export class ProtoWriter {
  private out: BytesBuilder;

  /** An empty message. */
  static create(): ProtoWriter {
    const writer = changetype<ProtoWriter>(arenaAllocate(offsetof<ProtoWriter>()));
    writer.out = BytesBuilder.create();
    return writer;
  }

  /** `uint32`, `uint64` and enums. */
  uint(field: u32, value: u64): ProtoWriter {
    this.tag(field, WireType.Varint);
    return this.varint(value);
  }

  /** `int32` and `int64`: ten bytes when negative. */
  int(field: u32, value: i64): ProtoWriter {
    return this.uint(field, <u64>value);
  }

  /** `sint32` and `sint64` (zigzag). */
  sint(field: u32, value: i64): ProtoWriter {
    return this.uint(field, <u64>((value << 1) ^ (value >> 63)));
  }

  /** `bool`. */
  bool(field: u32, value: bool): ProtoWriter {
    return this.uint(field, u64(value));
  }

  /** `fixed32` and `sfixed32`. */
  fixed32(field: u32, value: u32): ProtoWriter {
    this.tag(field, WireType.Fixed32);
    return this.littleEndian(value, 4);
  }

  /** `fixed64` and `sfixed64`. */
  fixed64(field: u32, value: u64): ProtoWriter {
    this.tag(field, WireType.Fixed64);
    return this.littleEndian(value, 8);
  }

  /** `float`. */
  float(field: u32, value: f32): ProtoWriter {
    return this.fixed32(field, reinterpret<u32>(value));
  }

  /** `double`. */
  double(field: u32, value: f64): ProtoWriter {
    return this.fixed64(field, reinterpret<u64>(value));
  }

  /** `string`, `bytes`, a nested message, or a packed list (of {@link packed}). */
  bytes(field: u32, value: Bytes): ProtoWriter {
    this.tag(field, WireType.Bytes);
    this.varint(<u64>value.length);
    this.out.add(value);
    return this;
  }

  /** An item of a packed list of varints; the list is the message of such items. */
  packed(value: u64): ProtoWriter {
    return this.varint(value);
  }

  /** The message so far. */
  toBytes(): Bytes {
    return this.out.toBytes();
  }

  private tag(field: u32, type: WireType): void {
    this.varint((<u64>field << 3) | <u64>type);
  }

  private varint(value: u64): ProtoWriter {
    for (; value > 0x7f; value >>= 7) this.out.addByte(<u8>value | 0x80);
    this.out.addByte(<u8>value);
    return this;
  }

  private littleEndian(value: u64, count: i32): ProtoWriter {
    for (; count; count--, value >>= 8) this.out.addByte(<u8>value);
    return this;
  }
}
