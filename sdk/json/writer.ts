import { arenaAllocate } from "../abi/arena";
import { BytesBuilder } from "../bytes/builder";
import { Bytes } from "../bytes/bytes";
import { utf8 } from "../bytes/utf8";
import { utf8SequenceLength } from "../bytes/utf8-check";

/**
 * Writes JSON (RFC 8259), compact; commas come by themselves. The caller writes a name before
 * each value of an object and closes what it opens:
 *
 *     JsonWriter.create().beginObject().name(utf8("a")).uint(1).endObject().toBytes()
 */
// @ts-ignore: decorator
@unmanaged
export class JsonWriter {
  private out: BytesBuilder;
  /** Whether the next value or name needs a comma. */
  private comma: bool;

  /** An empty writer. */
  static create(): JsonWriter {
    const writer = changetype<JsonWriter>(arenaAllocate(offsetof<JsonWriter>()));
    writer.out = BytesBuilder.create();
    writer.comma = false;
    return writer;
  }

  /** `{` */
  beginObject(): JsonWriter {
    return this.open(0x7b);
  }

  /** `}` */
  endObject(): JsonWriter {
    return this.close(0x7d);
  }

  /** `[` */
  beginArray(): JsonWriter {
    return this.open(0x5b);
  }

  /** `]` */
  endArray(): JsonWriter {
    return this.close(0x5d);
  }

  /** Name of the next value. */
  name(name: Bytes): JsonWriter {
    this.separate().quote(name);
    this.out.addByte(0x3a);
    this.comma = false;
    return this;
  }

  /** A string; bytes that are no UTF-8 become U+FFFD. */
  string(value: Bytes): JsonWriter {
    return this.separate().quote(value).done();
  }

  /** An unsigned integer. */
  uint(value: u64): JsonWriter {
    this.separate().out.addU64(value);
    return this.done();
  }

  /** A signed integer. */
  int(value: i64): JsonWriter {
    this.separate().out.addI64(value);
    return this.done();
  }

  /** A number; `null` when it is not finite, which JSON cannot say. */
  double(value: f64): JsonWriter {
    if (!isFinite(value)) return this.null();
    this.separate().out.addString(value.toString());
    return this.done();
  }

  /** `true` or `false`. */
  bool(value: bool): JsonWriter {
    return this.raw(value ? utf8("true") : utf8("false"));
  }

  /** `null`. */
  null(): JsonWriter {
    return this.raw(utf8("null"));
  }

  /** A value that is JSON already. */
  raw(json: Bytes): JsonWriter {
    this.separate().out.add(json);
    return this.done();
  }

  /** The text so far. */
  toBytes(): Bytes {
    return this.out.toBytes();
  }

  private separate(): JsonWriter {
    if (this.comma) this.out.addByte(0x2c);
    return this;
  }

  private done(): JsonWriter {
    this.comma = true;
    return this;
  }

  private open(bracket: u8): JsonWriter {
    this.separate().out.addByte(bracket);
    this.comma = false;
    return this;
  }

  private close(bracket: u8): JsonWriter {
    this.out.addByte(bracket);
    return this.done();
  }

  private quote(text: Bytes): JsonWriter {
    this.out.addByte(0x22);
    for (let at = 0; at < text.length; ) at = this.character(text, at);
    this.out.addByte(0x22);
    return this;
  }

  /** Writes the character at `at`; returns the offset behind it. */
  private character(text: Bytes, at: i32): i32 {
    const byte = text[at];
    if (byte >= 0x80) {
      const length = utf8SequenceLength(text, at);
      this.out.add(length ? text.slice(at, at + length) : utf8("\ufffd"));
      return at + max(length, 1);
    }
    if (byte == 0x22 || byte == 0x5c) this.out.addByte(0x5c).addByte(byte);
    else if (byte < 0x20) this.escape(byte);
    else this.out.addByte(byte);
    return at + 1;
  }

  private escape(byte: u8): void {
    this.out.addByte(0x5c);
    const letter = utf8("btn\0fr")[<i32>byte - 8];
    if (letter) this.out.addByte(letter);
    else this.out.add(utf8("u00")).addByte(0x30 + (byte >> 4)).addByte(utf8("0123456789abcdef")[byte & 15]);
  }
}
