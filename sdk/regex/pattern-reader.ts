import { isDigit } from "../bytes/ascii";
import { Bytes } from "../bytes/bytes";
import { hexValue } from "../bytes/hex";
import { utf8 } from "../bytes/utf8";
import { ByteSet, setOf, wordSet } from "./byte-set";

const BACKSLASH: u8 = 0x5c;

/** Reads the characters of a pattern and keeps the first fault. Each byte is one character, as in Envoy's use of RE2. */
export class PatternReader {
  at: i32 = 0;
  fault: Bytes = Bytes.absent;
  faultAt: i32 = 0;

  constructor(readonly pattern: Bytes) {}

  get isFaulty(): bool {
    return !this.fault.isAbsent;
  }

  /** Whether there is no more, or nothing more is to be read. */
  get isAtEnd(): bool {
    return this.isFaulty || this.at >= this.pattern.length;
  }

  /** The byte `ahead` of the next one, 0 behind the end. */
  peek(ahead: i32 = 0): u8 {
    return this.pattern[this.at + ahead];
  }

  /** The next byte; it is read. */
  next(): u8 {
    return this.pattern[this.at++];
  }

  isNext(byte: u8): bool {
    return !this.isAtEnd && this.peek() == byte;
  }

  isNextText(text: Bytes): bool {
    return this.pattern.slice(this.at, this.at + text.length).equals(text);
  }

  /** Reads the byte if it is the next one. */
  skip(byte: u8): bool {
    const isNext = this.isNext(byte);
    if (isNext) this.at++;
    return isNext;
  }

  fail(fault: Bytes, at: i32): void {
    if (this.isFaulty) return;
    this.fault = fault;
    this.faultAt = at;
  }

  /** A number without leading zeros, at most 1001; -1 when there is none. */
  readNumber(): i32 {
    if (!isDigit(this.peek()) || (this.peek() == 0x30 && isDigit(this.peek(1)))) return -1;
    let value = 0;
    while (isDigit(this.peek())) value = min(value * 10 + (this.next() - 0x30), 1001);
    return value;
  }

  /** The set of `\d`, `\D` …, which is read, or null when something else is next. */
  readPerlClass(): ByteSet | null {
    if (!this.isNext(BACKSLASH)) return null;
    const name = this.peek(1);
    const set = perlSet(name | 0x20);
    if (set === null) return null;
    this.at += 2;
    return name & 0x20 ? set : set.invert();
  }

  /** The byte that an escape stands for; the reader is at the backslash. */
  readEscape(): u8 {
    const start = this.at++;
    if (this.at >= this.pattern.length) this.fail(utf8("a backslash at the end"), start);
    const byte = this.next();
    const lower = byte | 0x20;
    if (byte >= 0x30 && byte <= 0x37) return this.readOctal(byte, start);
    if (byte == 0x78) return this.readHex(start);
    const control = controlByte(byte);
    if (control) return control;
    if (lower == 0x70) this.fail(utf8("Unicode classes are not supported"), start);
    else if (isDigit(byte) || byte >= 0x80 || (lower >= 0x61 && lower <= 0x7a)) this.failEscape(start);
    return byte;
  }

  /** Up to three digits; one alone, other than 0, would be a back reference. */
  private readOctal(first: u8, start: i32): u8 {
    let value: u32 = first - 0x30;
    if (value && !this.isOctalNext()) this.failEscape(start);
    for (let i = 0; i < 2 && this.isOctalNext(); i++) value = value * 8 + (this.next() - 0x30);
    if (value > 0xff) this.failEscape(start);
    return <u8>value;
  }

  private isOctalNext(): bool {
    return this.peek() >= 0x30 && this.peek() <= 0x37;
  }

  /** Two digits, or any number of them in braces. */
  private readHex(start: i32): u8 {
    const isBraced = this.skip(0x7b);
    let value: u32 = 0;
    let digits = 0;
    for (; (isBraced || digits < 2) && hexValue(this.peek()) >= 0 && value <= 0xff; digits++) {
      value = value * 16 + hexValue(this.next());
    }
    const isComplete = isBraced ? digits > 0 && this.skip(0x7d) : digits == 2;
    if (!isComplete || value > 0xff) this.failEscape(start);
    return <u8>value;
  }

  private failEscape(start: i32): void {
    this.fail(utf8("invalid escape sequence"), start);
  }
}

function perlSet(name: u8): ByteSet | null {
  if (name == 0x64) return setOf(utf8("09"));
  if (name == 0x73) return setOf(utf8("\t\n\f\r  "));
  return name == 0x77 ? wordSet() : null;
}

/** `\a \f \n \r \t \v`; 0 for others. */
function controlByte(name: u8): u8 {
  return utf8("\x07\f\n\r\t\v")[utf8("afnrtv").indexOfByte(name)];
}
