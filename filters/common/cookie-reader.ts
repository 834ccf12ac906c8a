import { Bytes, BytesBuilder, HeaderMap, utf8 } from "@sluice/sdk";

const SEMICOLON: u8 = 0x3b;
const EQUALS: u8 = 0x3d;
const QUOTE: u8 = 0x22;

/** Goes through the cookies of one value of the header (RFC 6265 4.2). */
// @ts-ignore: decorator
@final
export class CookieReader {
  /** The current cookie as it stands there, without blanks around it. */
  pair: Bytes = Bytes.empty;
  private at: i32 = 0;

  constructor(private readonly line: Bytes) {}

  /** Goes to the next cookie; false behind the last one. */
  next(): bool {
    if (this.at >= this.line.length) return false;
    const semicolon = this.line.indexOfByte(SEMICOLON, this.at);
    const end = semicolon < 0 ? this.line.length : semicolon;
    this.pair = this.line.slice(this.at, end).trim();
    this.at = end + 1;
    return true;
  }

  get name(): Bytes {
    const equals = this.pair.indexOfByte(EQUALS);
    return equals < 0 ? this.pair : this.pair.slice(0, equals).trim();
  }

  /** Without quotes around it. */
  get value(): Bytes {
    const equals = this.pair.indexOfByte(EQUALS);
    const value = equals < 0 ? Bytes.empty : this.pair.slice(equals + 1).trim();
    const isQuoted = value.length > 1 && value[0] == QUOTE && value[value.length - 1] == QUOTE;
    return isQuoted ? value.slice(1, value.length - 1) : value;
  }
}

/** Value of the first cookie of this name, or absent. */
export function cookieValue(headers: HeaderMap, name: Bytes): Bytes {
  const header = utf8("cookie");
  for (let i = 0, count = headers.count(header); i < count; i++) {
    for (const reader = new CookieReader(headers.value(header, i)); reader.next(); ) {
      if (reader.name.equals(name)) return reader.value;
    }
  }
  return Bytes.absent;
}

/** Takes the cookies of this name out of the request. */
export function cutCookies(headers: HeaderMap, name: Bytes): void {
  const header = utf8("cookie");
  const kept = BytesBuilder.create();
  for (let i = 0, count = headers.count(header); i < count; i++) {
    for (const reader = new CookieReader(headers.value(header, i)); reader.next(); ) {
      if (reader.name.equals(name)) continue;
      if (kept.length > 0) kept.add(utf8("; "));
      kept.add(reader.pair);
    }
  }
  if (kept.length > 0) headers.set(header, kept.toBytes());
  else headers.remove(header);
}
