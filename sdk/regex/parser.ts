import { BytesBuilder } from "../bytes/builder";
import { Bytes } from "../bytes/bytes";
import { isDigit } from "../bytes/ascii";
import { utf8 } from "../bytes/utf8";
import { ByteSet } from "./byte-set";
import { parseClass } from "./class-parser";
import { PatternReader } from "./pattern-reader";
import { Assertion, Op, Program } from "./program";

const BACKSLASH: u8 = 0x5c;
const OPEN: u8 = 0x28;
const CLOSE: u8 = 0x29;
const BAR: u8 = 0x7c;
const QUESTION: u8 = 0x3f;

/** As in RE2: no part is written more often than this, repetitions within repetitions multiplied. */
const MAX_REPEAT: i32 = 1000;

/** Groups within groups. */
const MAX_DEPTH: i32 = 200;

/** What `(?ism)` turns on. */
const IGNORE_CASE: u32 = 1;
const DOT_TAKES_NEWLINE: u32 = 2;
const MULTILINE: u32 = 4;

/** Compiles a pattern in one pass: what an operator applies to is the part of the program that was written last. */
export class Parser {
  private depth: i32 = 0;
  private flags: u32;
  /** Each behind a `>`, and one behind the last. */
  private readonly groupNames: BytesBuilder = BytesBuilder.create().addByte(0x3e);
  /** The last atom: where it begins (-1 = there is none), how often its innermost part is repeated, whether it is a repetition. */
  private atomStart: i32 = -1;
  private atomRepeat: i32 = 1;
  private isRepetition: bool = false;

  constructor(private readonly reader: PatternReader, private readonly program: Program, ignoreCase: bool) {
    this.flags = ignoreCase ? IGNORE_CASE : 0;
  }

  /** Compiles the whole pattern. The reader holds the fault if there is one. */
  parse(): void {
    this.parseAlternatives();
    if (!this.reader.isAtEnd) this.reader.fail(utf8("unexpected )"), this.reader.at);
    this.program.emit(Op.Match, 0);
    if (this.program.isTooLarge) this.reader.fail(utf8("the program is larger than the limit"), 0);
  }

  /** Gives how often the innermost part is repeated. */
  private parseAlternatives(): i32 {
    // Each jump says, until all are known, where the one before it is.
    let jump = 0;
    let start = this.program.length;
    let repeat = this.parseSequence();
    while (this.reader.skip(BAR)) {
      this.program.splitAround(start, 1);
      this.program.emit(Op.Jump, jump);
      jump = this.program.length;
      start = this.program.length;
      repeat = max(repeat, this.parseSequence());
    }
    while (jump > 0 && !this.program.isTooLarge) jump = this.program.jumpToEnd(jump - 1);
    return repeat;
  }

  private parseSequence(): i32 {
    let repeat = 1;
    this.atomStart = -1;
    this.isRepetition = false;
    while (!this.reader.isAtEnd && !this.reader.isNext(BAR) && !this.reader.isNext(CLOSE)) {
      this.parsePart();
      if (this.program.isTooLarge) this.reader.fail(utf8("the program is larger than the limit"), this.reader.at);
      repeat = max(repeat, this.atomRepeat);
    }
    return repeat;
  }

  private parsePart(): void {
    const start = this.reader.at;
    const byte = this.reader.peek();
    if (byte == 0x2a || byte == 0x2b || byte == QUESTION) {
      this.reader.next();
      return this.repeat(i32(byte == 0x2b), byte == QUESTION ? 1 : -1, start);
    }
    if (byte == 0x7b && this.parseBraces()) return;
    if (byte == OPEN) return this.parseGroup();
    if (byte == BACKSLASH && this.reader.peek(1) == 0x51) return this.parseQuoted();
    this.beginAtom();
    this.parseAtom();
  }

  private beginAtom(): void {
    this.atomStart = this.program.length;
    this.atomRepeat = 1;
    this.isRepetition = false;
  }

  private parseAtom(): void {
    const byte = this.reader.peek();
    if (byte == BACKSLASH) return this.parseEscape();
    this.reader.next();
    if (byte == 0x2e) this.program.take(this.has(DOT_TAKES_NEWLINE) ? ByteSet.range(0, 255) : ByteSet.of(0x0a).invert());
    else if (byte == 0x5e) this.program.assert(this.has(MULTILINE) ? Assertion.LineBegin : Assertion.TextBegin);
    else if (byte == 0x24) this.program.assert(this.has(MULTILINE) ? Assertion.LineEnd : Assertion.TextEnd);
    else if (byte == 0x5b) this.program.take(parseClass(this.reader, this.has(IGNORE_CASE)));
    else this.takeByte(byte);
  }

  private takeByte(byte: u8): void {
    const set = ByteSet.of(byte);
    this.program.take(this.has(IGNORE_CASE) ? set.fold() : set);
  }

  private parseEscape(): void {
    const set = this.reader.readPerlClass();
    if (set !== null) return this.program.take(set);
    const name = this.reader.peek(1);
    if (name == 0x43) this.program.take(ByteSet.range(0, 255));
    else if (name == 0x41) this.program.assert(Assertion.TextBegin);
    else if (name == 0x7a) this.program.assert(Assertion.TextEnd);
    else if (name == 0x62) this.program.assert(Assertion.WordBoundary);
    else if (name == 0x42) this.program.assert(Assertion.NoWordBoundary);
    else return this.takeByte(this.reader.readEscape());
    this.reader.at += 2;
  }

  /** `\Q…\E`: everything in it is itself; the end of the pattern ends it too. */
  private parseQuoted(): void {
    this.reader.at += 2;
    while (!this.reader.isAtEnd && !this.reader.isNextText(utf8("\\E"))) {
      this.beginAtom();
      this.takeByte(this.reader.next());
    }
    if (!this.reader.isAtEnd) this.reader.at += 2;
  }

  /** `{n}`, `{n,}` or `{n,m}`; anything else is no repetition, and nothing is read. */
  private parseBraces(): bool {
    const reader = this.reader;
    const start = reader.at++;
    const least = reader.readNumber();
    let most = least;
    if (reader.skip(0x2c)) most = isDigit(reader.peek()) ? reader.readNumber() : -1;
    const isRepetition = least >= 0 && reader.skip(0x7d);
    if (!isRepetition) {
      reader.at = start;
      return false;
    }
    const isWithin = least <= MAX_REPEAT && most <= MAX_REPEAT && (most < 0 || least <= most);
    if (!isWithin) reader.fail(utf8("invalid repetition size"), start);
    else this.repeat(least, most, start);
    return true;
  }

  /** Repeats the last atom. Which of several matches is preferred (`?` behind it) makes no difference to a verdict. */
  private repeat(least: i32, most: i32, start: i32): void {
    this.reader.skip(QUESTION);
    if (this.isRepetition) this.reader.fail(utf8("a repetition of a repetition"), start);
    if (this.atomStart < 0) this.reader.fail(utf8("nothing to repeat"), start);
    this.atomRepeat *= max(1, most < 0 ? least : most);
    if (this.atomRepeat > MAX_REPEAT) this.reader.fail(utf8("invalid repetition size"), start);
    if (this.reader.isFaulty) return;
    this.program.repeat(this.atomStart, least, most);
    this.isRepetition = true;
  }

  private parseGroup(): void {
    const start = this.reader.at++;
    const flags = this.flags;
    if (this.reader.skip(QUESTION) && !this.parseGroupHead(start)) return;
    if (++this.depth > MAX_DEPTH) this.reader.fail(utf8("groups are nested too deeply"), start);
    const atomStart = this.program.length;
    const repeat = this.parseAlternatives();
    if (!this.reader.skip(CLOSE)) this.reader.fail(utf8("missing )"), start);
    this.depth--;
    this.atomStart = atomStart;
    this.atomRepeat = repeat;
    this.isRepetition = false;
    this.flags = flags;
  }

  /** What follows `(?`; false when it was all, as in `(?i)`, or is wrong. */
  private parseGroupHead(start: i32): bool {
    if (this.reader.isNext(0x50) || this.reader.isNext(0x3c)) return this.parseGroupName(start);
    let isOn = true;
    let hasFlag = true;
    while (!this.reader.isAtEnd) {
      const byte = this.reader.next();
      if (byte == 0x3a || byte == CLOSE) {
        if (!hasFlag) break;
        this.isRepetition = false;
        return byte == 0x3a;
      }
      if (byte == 0x2d && isOn) isOn = hasFlag = false;
      else if (this.setFlag(byte, isOn)) hasFlag = true;
      else break;
    }
    this.reader.fail(utf8("not a group that is supported"), start);
    return false;
  }

  private has(flag: u32): bool {
    return (this.flags & flag) != 0;
  }

  private setFlag(name: u8, isOn: bool): bool {
    const flag: u32 = name == 0x69 ? IGNORE_CASE : name == 0x73 ? DOT_TAKES_NEWLINE : name == 0x6d ? MULTILINE : 0;
    this.flags = isOn ? this.flags | flag : this.flags & ~flag;
    return flag != 0 || name == 0x55;
  }

  /** `P<name>` or `<name>`: as any group, but the name must be one, and only once. */
  private parseGroupName(start: i32): bool {
    this.reader.skip(0x50);
    const end = this.reader.pattern.indexOfByte(0x3e, this.reader.at);
    const name = this.reader.skip(0x3c) && end >= 0 ? this.reader.pattern.slice(this.reader.at, end) : Bytes.empty;
    if (!isGroupName(name) || !this.addGroupName(name)) {
      this.reader.fail(utf8("invalid group name"), start);
      return false;
    }
    this.reader.at = end + 1;
    return true;
  }

  /** False when there is one of this name already. */
  private addGroupName(name: Bytes): bool {
    const seen = this.groupNames.toBytes();
    const place = seen.length - 1;
    this.groupNames.add(name).addByte(0x3e);
    return seen.indexOf(this.groupNames.toBytes().slice(place)) < 0;
  }
}

function isGroupName(name: Bytes): bool {
  for (let i = 0; i < name.length; i++) {
    const lower = name[i] | 0x20;
    if (!isDigit(name[i]) && name[i] != 0x5f && !(lower >= 0x61 && lower <= 0x7a)) return false;
  }
  return name.length > 0;
}
