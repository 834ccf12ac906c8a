import { isTokenByte } from "../bytes/ascii";
import { Bytes } from "../bytes/bytes";

const NANOS_PER_MILLI: i64 = 1000000;
const NANO_DECIMALS: i32 = 9;
const MILLI_DECIMALS: i32 = 6;
/** Digits in front of the point that cannot overflow an i64 with nine decimals. */
const MAX_WHOLE_DIGITS: i32 = 9;

/** `"1.5s"` or `"250ms"` in nanoseconds; 0 when it is neither. */
export function parseDurationNanos(text: Bytes): u64 {
  const length = text.length;
  if (length < 2 || text[length - 1] != 0x73) return 0;
  const isMillis = text[length - 2] == 0x6d;
  const number = text.slice(0, length - (isMillis ? 2 : 1));
  const nanos = parseDecimal(number, isMillis ? MILLI_DECIMALS : NANO_DECIMALS);
  return nanos < 0 ? 0 : <u64>nanos;
}

/** A decimal number times 10^`decimals`; -1 when it is none, or has more digits than that. */
export function parseDecimal(text: Bytes, decimals: i32): i64 {
  const point = text.indexOfByte(0x2e);
  const whole = point < 0 ? text : text.slice(0, point);
  const fraction = point < 0 ? Bytes.empty : text.slice(point + 1);
  if (!whole.isDecimal() || whole.length > MAX_WHOLE_DIGITS || fraction.length > decimals) return -1;
  if (point >= 0 && !fraction.isDecimal()) return -1;
  let value = <i64>whole.toU64();
  for (let i = 0; i < decimals; i++) value *= 10;
  let part = <i64>fraction.toU64();
  for (let i = fraction.length; i < decimals; i++) part *= 10;
  return value + part;
}

/** Milliseconds of a duration, rounded up. */
export function toMillis(nanos: u64): u64 {
  return (nanos + NANOS_PER_MILLI - 1) / NANOS_PER_MILLI;
}

/** Whether a name is a token of RFC 9110; pseudo headers and upper case are not for configuration. */
export function isHeaderName(name: Bytes): bool {
  for (let i = 0; i < name.length; i++) if (!isTokenByte(name[i])) return false;
  return name.length > 0;
}
