import { Bytes, BytesBuilder, HeaderMap, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";

/** `cache.key`: the parts of a request by which a verdict is known again. */
export class CacheKey {
  hasBody: bool = false;
  /** Headers whose values they are. */
  private readonly parts: OwnedBytes[] = [];

  /** Reads the array that the reader stands at. */
  static read(reader: ConfigReader): CacheKey {
    const key = new CacheKey();
    for (reader.enterArray(); reader.nextItem(); ) key.readPart(reader);
    if (key.isEmpty) reader.invalid(utf8("at least one part"));
    return key;
  }

  get isEmpty(): bool {
    return this.parts.length == 0 && !this.hasBody;
  }

  /** All values of all parts, each behind its length, so that no two requests with other values have one key. */
  addTo(key: BytesBuilder, headers: HeaderMap, body: Bytes): void {
    if (this.hasBody) addSized(key, body);
    for (let i = 0; i < this.parts.length; i++) {
      const name = this.parts[i].view;
      const count = headers.count(name);
      key.addU64(count).addByte(0x3b);
      for (let at = 0; at < count; at++) addSized(key, headers.value(name, at));
    }
  }

  private readPart(reader: ConfigReader): void {
    const part = reader.readText().view.toLowerCase();
    const header = utf8("header:");
    if (part.equals(utf8("method"))) this.parts.push(utf8(":method").toOwned());
    else if (part.equals(utf8("path"))) this.parts.push(utf8(":path").toOwned());
    else if (part.equals(utf8("host"))) this.parts.push(utf8(":authority").toOwned());
    else if (part.equals(utf8("body"))) this.hasBody = true;
    else if (part.startsWith(header) && part.length > header.length) this.parts.push(part.slice(header.length).toOwned());
    else reader.invalid(utf8("method, path, host, body or header:<name>"));
  }
}

/** Adds a text behind its length. */
export function addSized(key: BytesBuilder, text: Bytes): void {
  key.addU64(text.length).addByte(0x3a).add(text);
}
