import { isDigit } from "../bytes/ascii";
import { Bytes } from "../bytes/bytes";

/**
 * End of the number that begins at `from` (RFC 8259 6): `from` itself when there is none,
 * the negated offset of the offending byte when it is malformed.
 */
export function numberEnd(text: Bytes, from: i32): i32 {
  let at = from;
  if (text[at] == 0x2d) at++;
  if (!isDigit(text[at])) return at == from ? from : -at;
  // No leading zeros: a digit behind a first 0 is left for the caller to stumble over.
  if (text[at] == 0x30) at++;
  else at = digitsEnd(text, at);
  if (isDigit(text[at])) return -at;
  if (text[at] == 0x2e) {
    if (!isDigit(text[++at])) return -at;
    at = digitsEnd(text, at);
  }
  if ((text[at] | 0x20) != 0x65) return at;
  at++;
  if (text[at] == 0x2b || text[at] == 0x2d) at++;
  return isDigit(text[at]) ? digitsEnd(text, at) : -at;
}

function digitsEnd(text: Bytes, at: i32): i32 {
  while (isDigit(text[at])) at++;
  return at;
}

/** Whether a number has neither fraction nor exponent and fits an i64. */
export function isIntegerNumber(text: Bytes): bool {
  const digits = magnitude(text);
  if (!digits.isDecimal()) return false;
  const limit: u64 = <u64>i64.MAX_VALUE + u64(text[0] == 0x2d);
  return digits.toU64() <= limit;
}

/** Value of a number that {@link isIntegerNumber} accepts. */
export function parseInteger(text: Bytes): i64 {
  const value = <i64>magnitude(text).toU64();
  return text[0] == 0x2d ? 0 - value : value;
}

function magnitude(text: Bytes): Bytes {
  return text[0] == 0x2d ? text.slice(1) : text;
}
