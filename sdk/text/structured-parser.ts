import { BytesBuilder } from "../bytes/builder";
import { Bytes } from "../bytes/bytes";
import { isDigit, isTokenByte } from "../bytes/ascii";
import { decodeBase64 } from "./base64";
import { SfDictionary, SfItem, SfKind } from "./structured-fields";

const TAB: u8 = 0x09;
const SPACE: u8 = 0x20;
const QUOTE: u8 = 0x22;
const STAR: u8 = 0x2a;
const COMMA: u8 = 0x2c;
const MINUS: u8 = 0x2d;
const POINT: u8 = 0x2e;
const COLON: u8 = 0x3a;
const SEMICOLON: u8 = 0x3b;
const EQUALS: u8 = 0x3d;
const QUESTION: u8 = 0x3f;
const BACKSLASH: u8 = 0x5c;

const MOST_DIGITS: i32 = 15;
const MOST_DIGITS_BEFORE_POINT: i32 = 12;
const MOST_DECIMALS: i32 = 3;
/** Names of a dictionary, or of parameters: as many as everyone must take (RFC 8941 1.2 and 3.2). */
const MOST_NAMES: i32 = 1024;

/** The members of a structured field that is a dictionary (RFC 8941 4.2); null when it is none. */
export function parseSfDictionary(text: Bytes): SfDictionary | null {
  const parser = new SfParser(text);
  const dictionary = new SfDictionary();
  parser.readDictionary(dictionary);
  return parser.finish() ? dictionary : null;
}

/** The members of one that is a list, items and inner lists; null when it is none. */
export function parseSfList(text: Bytes): SfItem[] | null {
  const parser = new SfParser(text);
  const list: SfItem[] = [];
  parser.readList(list);
  return parser.finish() ? list : null;
}

/** The value of one that is an item; null when it is none. */
export function parseSfItem(text: Bytes): SfItem | null {
  const parser = new SfParser(text);
  const item = parser.readItem();
  return parser.finish() ? item : null;
}

/** Reads a text from its start; after a fault everything reads as empty. */
// @ts-ignore: decorator
@final
class SfParser {
  private at: i32 = 0;
  private isGood: bool = true;

  constructor(private readonly text: Bytes) {
    this.skip(SPACE);
  }

  /** Whether the whole text was read without a fault. */
  finish(): bool {
    this.skip(SPACE);
    return this.isGood && this.at == this.text.length;
  }

  readDictionary(out: SfDictionary): void {
    if (this.at == this.text.length) return;
    do {
      const key = this.readKey();
      out.set(key, this.take(EQUALS) ? this.readMember() : this.withParameters(booleanOf(1)));
      if (out.size > MOST_NAMES) this.fail();
    } while (this.takeComma());
  }

  readList(out: SfItem[]): void {
    if (this.at == this.text.length) return;
    do out.push(this.readMember()); while (this.takeComma());
  }

  readItem(): SfItem {
    return this.withParameters(this.readBare());
  }

  private readMember(): SfItem {
    return this.next == 0x28 ? this.readInnerList() : this.readItem();
  }

  private readInnerList(): SfItem {
    const list = new SfItem(SfKind.InnerList);
    this.at++;
    this.skip(SPACE);
    while (this.isGood && !this.take(0x29)) {
      list.items.push(this.readItem());
      if (this.next != 0x29 && this.next != SPACE) this.fail();
      this.skip(SPACE);
    }
    return this.withParameters(list);
  }

  private withParameters(item: SfItem): SfItem {
    while (this.isGood && this.take(SEMICOLON)) {
      this.skip(SPACE);
      const key = this.readKey();
      item.parameters.set(key, this.take(EQUALS) ? this.readBare() : booleanOf(1));
      if (item.parameters.size > MOST_NAMES) this.fail();
    }
    return item;
  }

  private readKey(): Bytes {
    const start = this.at;
    if (this.next != STAR && !isLower(this.next)) this.fail();
    while (isKeyByte(this.next)) this.at++;
    return this.text.slice(start, this.at);
  }

  private readBare(): SfItem {
    const first = this.next;
    if (first == MINUS || isDigit(first)) return this.readNumber();
    if (first == QUOTE) return this.readString();
    if (first == COLON) return this.readBytes();
    if (first == QUESTION) return this.readBoolean();
    return this.readToken();
  }

  private readNumber(): SfItem {
    const sign: i64 = this.take(MINUS) ? -1 : 1;
    const item = new SfItem(SfKind.Integer);
    const start = this.at;
    item.number = this.readDigits(0);
    const digits = this.at - start;
    if (digits < 1 || digits > MOST_DIGITS) this.fail();
    if (this.take(POINT)) this.readDecimals(item, digits);
    item.number *= sign;
    return item;
  }

  private readDecimals(item: SfItem, digits: i32): void {
    const start = this.at;
    item.kind = SfKind.Decimal;
    item.number = this.readDigits(item.number);
    const decimals = this.at - start;
    if (digits > MOST_DIGITS_BEFORE_POINT || decimals < 1 || decimals > MOST_DECIMALS) this.fail();
    for (let i = decimals; i < MOST_DECIMALS; i++) item.number *= 10;
  }

  /** Goes on with a number; more digits than fit are counted by the caller. */
  private readDigits(value: i64): i64 {
    for (; isDigit(this.next); this.at++) value = value * 10 + (this.next - 0x30);
    return value;
  }

  private readString(): SfItem {
    const item = new SfItem(SfKind.String);
    const text = BytesBuilder.create();
    this.at++;
    while (this.isGood && !this.take(QUOTE)) {
      const isEscaped = this.take(BACKSLASH);
      const byte = this.next;
      if (byte < SPACE || byte > 0x7e || (isEscaped && byte != QUOTE && byte != BACKSLASH)) this.fail();
      text.addByte(byte);
      this.at++;
    }
    item.text = text.toBytes();
    return item;
  }

  private readToken(): SfItem {
    const item = new SfItem(SfKind.Token);
    const start = this.at;
    if (this.next != STAR && !isLower(this.next | 0x20)) this.fail();
    while (isTokenByte(this.next) || this.next == COLON || this.next == 0x2f) this.at++;
    item.text = this.text.slice(start, this.at);
    return item;
  }

  private readBytes(): SfItem {
    const item = new SfItem(SfKind.ByteSequence);
    const end = this.text.indexOfByte(COLON, this.at + 1);
    item.text = end < 0 ? Bytes.absent : decodeBase64(this.text.slice(this.at + 1, end));
    if (item.text.isAbsent) this.fail();
    this.at = end + 1;
    return item;
  }

  private readBoolean(): SfItem {
    this.at++;
    const digit = this.next;
    if (digit != 0x30 && digit != 0x31) this.fail();
    this.at++;
    return booleanOf(digit & 1);
  }

  /** Takes the comma between members; false at the end. A comma at the end is a fault. */
  private takeComma(): bool {
    this.skipBlanks();
    if (!this.isGood || this.at == this.text.length) return false;
    if (!this.take(COMMA)) this.fail();
    this.skipBlanks();
    if (this.at == this.text.length) this.fail();
    return this.isGood;
  }

  private skipBlanks(): void {
    while (this.next == SPACE || this.next == TAB) this.at++;
  }

  private skip(byte: u8): void {
    while (this.next == byte) this.at++;
  }

  private take(byte: u8): bool {
    if (this.next != byte) return false;
    this.at++;
    return true;
  }

  /** The byte at the position; 0 at the end. */
  private get next(): u8 {
    return this.isGood ? this.text[this.at] : 0;
  }

  private fail(): void {
    this.isGood = false;
  }
}

function booleanOf(value: u8): SfItem {
  const item = new SfItem(SfKind.Boolean);
  item.number = value;
  return item;
}

function isLower(byte: u8): bool {
  return <u32>byte - 0x61 < 26;
}

function isKeyByte(byte: u8): bool {
  return isLower(byte) || isDigit(byte) || byte == 0x5f || byte == MINUS || byte == POINT || byte == STAR;
}
