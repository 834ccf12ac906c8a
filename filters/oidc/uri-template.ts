import { Bytes, BytesBuilder, HeaderMap, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";

const SLASH: u8 = 0x2f;

/** A URL with headers of the request in it, in Envoy's form: `https://%REQ(:authority)%/callback`. */
export class UriTemplate {
  /** Texts and, between them, names of headers. */
  private readonly texts: OwnedBytes[] = [];
  private readonly names: OwnedBytes[] = [];

  /** Reads a text. */
  static read(reader: ConfigReader): UriTemplate {
    const template = new UriTemplate();
    const text = reader.readText().view;
    if (!template.take(text)) reader.invalid(utf8('a URL such as "https://%REQ(:authority)%/callback"'));
    return template;
  }

  /** Whether none was read. */
  get isEmpty(): bool {
    return this.texts.length == 0;
  }

  /** Path of the URL, if no header is in it. */
  get path(): Bytes {
    const last = this.texts[this.texts.length - 1].view;
    const start = this.texts.length == 1 ? originLength(last) : last.indexOfByte(SLASH);
    return start < 0 ? Bytes.absent : last.slice(start);
  }

  /** The URL for a request; absent when it is none. */
  fill(headers: HeaderMap): Bytes {
    const filled = BytesBuilder.create();
    for (let i = 0; i < this.texts.length; i++) {
      filled.add(this.texts[i].view);
      if (i < this.names.length) filled.add(headers.get(this.names[i].view));
    }
    const url = filled.toBytes();
    return isUrl(url) ? url : Bytes.absent;
  }

  private take(text: Bytes): bool {
    let at = 0;
    for (let found = text.indexOf(utf8("%REQ(")); found >= 0; found = text.indexOf(utf8("%REQ("), at)) {
      const end = text.indexOf(utf8(")%"), found);
      if (end < found + 6) return false;
      this.texts.push(text.slice(at, found).toOwned());
      this.names.push(text.slice(found + 5, end).toLowerCase().toOwned());
      at = end + 2;
    }
    this.texts.push(text.slice(at).toOwned());
    return this.names.length > 0 || isUrl(text);
  }
}

/** Scheme and authority of a URL that {@link isUrl}. */
export function originOf(url: Bytes): Bytes {
  const end = originLength(url);
  return end < 0 ? url : url.slice(0, end);
}

/** Whether it is one of http or https with a host, and without what would not be sent as it is. */
export function isUrl(url: Bytes): bool {
  const start = url.startsWith(utf8("https://")) ? 8 : url.startsWith(utf8("http://")) ? 7 : 0;
  if (start == 0 || url.length == start || url[start] == SLASH) return false;
  for (let i = 0; i < url.length; i++) {
    if (url[i] <= 0x20 || url[i] >= 0x7f || url[i] == 0x22 || url[i] == 0x23 || url[i] == 0x5c) return false;
  }
  return true;
}

/** Where the path of a URL begins, or -1. */
function originLength(url: Bytes): i32 {
  return url.indexOfByte(SLASH, url.indexOf(utf8("://")) + 3);
}
