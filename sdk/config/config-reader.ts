import { BytesBuilder } from "../bytes/builder";
import { Bytes } from "../bytes/bytes";
import { decodeHex } from "../bytes/hex";
import { OwnedBytes } from "../bytes/owned-bytes";
import { utf8 } from "../bytes/utf8";
import { JsonReader, JsonToken } from "../json/reader";
import { isHeaderName, parseDecimal, parseDurationNanos } from "./config-values";

/** Decimals of a percentage that count: millionths. */
const PERCENT_DECIMALS: i32 = 4;
const MAX_SEEN_BYTES: i32 = 40;
const MAX_DEPTH: i32 = 32;
/** Room for ten thousands of rules or users. */
const MAX_BYTES: i32 = 1 << 24;

/**
 * Reads a plugin's configuration member by member and keeps the first fault with its path:
 * `rules[2].match.prefx: unknown field`. After a fault every read gives a default and every
 * loop ends, so that callers need no checks in between; `finish` says whether all was well.
 *
 *     for (reader.enterObject(); reader.nextField(); ) {
 *       if (reader.at(utf8("max_tokens"))) limit = reader.readU32(1, MAX);
 *       else reader.unknownField();
 *     }
 *
 * Fields have their snake_case names; camelCase is accepted as in protobuf's JSON form.
 */
export class ConfigReader {
  private readonly json: JsonReader;
  private token: JsonToken = JsonToken.Error;
  private fault: Bytes = Bytes.absent;
  /** Field names of open objects and indexes of open arrays, outermost first; an absent name is an array. */
  private readonly names: Bytes[] = [];
  private readonly indexes: i32[] = [];
  /** The current value is not shown. */
  private isSecret: bool = false;

  private constructor(text: Bytes) {
    this.json = new JsonReader(text, MAX_DEPTH, MAX_BYTES);
  }

  /** A reader of JSON text; an empty text is an empty object. */
  static of(text: Bytes): ConfigReader {
    const reader = new ConfigReader(text.length == 0 ? utf8("{}") : text);
    reader.advance();
    return reader;
  }

  /** Whether the whole text was read without a fault. */
  finish(): bool {
    if (this.fault.isAbsent && this.json.next() == JsonToken.Error) this.failJson();
    return this.fault.isAbsent;
  }

  /** The first fault as a log line. */
  faultMessage(): Bytes {
    return BytesBuilder.create().add(utf8("configuration refused: ")).add(this.fault).toBytes();
  }

  /** Enters the object that is the current value. */
  enterObject(): void {
    if (!this.expect(JsonToken.BeginObject, utf8("an object"))) return;
    this.names.push(Bytes.empty);
    this.indexes.push(-1);
  }

  /** Goes to the next field of the entered object; false at its end. */
  nextField(): bool {
    if (!this.fault.isAbsent) return false;
    if (this.advance() != JsonToken.Name) return this.leave();
    this.names[this.names.length - 1] = this.json.text;
    return this.advance() != JsonToken.Error;
  }

  /** Whether the current field has this snake_case name. */
  at(name: Bytes): bool {
    return this.fault.isAbsent && matchesField(this.names[this.names.length - 1], name);
  }

  /** Name of the current field as it is written, where names are the user's own. */
  get field(): Bytes {
    return this.fault.isAbsent ? this.names[this.names.length - 1] : Bytes.empty;
  }

  /** Enters the array that is the current value. */
  enterArray(): void {
    if (!this.expect(JsonToken.BeginArray, utf8("an array"))) return;
    this.names.push(Bytes.absent);
    this.indexes.push(-1);
  }

  /** Goes to the next item of the entered array; false at its end. */
  nextItem(): bool {
    if (!this.fault.isAbsent) return false;
    this.indexes[this.indexes.length - 1]++;
    if (this.advance() == JsonToken.EndArray) return this.leave();
    return this.fault.isAbsent;
  }

  /** Whether the current value is an object. */
  isObject(): bool {
    return this.token == JsonToken.BeginObject;
  }

  readText(): OwnedBytes {
    if (!this.expect(JsonToken.String, utf8("a string"))) return OwnedBytes.absent();
    return this.json.text.toOwned();
  }

  /** A text that no message may show, whatever the caller finds wrong with it. */
  readSecret(): OwnedBytes {
    this.isSecret = true;
    const text = this.readText();
    if (this.fault.isAbsent && text.length == 0) this.invalid(utf8("a text that is not empty"));
    return text;
  }

  /** A header name in lower case. */
  readHeaderName(): OwnedBytes {
    const name = this.readText().view;
    if (this.fault.isAbsent && !isHeaderName(name)) this.invalid(utf8("a header name"));
    return name.toLowerCase().toOwned();
  }

  /** `count` bytes in hexadecimal. */
  readHex(count: i32): OwnedBytes {
    const text = this.readText().view;
    const bytes = text.length == 2 * count ? decodeHex(text) : Bytes.absent;
    if (this.fault.isAbsent && bytes.isAbsent) this.invalid(numbers(count).add(utf8(" bytes in hexadecimal")).toBytes());
    return bytes.toOwned();
  }

  /** The place of a text among the names that a phrase lists, 1 for `allow` in `deny, allow or all`; any other is a fault. */
  readChoice(names: Bytes): i32 {
    const name = this.readText().view;
    let place = 0;
    for (let start = 0; start < names.length; place++) {
      const blank = names.indexOfByte(0x20, start);
      const end = blank < 0 ? names.length : blank;
      const isOneOfMany = names[end - 1] == 0x2c;
      if (names.slice(start, isOneOfMany ? end - 1 : end).equals(name)) return place;
      // Behind the last but one stands "or".
      start = end + (isOneOfMany ? 1 : 4);
    }
    this.invalid(names);
    return 0;
  }

  readBool(): bool {
    if (this.token != JsonToken.True && this.token != JsonToken.False) this.invalid(utf8("true or false"));
    return this.token == JsonToken.True;
  }

  /** An integer within bounds. */
  readU32(least: u32, most: u32): u32 {
    const value = this.json.isInteger ? this.json.toI64() : -1;
    if (this.json.isInteger && value >= <i64>least && value <= <i64>most) return <u32>value;
    this.invalid(numbers(least).add(utf8(" to ")).addU64(most).toBytes());
    return least;
  }

  /** An integer of 64 bits. */
  readI64(): i64 {
    if (!this.json.isInteger) this.invalid(utf8("an integer"));
    return this.json.toI64();
  }

  /** A duration such as `"1.5s"` or `"250ms"` in nanoseconds, more than zero. */
  readDurationNanos(): u64 {
    const nanos = parseDurationNanos(this.readText().view);
    if (nanos == 0) this.invalid(utf8('a duration above zero such as "1.5s" or "250ms"'));
    return nanos;
  }

  /** A percentage such as `"12.5%"` in millionths. */
  readPercent(): u32 {
    const text = this.readText().view;
    const isPercent = text.length > 1 && text[text.length - 1] == 0x25;
    const parts = isPercent ? parseDecimal(text.slice(0, text.length - 1), PERCENT_DECIMALS) : -1;
    if (parts >= 0 && parts <= 1000000) return <u32>parts;
    this.invalid(utf8('a percentage from "0%" to "100%"'));
    return 0;
  }

  /** The current field is none of those that the caller knows. */
  unknownField(): void {
    this.fail(utf8("unknown field"));
  }

  /** A field that must be there is not in the object just read. */
  missing(field: Bytes): void {
    this.fail(BytesBuilder.create().add(utf8("missing ")).add(field).toBytes());
  }

  /** The current value, or the object just read, is not what is wanted. */
  invalid(wanted: Bytes): void {
    const line = BytesBuilder.create();
    const seen = this.seen();
    if (!seen.isAbsent) line.add(utf8("seen ")).add(seen).add(utf8(", "));
    this.fail(line.add(utf8("wanted ")).add(wanted).toBytes());
  }

  private expect(token: JsonToken, wanted: Bytes): bool {
    if (!this.fault.isAbsent) return false;
    if (this.token == token) return true;
    this.invalid(wanted);
    return false;
  }

  private advance(): JsonToken {
    this.isSecret = false;
    this.token = this.json.next();
    if (this.token == JsonToken.Error) this.failJson();
    return this.token;
  }

  private leave(): bool {
    if (!this.fault.isAbsent) return false;
    this.names.pop();
    this.indexes.pop();
    return false;
  }

  private failJson(): void {
    const line = BytesBuilder.create().add(this.json.error).add(utf8(" at byte "));
    this.fail(line.addU64(this.json.position).toBytes());
  }

  private fail(what: Bytes): void {
    if (!this.fault.isAbsent) return;
    const line = BytesBuilder.create();
    this.addPath(line);
    if (line.length > 0) line.add(utf8(": "));
    this.fault = line.add(what).toBytes();
  }

  private addPath(line: BytesBuilder): void {
    for (let i = 0; i < this.names.length; i++) {
      const name = this.names[i];
      if (name.isAbsent) line.addByte(0x5b).addI64(this.indexes[i]).addByte(0x5d);
      else if (name.length > 0) (line.length > 0 ? line.addByte(0x2e) : line).add(name);
    }
  }

  /** The current scalar as written, shortened; absent for containers and secrets. */
  private seen(): Bytes {
    if (this.isSecret) return Bytes.absent;
    if (this.token == JsonToken.True) return utf8("true");
    if (this.token == JsonToken.False) return utf8("false");
    if (this.token == JsonToken.Null) return utf8("null");
    if (this.token == JsonToken.BeginObject) return utf8("an object");
    if (this.token == JsonToken.BeginArray) return utf8("an array");
    if (this.token != JsonToken.String && this.token != JsonToken.Number) return Bytes.absent;
    return this.json.text.slice(0, MAX_SEEN_BYTES);
  }
}

function numbers(first: u64): BytesBuilder {
  return BytesBuilder.create().addU64(first);
}

/** Whether `seen` is `name` or its camelCase form. */
function matchesField(seen: Bytes, name: Bytes): bool {
  let at = 0;
  for (let i = 0; i < name.length; i++, at++) {
    if (name[i] == 0x5f && seen[at] != 0x5f) {
      i++;
      if (seen[at] != name[i] - 0x20) return false;
    } else if (seen[at] != name[i]) return false;
  }
  return at == seen.length;
}
