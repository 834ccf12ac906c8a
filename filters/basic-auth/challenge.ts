import { Bytes, BytesBuilder, HeaderMap, utf8 } from "@sluice/sdk";

/** As in Envoy: what is longer of a URI is cut off. */
const MAX_URI_BYTES: i32 = 256;
const QUOTE: u8 = 0x22;
const BACKSLASH: u8 = 0x5c;

/** The value of `www-authenticate` (RFC 7617 2); without a realm of its own, the realm is the URI of the request. */
export function challenge(realm: Bytes, headers: HeaderMap): Bytes {
  const line = BytesBuilder.create().add(utf8('Basic realm="'));
  addQuoted(line, realm.isAbsent ? uriOf(headers) : realm);
  return line.addByte(QUOTE).toBytes();
}

function uriOf(headers: HeaderMap): Bytes {
  const scheme = headers.get(utf8("x-forwarded-proto"));
  const uri = BytesBuilder.create().add(scheme.isAbsent ? headers.get(utf8(":scheme")) : scheme);
  uri.add(utf8("://")).add(headers.get(utf8(":authority"))).add(headers.get(utf8(":path")));
  return uri.toBytes().slice(0, MAX_URI_BYTES);
}

/** What a client sends cannot end the quoted text (RFC 9110 5.6.4). */
function addQuoted(line: BytesBuilder, text: Bytes): void {
  for (let i = 0; i < text.length; i++) {
    if (text[i] == QUOTE || text[i] == BACKSLASH) line.addByte(BACKSLASH);
    line.addByte(text[i]);
  }
}
