import { BytesBuilder } from "../bytes/builder";
import { Bytes } from "../bytes/bytes";
import { hexValue } from "../bytes/hex";
import { utf8 } from "../bytes/utf8";
import { utf8SequenceLength } from "../bytes/utf8-check";

/** Reads JSON strings (RFC 8259 7) from one text. */
// @ts-ignore: decorator
@final
export class StringScanner {
  /** Offset behind the closing quote, or of the error. */
  end: i32 = 0;
  /** The decoded string: a view of the input when it has no escapes. */
  value: Bytes = Bytes.absent;
  /** What is wrong, after `scan` returned false. */
  error: Bytes = Bytes.absent;

  constructor(private readonly input: Bytes) {}

  /** Scans from behind the opening quote. */
  scan(start: i32): bool {
    const input = this.input;
    let at = this.plainEnd(start);
    if (input[at] == 0x22) return this.accept(input.slice(start, at), at + 1);
    const decoded = BytesBuilder.create();
    let from = start;
    while (input[at] == 0x5c) {
      decoded.add(input.slice(from, at));
      from = this.unescape(at + 1, decoded);
      if (from < 0) return false;
      at = this.plainEnd(from);
    }
    if (input[at] != 0x22) return this.fail(at, this.problemAt(at));
    return this.accept(decoded.add(input.slice(from, at)).toBytes(), at + 1);
  }

  /** Offset of the first byte that is not an ordinary character. */
  private plainEnd(at: i32): i32 {
    const input = this.input;
    while (at < input.length) {
      const byte = input[at];
      if (byte == 0x22 || byte == 0x5c || byte < 0x20) return at;
      const length = byte < 0x80 ? 1 : utf8SequenceLength(input, at);
      if (!length) return at;
      at += length;
    }
    return at;
  }

  private problemAt(at: i32): Bytes {
    if (at >= this.input.length) return utf8("string is not closed");
    return this.input[at] < 0x20 ? utf8("control character in a string") : utf8("invalid UTF-8");
  }

  /** Decodes the escape behind a backslash; returns the offset behind it, -1 on error. */
  private unescape(at: i32, decoded: BytesBuilder): i32 {
    switch (this.input[at]) {
      case 0x22: decoded.addByte(0x22); return at + 1;
      case 0x5c: decoded.addByte(0x5c); return at + 1;
      case 0x2f: decoded.addByte(0x2f); return at + 1;
      case 0x62: decoded.addByte(0x08); return at + 1;
      case 0x66: decoded.addByte(0x0c); return at + 1;
      case 0x6e: decoded.addByte(0x0a); return at + 1;
      case 0x72: decoded.addByte(0x0d); return at + 1;
      case 0x74: decoded.addByte(0x09); return at + 1;
      case 0x75: return this.unescapeUnit(at + 1, decoded);
      default: return this.refuse(at, utf8("unknown escape"));
    }
  }

  private unescapeUnit(at: i32, decoded: BytesBuilder): i32 {
    const unit = this.hexUnit(at);
    if (unit < 0) return this.refuse(at, utf8("expected four hexadecimal digits"));
    if (unit >> 11 != 0x1b) {
      decoded.addCodePoint(unit);
      return at + 4;
    }
    const low = this.hexUnit(at + 6);
    const paired = unit < 0xdc00 && low >> 10 == 0x37
      && this.input[at + 4] == 0x5c && this.input[at + 5] == 0x75;
    if (!paired) return this.refuse(at, utf8("surrogate without its partner"));
    decoded.addCodePoint(0x10000 + ((unit & 0x3ff) << 10) + (low & 0x3ff));
    return at + 10;
  }

  /** Four hexadecimal digits, or -1. */
  private hexUnit(at: i32): i32 {
    let unit = 0;
    for (let i = at; i < at + 4; i++) {
      const digit = hexValue(this.input[i]);
      if (digit < 0) return -1;
      unit = (unit << 4) | digit;
    }
    return unit;
  }

  private accept(value: Bytes, end: i32): bool {
    this.value = value;
    this.end = end;
    return true;
  }

  private fail(at: i32, error: Bytes): bool {
    this.end = at;
    this.error = error;
    return false;
  }

  private refuse(at: i32, error: Bytes): i32 {
    this.fail(at, error);
    return -1;
  }
}
