import { Bytes } from "../bytes/bytes";
import { utf8 } from "../bytes/utf8";
import { ByteSet, wordSet } from "./byte-set";
import { PatternReader } from "./pattern-reader";

const CARET: u8 = 0x5e;
const DASH: u8 = 0x2d;
const CLOSE: u8 = 0x5d;

/** Reads `[…]`; the reader is behind the opening bracket. */
export function parseClass(reader: PatternReader, ignoreCase: bool): ByteSet {
  const start = reader.at - 1;
  const set = new ByteSet();
  const isNegated = reader.skip(CARET);
  for (let isFirst = true; isFirst || !reader.isNext(CLOSE); isFirst = false) {
    if (reader.isAtEnd) {
      reader.fail(utf8("missing ]"), start);
      return set;
    }
    addMember(reader, set, ignoreCase);
  }
  reader.next();
  return isNegated ? set.invert() : set;
}

function addMember(reader: PatternReader, set: ByteSet, ignoreCase: bool): void {
  const named = readNamedClass(reader);
  const member = named !== null ? named : reader.readPerlClass();
  const added = member !== null ? member : readRange(reader);
  set.addSet(ignoreCase ? added.fold() : added);
}

function readRange(reader: PatternReader): ByteSet {
  const start = reader.at;
  const first = readByte(reader);
  if (!reader.isNext(DASH) || reader.at + 1 >= reader.pattern.length || reader.peek(1) == CLOSE) return ByteSet.of(first);
  reader.next();
  const last = readByte(reader);
  if (last < first) reader.fail(utf8("invalid character class range"), start);
  return ByteSet.range(first, max(first, last));
}

function readByte(reader: PatternReader): u8 {
  return reader.isNext(0x5c) ? reader.readEscape() : reader.next();
}

/** `[:alpha:]` or `[:^alpha:]`; null when something else is next. */
function readNamedClass(reader: PatternReader): ByteSet | null {
  const end = reader.isNextText(utf8("[:")) ? reader.pattern.indexOf(utf8(":]"), reader.at + 2) : -1;
  if (end < 0) return null;
  const start = reader.at;
  const isNegated = reader.peek(2) == CARET;
  const set = posixSet(reader.pattern.slice(start + 2 + i32(isNegated), end));
  if (set === null) {
    reader.fail(utf8("unknown character class"), start);
    return new ByteSet();
  }
  reader.at = end + 2;
  return isNegated ? set.invert() : set;
}

/** The classes of POSIX, and `word`. */
function posixSet(name: Bytes): ByteSet | null {
  if (name.equals(utf8("word"))) return wordSet();
  if (name.equals(utf8("digit"))) return ByteSet.range(0x30, 0x39);
  if (name.equals(utf8("xdigit"))) return ByteSet.range(0x30, 0x39).addRange(0x41, 0x46).addRange(0x61, 0x66);
  if (name.equals(utf8("lower"))) return ByteSet.range(0x61, 0x7a);
  if (name.equals(utf8("upper"))) return ByteSet.range(0x41, 0x5a);
  if (name.equals(utf8("alpha"))) return letters();
  if (name.equals(utf8("alnum"))) return letters().addRange(0x30, 0x39);
  if (name.equals(utf8("punct"))) {
    return ByteSet.range(0x21, 0x2f).addRange(0x3a, 0x40).addRange(0x5b, 0x60).addRange(0x7b, 0x7e);
  }
  if (name.equals(utf8("graph"))) return ByteSet.range(0x21, 0x7e);
  if (name.equals(utf8("print"))) return ByteSet.range(0x20, 0x7e);
  if (name.equals(utf8("space"))) return ByteSet.range(0x09, 0x0d).addRange(0x20, 0x20);
  if (name.equals(utf8("blank"))) return ByteSet.range(0x09, 0x09).addRange(0x20, 0x20);
  if (name.equals(utf8("cntrl"))) return ByteSet.range(0x00, 0x1f).addRange(0x7f, 0x7f);
  return name.equals(utf8("ascii")) ? ByteSet.range(0x00, 0x7f) : null;
}

function letters(): ByteSet {
  return ByteSet.range(0x41, 0x5a).addRange(0x61, 0x7a);
}
