import { isDigit } from "../bytes/ascii";
import { BytesBuilder } from "../bytes/builder";
import { Bytes } from "../bytes/bytes";
import { SECONDS_PER_DAY, dateOf } from "./calendar";
import {
  NO_TIME, addClock, addDigits, digitsAt, secondsOfClock, secondsOfDate, wholeDays,
} from "./time-fields";

/** Times of logs and JSON (RFC 3339), in nanoseconds since 1970: the years 1678 to 2261. */

const NANOS_PER_SECOND: i64 = 1000000000;

/** Seconds that nanoseconds can count to. */
const MAX_SECONDS: i64 = i64.MAX_VALUE / NANOS_PER_SECOND - 1;

/** `1994-11-06T08:49:37.123456789Z`; a fraction of zero is left out. */
export function formatRfc3339(nanos: i64): Bytes {
  let seconds = nanos / NANOS_PER_SECOND;
  if (seconds * NANOS_PER_SECOND > nanos) seconds--;
  const days = wholeDays(seconds);
  const date = dateOf(<i32>days);
  const line = BytesBuilder.create();
  addDigits(line, date >> 16, 4).addByte(0x2d);
  addDigits(line, (date >> 8) & 0xff, 2).addByte(0x2d);
  addDigits(line, date & 0xff, 2).addByte(0x54);
  addClock(line, <u32>(seconds - days * SECONDS_PER_DAY));
  const fraction = <u32>(nanos - seconds * NANOS_PER_SECOND);
  if (fraction) addDigits(line.addByte(0x2e), fraction, 9);
  return line.addByte(0x5a).toBytes();
}

/**
 * Nanoseconds of a time with its offset; digits of the fraction beyond nine are dropped;
 * `NO_TIME` for anything else, also for a time out of range.
 */
export function parseRfc3339(text: Bytes): i64 {
  if (text[4] != 0x2d || text[7] != 0x2d || (text[10] | 0x20) != 0x74) return NO_TIME;
  const date = secondsOfDate(digitsAt(text, 0, 4), digitsAt(text, 5, 2), digitsAt(text, 8, 2));
  const clock = secondsOfClock(text, 11);
  const end = fractionEnd(text);
  const offset = offsetSeconds(text.slice(end));
  if (date == NO_TIME || clock < 0 || end == 20 || offset == i32.MIN_VALUE) return NO_TIME;
  const seconds = date + clock - offset;
  if (seconds > MAX_SECONDS || seconds < -MAX_SECONDS) return NO_TIME;
  return seconds * NANOS_PER_SECOND + fractionNanos(text, end);
}

/** Seconds since 1970 of `1994-11-06T08:49:37Z`, a time in UTC without a fraction; `NO_TIME` for anything else. */
export function parseUtcSeconds(text: Bytes): i64 {
  if (text.length != 20 || text[4] != 0x2d || text[7] != 0x2d || text[10] != 0x54 || text[19] != 0x5a) return NO_TIME;
  const date = secondsOfDate(digitsAt(text, 0, 4), digitsAt(text, 5, 2), digitsAt(text, 8, 2));
  const clock = secondsOfClock(text, 11);
  return date == NO_TIME || clock < 0 ? NO_TIME : date + clock;
}

/** Offset behind the fraction, which may be missing; 20 when it has no digit. */
function fractionEnd(text: Bytes): i32 {
  if (text[19] != 0x2e) return 19;
  let at = 20;
  while (isDigit(text[at])) at++;
  return at;
}

/** Nanoseconds of the digits between the point at 19 and `end`. */
function fractionNanos(text: Bytes, end: i32): i64 {
  let nanos: i64 = 0;
  for (let i = 20; i < 29; i++) nanos = nanos * 10 + (i < end ? text[i] - 0x30 : 0);
  return nanos;
}

/** Seconds of `Z` or `+hh:mm`; the least i32 for anything else. */
function offsetSeconds(text: Bytes): i32 {
  if (text.length == 1 && (text[0] | 0x20) == 0x7a) return 0;
  const isWest = text[0] == 0x2d;
  const hours = digitsAt(text, 1, 2);
  const minutes = digitsAt(text, 4, 2);
  if (text.length != 6 || text[3] != 0x3a || !(isWest || text[0] == 0x2b)) return i32.MIN_VALUE;
  if ((hours | minutes) < 0 || hours > 23 || minutes > 59) return i32.MIN_VALUE;
  const seconds = hours * 3600 + minutes * 60;
  return isWest ? -seconds : seconds;
}
