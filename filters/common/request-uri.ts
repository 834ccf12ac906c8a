import { Bytes, BytesBuilder, HeaderMap, utf8 } from "@sluice/sdk";

/** As in Envoy (Http::Utility::buildOriginalUri): what is longer of a path is cut off. */
const MAX_PATH_BYTES: i32 = 256;
const QUOTE: u8 = 0x22;
const BACKSLASH: u8 = 0x5c;

/** The URI of a request as its client wrote it, for the realm of a challenge. */
export function requestUri(headers: HeaderMap): Bytes {
  const uri = BytesBuilder.create().add(schemeOf(headers));
  const path = headers.get(utf8(":path"));
  uri.add(utf8("://")).add(headers.get(utf8(":authority"))).add(path.length > MAX_PATH_BYTES ? path.slice(0, MAX_PATH_BYTES) : path);
  return uri.toBytes();
}

/** The scheme of a request, which a proxy in front of this one may say. */
export function schemeOf(headers: HeaderMap): Bytes {
  const scheme = headers.get(utf8("x-forwarded-proto"));
  return scheme.isAbsent ? headers.get(utf8(":scheme")) : scheme;
}

/** Appends a quoted text (RFC 9110 5.6.4), which what a client sends cannot end. */
export function addQuoted(line: BytesBuilder, text: Bytes): BytesBuilder {
  line.addByte(QUOTE);
  for (let i = 0; i < text.length; i++) {
    if (text[i] == QUOTE || text[i] == BACKSLASH) line.addByte(BACKSLASH);
    line.addByte(text[i]);
  }
  return line.addByte(QUOTE);
}
