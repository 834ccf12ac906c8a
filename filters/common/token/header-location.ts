import { Bytes, HeaderMap, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { Location } from "../location";

/** A header, whose value contains the token behind a prefix. */
export class HeaderLocation extends Location {
  constructor(name: OwnedBytes, private readonly prefix: OwnedBytes) {
    super(name);
  }

  /** Reads the object `{name, value_prefix}`. */
  static read(reader: ConfigReader): HeaderLocation {
    let name = OwnedBytes.absent();
    let prefix = OwnedBytes.absent();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("name"))) name = reader.readHeaderName();
      else if (reader.at(utf8("value_prefix"))) prefix = reader.readText();
      else reader.unknownField();
    }
    if (name.view.isAbsent) reader.missing(utf8("name"));
    return new HeaderLocation(name, prefix);
  }

  find(headers: HeaderMap, tokens: Bytes[]): void {
    const name = this.name.view;
    const first = headers.get(name);
    if (first.isAbsent) return;
    for (let i = 0, count = headers.count(name); i < count; i++) {
      const token = this.tokenIn(headers.value(name, i));
      if (!token.isAbsent) tokens.push(token);
    }
  }

  remove(headers: HeaderMap): void {
    headers.remove(this.name.view);
  }

  override isHeader(name: Bytes): bool {
    return this.name.view.equals(name);
  }

  /** What follows the prefix, wherever that is, in any letters (RFC 9110 11.1), from the first character that a token has. */
  private tokenIn(value: Bytes): Bytes {
    const prefix = this.prefix.view;
    if (prefix.length == 0) return value;
    const at = indexIgnoringCase(value, prefix);
    if (at < 0) return Bytes.absent;
    let from = at + prefix.length;
    while (from < value.length && !isTokenByte(value[from])) from++;
    return value.slice(from < value.length ? from : 0);
  }
}

function indexIgnoringCase(text: Bytes, part: Bytes): i32 {
  for (let at = 0, last = text.length - part.length; at <= last; at++) {
    if (text.slice(at).startsWithIgnoreCase(part)) return at;
  }
  return -1;
}

/** A character of base64url, or a dot. */
function isTokenByte(byte: u8): bool {
  const lower = byte | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || (byte >= 0x30 && byte <= 0x39) || byte == 0x2d || byte == 0x5f || byte == 0x2e;
}
