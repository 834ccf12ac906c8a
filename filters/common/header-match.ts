import { Bytes, HeaderMap, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { TextMatch, readText } from "./text-match";

const MINUS: u8 = 0x2d;
/** Digits of the largest number that a header is compared as. */
const MOST_DIGITS: i32 = 18;

/**
 * Envoy's `HeaderMatcher`: `{name, string_match | range_match | present_match, invert_match, treat_missing_header_as_empty}`. A
 * repeated header holds when any of its values does: reading only the first one would let a client choose which rule applies.
 */
export class HeaderMatch<T extends TextMatch> {
  private name: OwnedBytes = OwnedBytes.absent();
  private text: T | null = null;
  private isRange: bool = false;
  private start: i64 = 0;
  private end: i64 = 0;
  private present: bool = true;
  private inverts: bool = false;
  private emptyWhenMissing: bool = false;

  /** Reads the object that the reader stands at. */
  static read<T extends TextMatch>(reader: ConfigReader): HeaderMatch<T> {
    const match = new HeaderMatch<T>();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("name"))) match.name = reader.readHeaderName();
      else if (reader.at(utf8("string_match"))) match.text = readText<T>(reader);
      else if (reader.at(utf8("range_match"))) match.readRange(reader);
      else if (reader.at(utf8("present_match"))) match.present = reader.readBool();
      else if (reader.at(utf8("invert_match"))) match.inverts = reader.readBool();
      else if (reader.at(utf8("treat_missing_header_as_empty"))) match.emptyWhenMissing = reader.readBool();
      else reader.unknownField();
    }
    if (match.name.view.isAbsent) reader.missing(utf8("name"));
    return match;
  }

  matches(headers: HeaderMap): bool {
    return this.holds(headers) != this.inverts;
  }

  private holds(headers: HeaderMap): bool {
    const name = this.name.view;
    if (this.text === null && !this.isRange) return headers.has(name) == this.present;
    const count = headers.count(name);
    if (count == 0) return this.emptyWhenMissing && this.holdsFor(Bytes.empty);
    for (let i = 0; i < count; i++) if (this.holdsFor(headers.value(name, i))) return true;
    return false;
  }

  private holdsFor(value: Bytes): bool {
    const text = this.text;
    if (text !== null) return text.matches(value);
    const isNegative = value[0] == MINUS;
    const digits = isNegative ? value.slice(1) : value;
    if (digits.length > MOST_DIGITS || !digits.isDecimal()) return false;
    const number = isNegative ? -<i64>digits.toU64() : <i64>digits.toU64();
    return number >= this.start && number < this.end;
  }

  /** `{start, end}`; the end is outside. */
  private readRange(reader: ConfigReader): void {
    this.isRange = true;
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("start"))) this.start = reader.readI64();
      else if (reader.at(utf8("end"))) this.end = reader.readI64();
      else reader.unknownField();
    }
  }
}
