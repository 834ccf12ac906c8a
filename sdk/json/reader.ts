import { Bytes } from "../bytes/bytes";
import { utf8 } from "../bytes/utf8";
import { NameSet } from "./name-set";
import { isIntegerNumber, numberEnd, parseInteger } from "./number";
import { StringScanner } from "./string-scanner";

/** What `JsonReader.next` found. */
export enum JsonToken {
  /** The text is not JSON; see `error` and `position`. Stays so. */
  Error,
  /** The document is complete. Stays so. */
  End,
  BeginObject,
  EndObject,
  BeginArray,
  EndArray,
  /** Name of a member; its value is the next token. */
  Name,
  String,
  Number,
  True,
  False,
  Null,
}

/** What the grammar allows next. */
enum Expect {
  Value,
  ValueOrEnd,
  Name,
  NameOrEnd,
  CommaOrEnd,
  Nothing,
}

const MAX_DEPTH: i32 = 64;
const DEFAULT_DEPTH: i32 = 32;
const DEFAULT_BYTES: i32 = 1 << 20;

/**
 * Strict pull reader over bytes (RFC 8259): no comments, no trailing commas, valid UTF-8,
 * paired surrogates, one document. Never traps: an error is a token with a position and a
 * sentence. A repeated member name is an error unless the caller allows it, since readers
 * disagree which one counts. Depth is limited to 64 and the size by the caller.
 *
 * Strings without escapes are views of the input; all views live as long as the input.
 */
// @ts-ignore: decorator
@final
export class JsonReader {
  private at: i32 = 0;
  private start: i32 = 0;
  private depth: i32 = 0;
  /** Bit per open container, lowest = innermost: 1 object, 0 array. */
  private objects: u64 = 0;
  private expect: Expect = Expect.Value;
  private current: JsonToken = JsonToken.Error;
  private value: Bytes = Bytes.absent;
  private problem: Bytes = Bytes.absent;
  private readonly strings: StringScanner;
  private readonly names: NameSet | null;

  constructor(
    private readonly input: Bytes,
    private readonly maxDepth: i32 = DEFAULT_DEPTH,
    maxBytes: i32 = DEFAULT_BYTES,
    allowRepeatedNames: bool = false,
  ) {
    this.strings = new StringScanner(input);
    this.names = allowRepeatedNames ? null : new NameSet(input.length);
    if (input.length > maxBytes) this.fail(maxBytes, utf8("text is larger than the limit"));
  }

  /** The token `next` returned last. */
  get token(): JsonToken {
    return this.current;
  }

  /** Offset in the input: where the token begins, or where the error is. */
  get position(): i32 {
    return this.start;
  }

  /** What is wrong, as a phrase; absent when there is no error. */
  get error(): Bytes {
    return this.problem;
  }

  /** A name or string with escapes decoded, or a number as written. */
  get text(): Bytes {
    return this.value;
  }

  /** Whether the number is written as an integer and fits an i64. */
  get isInteger(): bool {
    return this.current == JsonToken.Number && isIntegerNumber(this.value);
  }

  /** The number as i64; 0 unless `isInteger`. */
  toI64(): i64 {
    return this.isInteger ? parseInteger(this.value) : 0;
  }

  /** The number as double, infinite when too large; NaN when the token is no number. */
  toF64(): f64 {
    return this.current == JsonToken.Number ? F64.parseFloat(this.value.toString()) : NaN;
  }

  /** Reads the next token. */
  next(): JsonToken {
    if (!this.problem.isAbsent) return JsonToken.Error;
    this.skipBlanks();
    this.start = this.at;
    this.current = this.read();
    return this.current;
  }

  /** Reads the next value and everything in it. False on an error. */
  skipValue(): bool {
    const outer = this.depth;
    do {
      if (this.next() == JsonToken.Error) return false;
    } while (this.depth > outer || this.current == JsonToken.Name);
    return true;
  }

  /** Reads the next value and everything in it, and gives it as written; absent on an error. */
  readRaw(): Bytes {
    const outer = this.depth;
    let token = this.next();
    const start = this.start;
    while (token != JsonToken.Error && this.depth > outer) token = this.next();
    return token == JsonToken.Error ? Bytes.absent : this.input.slice(start, this.at);
  }

  private read(): JsonToken {
    const byte = this.input[this.at];
    switch (this.expect) {
      case Expect.Value: return this.readValue(byte);
      case Expect.ValueOrEnd: return byte == 0x5d ? this.close() : this.readValue(byte);
      case Expect.Name: return this.readName(byte);
      case Expect.NameOrEnd: return byte == 0x7d ? this.close() : this.readName(byte);
      case Expect.CommaOrEnd: return this.readSeparator(byte);
      default: return this.readEnd();
    }
  }

  private readEnd(): JsonToken {
    if (this.at < this.input.length) return this.fail(this.at, utf8("expected the end of the text"));
    return JsonToken.End;
  }

  private readSeparator(byte: u8): JsonToken {
    const inObject = (this.objects & 1) != 0;
    if (byte == (inObject ? 0x7d : 0x5d)) return this.close();
    if (byte != 0x2c) {
      return this.fail(this.at, inObject ? utf8("expected , or }") : utf8("expected , or ]"));
    }
    this.at++;
    this.expect = inObject ? Expect.Name : Expect.Value;
    this.skipBlanks();
    this.start = this.at;
    return this.read();
  }

  private readName(byte: u8): JsonToken {
    if (byte != 0x22) return this.fail(this.at, utf8("expected a member name in quotes"));
    if (!this.readString()) return JsonToken.Error;
    const names = this.names;
    if (names !== null && !names.add(this.value)) {
      return this.fail(this.start, utf8("member name is repeated"));
    }
    this.skipBlanks();
    if (this.input[this.at] != 0x3a) return this.fail(this.at, utf8("expected :"));
    this.at++;
    this.expect = Expect.Value;
    return JsonToken.Name;
  }

  private readValue(byte: u8): JsonToken {
    switch (byte) {
      case 0x7b: return this.open(true);
      case 0x5b: return this.open(false);
      case 0x22: return this.readString() ? this.finish(JsonToken.String) : JsonToken.Error;
      case 0x74: return this.readWord(utf8("true"), JsonToken.True);
      case 0x66: return this.readWord(utf8("false"), JsonToken.False);
      case 0x6e: return this.readWord(utf8("null"), JsonToken.Null);
      default: return this.readNumber();
    }
  }

  private readString(): bool {
    const scanner = this.strings;
    if (!scanner.scan(this.at + 1)) {
      this.fail(scanner.end, scanner.error);
      return false;
    }
    this.value = scanner.value;
    this.at = scanner.end;
    return true;
  }

  private readNumber(): JsonToken {
    const end = numberEnd(this.input, this.at);
    if (end == this.at) return this.fail(this.at, utf8("expected a value"));
    if (end < 0) return this.fail(-end, utf8("number is malformed"));
    this.value = this.input.slice(this.at, end);
    this.at = end;
    return this.finish(JsonToken.Number);
  }

  private readWord(word: Bytes, token: JsonToken): JsonToken {
    const end = this.at + word.length;
    if (!this.input.slice(this.at, end).equals(word)) {
      return this.fail(this.at, utf8("expected a value"));
    }
    this.at = end;
    return this.finish(token);
  }

  private open(isObject: bool): JsonToken {
    if (this.depth >= min(this.maxDepth, MAX_DEPTH)) {
      return this.fail(this.at, utf8("text is nested too deeply"));
    }
    this.at++;
    this.depth++;
    this.objects = (this.objects << 1) | u64(isObject);
    const names = this.names;
    if (names !== null) names.open();
    this.expect = isObject ? Expect.NameOrEnd : Expect.ValueOrEnd;
    return isObject ? JsonToken.BeginObject : JsonToken.BeginArray;
  }

  private close(): JsonToken {
    const isObject = (this.objects & 1) != 0;
    this.at++;
    this.depth--;
    this.objects >>= 1;
    const names = this.names;
    if (names !== null) names.close();
    return this.finish(isObject ? JsonToken.EndObject : JsonToken.EndArray);
  }

  private finish(token: JsonToken): JsonToken {
    this.expect = this.depth ? Expect.CommaOrEnd : Expect.Nothing;
    return token;
  }

  private fail(position: i32, problem: Bytes): JsonToken {
    this.start = position;
    this.problem = problem;
    this.current = JsonToken.Error;
    return JsonToken.Error;
  }

  private skipBlanks(): void {
    while (isBlank(this.input[this.at])) this.at++;
  }
}

function isBlank(byte: u8): bool {
  return byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09;
}
