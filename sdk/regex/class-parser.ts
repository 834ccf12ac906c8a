import { Bytes } from "../bytes/bytes";
import { utf8 } from "../bytes/utf8";
import { ByteSet, setOf } from "./byte-set";
import { PatternReader } from "./pattern-reader";

const CARET: u8 = 0x5e;
const DASH: u8 = 0x2d;
const CLOSE: u8 = 0x5d;
const COLON: u8 = 0x3a;
const BAR: u8 = 0x7c;

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

/** The classes of POSIX, and `word`: names, and first and last byte of each range. */
function posixSet(name: Bytes): ByteSet | null {
  const table = utf8(
    "alnum:09AZaz|alpha:AZaz|ascii:\0\x7f|blank:\t\t  |cntrl:\0\x1f\x7f\x7f|digit:09|graph:!~|lower:az|print: ~|punct:!/:@[`{~|space:\t\r  |upper:AZ|word:09AZaz__|xdigit:09AFaf|",
  );
  for (let start = 0; start < table.length; ) {
    const colon = table.indexOfByte(COLON, start);
    const end = table.indexOfByte(BAR, colon);
    if (table.slice(start, colon).equals(name)) return setOf(table.slice(colon + 1, end));
    start = end + 1;
  }
  return null;
}
