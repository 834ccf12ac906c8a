import { Bytes, HeaderMap, utf8 } from "@sluice/sdk";

const SEMICOLON: u8 = 0x3b;
const EQUALS: u8 = 0x3d;

/** Value of the first cookie of this name in any Cookie header (RFC 6265, 4.2), or absent. */
export function cookieValue(headers: HeaderMap, name: Bytes): Bytes {
  const header = utf8("cookie");
  for (let i = 0, count = headers.count(header); i < count; i++) {
    const value = findCookie(headers.value(header, i), name);
    if (!value.isAbsent) return value;
  }
  return Bytes.absent;
}

function findCookie(line: Bytes, name: Bytes): Bytes {
  for (let start = 0; start < line.length; ) {
    const semicolon = line.indexOfByte(SEMICOLON, start);
    const end = semicolon < 0 ? line.length : semicolon;
    const pair = line.slice(start, end).trim();
    const equals = pair.indexOfByte(EQUALS);
    if (equals >= 0 && pair.slice(0, equals).equals(name)) return pair.slice(equals + 1);
    start = end + 1;
  }
  return Bytes.absent;
}
