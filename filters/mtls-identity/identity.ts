import { Bytes, BytesBuilder, HeaderMap, HttpContext, utf8 } from "@sluice/sdk";
import { XfccReader } from "../common/xfcc";

const QUOTE: u8 = 0x22;
const BACKSLASH: u8 = 0x5c;

/** The first URI name of the peer's certificate; absent without one. */
export function peerUri(stream: HttpContext): Bytes {
  return stream.getProperty(utf8("connection\0uri_san_peer_certificate"));
}

/**
 * The first value of a key that `x-forwarded-client-cert` tells of the nearest hop; absent when it tells of a hop without one, empty
 * when what it says is malformed. The last of several values counts: a hop appends behind what it got.
 */
export function forwardedValue(headers: HeaderMap, key: Bytes): Bytes {
  const reader = new XfccReader(headers.value(xfccHeader(), headers.count(xfccHeader()) - 1));
  let found = Bytes.absent;
  for (let element = 0; reader.nextPair(); ) {
    if (reader.element != element) found = Bytes.absent;
    element = reader.element;
    if (found.isAbsent && reader.key.equalsIgnoreCase(key)) found = reader.value;
  }
  return reader.isMalformed ? Bytes.empty : found;
}

/** The element that tells the next hop of our peer, as Envoy writes it. */
export function elementOf(stream: HttpContext): Bytes {
  const element = BytesBuilder.create();
  const local = stream.getProperty(utf8("connection\0uri_san_local_certificate"));
  if (!local.isAbsent) element.add(utf8("By=")).add(local).addByte(0x3b);
  element.add(utf8("Hash=")).add(stream.getProperty(utf8("connection\0sha256_peer_certificate_digest")));
  element.add(utf8(";Subject="));
  addQuoted(element, stream.getProperty(utf8("connection\0subject_peer_certificate")));
  const uri = peerUri(stream);
  return uri.isAbsent ? element.toBytes() : element.add(utf8(";URI=")).add(uri).toBytes();
}

export function xfccHeader(): Bytes {
  return utf8("x-forwarded-client-cert");
}

/** A name has its quotes escaped already (RFC 2253 2.4): once more, and the backslash would count for itself, the quote as the end. */
function addQuoted(line: BytesBuilder, name: Bytes): void {
  line.addByte(QUOTE);
  for (let i = 0; i < name.length; i++) {
    const isEscape = name[i] == BACKSLASH;
    if (name[i] == QUOTE) line.addByte(BACKSLASH);
    line.addByte(name[i]);
    if (isEscape) line.addByte(++i < name.length ? name[i] : BACKSLASH);
  }
  line.addByte(QUOTE);
}
