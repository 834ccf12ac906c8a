import { isDigit } from "../bytes/ascii";
import { BytesBuilder } from "../bytes/builder";
import { Bytes } from "../bytes/bytes";
import { SECONDS_PER_DAY, daysInMonth, daysOf } from "./calendar";

/** What parsers of times return for a text that is none. */
export const NO_TIME: i64 = i64.MIN_VALUE;

/** The number that `count` digits at `at` make, or -1. */
export function digitsAt(text: Bytes, at: i32, count: i32): i32 {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    if (!isDigit(text[i])) return -1;
    value = value * 10 + text[i] - 0x30;
  }
  return value;
}

/** Appends a number in exactly `count` digits. */
export function addDigits(line: BytesBuilder, value: u32, count: i32): BytesBuilder {
  let unit: u32 = 1;
  for (let i = 1; i < count; i++) unit *= 10;
  for (; unit; unit /= 10) line.addByte(<u8>(0x30 + value / unit % 10));
  return line;
}

/** Days since 1970 that a number of seconds is in. */
export function wholeDays(seconds: i64): i64 {
  const days = seconds / SECONDS_PER_DAY;
  return days * SECONDS_PER_DAY > seconds ? days - 1 : days;
}

/** Appends `hh:mm:ss`. */
export function addClock(line: BytesBuilder, seconds: u32): BytesBuilder {
  addDigits(line, seconds / 3600, 2).addByte(0x3a);
  addDigits(line, seconds / 60 % 60, 2).addByte(0x3a);
  return addDigits(line, seconds % 60, 2);
}

/** Seconds since 1970 of a date; {@link NO_TIME} when the calendar does not have it. */
export function secondsOfDate(year: i32, month: i32, day: i32): i64 {
  if (year < 0 || month < 1 || month > 12 || day < 1) return NO_TIME;
  if (day > daysInMonth(year, month)) return NO_TIME;
  return <i64>daysOf(year, month, day) * SECONDS_PER_DAY;
}

/** Seconds of `hh:mm:ss` at `at`, or -1; a leap second counts as the one before it. */
export function secondsOfClock(text: Bytes, at: i32): i32 {
  const hours = digitsAt(text, at, 2);
  const minutes = digitsAt(text, at + 3, 2);
  const seconds = digitsAt(text, at + 6, 2);
  if (text[at + 2] != 0x3a || text[at + 5] != 0x3a || (hours | minutes | seconds) < 0) return -1;
  if (hours > 23 || minutes > 59 || seconds > 60) return -1;
  return hours * 3600 + minutes * 60 + min(seconds, 59);
}
