import { BytesBuilder } from "../bytes/builder";
import { Bytes } from "../bytes/bytes";
import { utf8 } from "../bytes/utf8";
import { SECONDS_PER_DAY, dateOf } from "./calendar";
import {
  NO_TIME, addClock, addDigits, digitsAt, secondsOfClock, secondsOfDate, wholeDays,
} from "./time-fields";

/** Dates of HTTP fields (RFC 9110 5.6.7). */

/** Two-digit years below it are of this century. */
const CENTURY_PIVOT: i32 = 70;

const YEAR_1: i64 = -62135596800;
const YEAR_9999_END: i64 = 253402300799;

/** `Sun, 06 Nov 1994 08:49:37 GMT` for seconds since 1970; absent outside the years 1 to 9999. */
export function formatHttpDate(seconds: i64): Bytes {
  if (seconds < YEAR_1 || seconds > YEAR_9999_END) return Bytes.absent;
  const days = <i32>wholeDays(seconds);
  const date = dateOf(days);
  // 1970-01-01 was a Thursday.
  const weekday = ((days + 4) % 7 + 7) % 7;
  const line = BytesBuilder.create().add(nameAt(weekdays(), weekday)).add(utf8(", "));
  addDigits(line, date & 0xff, 2).addByte(0x20);
  line.add(nameAt(months(), ((date >> 8) & 0xff) - 1)).addByte(0x20);
  addDigits(line, date >> 16, 4).addByte(0x20);
  return addClock(line, <u32>(seconds - days * SECONDS_PER_DAY)).add(utf8(" GMT")).toBytes();
}

/**
 * Seconds since 1970 of a date in any of the three forms a recipient has to take; `NO_TIME`
 * for anything else. The name of the weekday is not checked against the date.
 */
export function parseHttpDate(text: Bytes): i64 {
  if (text[3] == 0x2c) return parseFixed(text);
  return text.indexOfByte(0x2c) > 0 ? parseRfc850(text) : parseAsctime(text);
}

/** `Sun, 06 Nov 1994 08:49:37 GMT` */
function parseFixed(text: Bytes): i64 {
  if (text.length != 29 || positionOf(weekdays(), text.slice(0, 3)) < 0) return NO_TIME;
  if (!hasBlanks(text, 4, 7, 11, 16) || !text.endsWith(utf8(" GMT"))) return NO_TIME;
  return secondsOf(digitsAt(text, 12, 4), text.slice(8, 11), digitsAt(text, 5, 2), text, 17);
}

/** `Sunday, 06-Nov-94 08:49:37 GMT` */
function parseRfc850(text: Bytes): i64 {
  const comma = text.indexOfByte(0x2c);
  if (!isLongWeekday(text.slice(0, comma))) return NO_TIME;
  const rest = text.slice(comma + 1);
  if (rest.length != 23 || rest[0] != 0x20 || rest[3] != 0x2d || rest[7] != 0x2d) return NO_TIME;
  if (rest[10] != 0x20 || !rest.endsWith(utf8(" GMT"))) return NO_TIME;
  const short = digitsAt(rest, 8, 2);
  const year = short < 0 ? -1 : short + (short < CENTURY_PIVOT ? 2000 : 1900);
  return secondsOf(year, rest.slice(4, 7), digitsAt(rest, 1, 2), rest, 11);
}

/** `Sun Nov  6 08:49:37 1994` */
function parseAsctime(text: Bytes): i64 {
  if (text.length != 24 || positionOf(weekdays(), text.slice(0, 3)) < 0) return NO_TIME;
  if (!hasBlanks(text, 3, 7, 10, 19)) return NO_TIME;
  const day = text[8] == 0x20 ? digitsAt(text, 9, 1) : digitsAt(text, 8, 2);
  return secondsOf(digitsAt(text, 20, 4), text.slice(4, 7), day, text, 11);
}

function secondsOf(year: i32, month: Bytes, day: i32, text: Bytes, clockAt: i32): i64 {
  const date = secondsOfDate(year, positionOf(months(), month) + 1, day);
  const clock = secondsOfClock(text, clockAt);
  return date == NO_TIME || clock < 0 ? NO_TIME : date + clock;
}

function hasBlanks(text: Bytes, first: i32, second: i32, third: i32, fourth: i32): bool {
  return text[first] == 0x20 && text[second] == 0x20 && text[third] == 0x20 && text[fourth] == 0x20;
}

function isLongWeekday(name: Bytes): bool {
  const rest = name.slice(3);
  switch (positionOf(weekdays(), name.slice(0, 3))) {
    case -1: return false;
    case 2: return rest.equals(utf8("sday"));
    case 3: return rest.equals(utf8("nesday"));
    case 4: return rest.equals(utf8("rsday"));
    case 6: return rest.equals(utf8("urday"));
    default: return rest.equals(utf8("day"));
  }
}

function weekdays(): Bytes {
  return utf8("SunMonTueWedThuFriSat");
}

function months(): Bytes {
  return utf8("JanFebMarAprMayJunJulAugSepOctNovDec");
}

/** Name number `position` of a list of names of three letters. */
function nameAt(names: Bytes, position: i32): Bytes {
  return names.slice(position * 3, position * 3 + 3);
}

/** Position of a name in such a list, or -1. */
function positionOf(names: Bytes, name: Bytes): i32 {
  if (name.length != 3) return -1;
  for (let i = 0; i * 3 < names.length; i++) {
    if (nameAt(names, i).equals(name)) return i;
  }
  return -1;
}
