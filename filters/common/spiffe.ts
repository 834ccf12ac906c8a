import { Bytes, utf8 } from "@sluice/sdk";

/** Most bytes of an id, and of the trust domain within. */
const MAX_ID_BYTES: i32 = 2048;
const MAX_DOMAIN_BYTES: i32 = 255;
const SLASH: u8 = 0x2f;
const DOT: u8 = 0x2e;

/**
 * Whether a text is a SPIFFE ID that names a workload: `spiffe://<trust domain>/<segments>` (SPIFFE-ID, 2). The scheme and
 * the trust domain are lower case; a port, a query, percent-encoding, empty and dot segments are refused, not repaired.
 */
export function isSpiffeId(id: Bytes): bool {
  if (id.length > MAX_ID_BYTES || !id.startsWith(scheme())) return false;
  const end = id.indexOfByte(SLASH, scheme().length);
  if (end < 0) return false;
  return isTrustDomain(id.slice(scheme().length, end)) && isPath(id.slice(end));
}

/** Of a valid id. */
export function trustDomainOf(id: Bytes): Bytes {
  return id.slice(scheme().length, id.indexOfByte(SLASH, scheme().length));
}

/** Of a valid id: what Istio calls its principal, the id without its scheme. */
export function principalOf(id: Bytes): Bytes {
  return id.slice(scheme().length);
}

export function isTrustDomain(domain: Bytes): bool {
  if (domain.length == 0 || domain.length > MAX_DOMAIN_BYTES) return false;
  for (let i = 0; i < domain.length; i++) {
    const byte = domain[i];
    if (isUpper(byte) || !isSegmentByte(byte)) return false;
  }
  return true;
}

/** `/segment/segment`. */
function isPath(path: Bytes): bool {
  for (let start = 1; start <= path.length; ) {
    let end = path.indexOfByte(SLASH, start);
    if (end < 0) end = path.length;
    if (!isSegment(path.slice(start, end))) return false;
    start = end + 1;
  }
  return path[path.length - 1] != SLASH;
}

function isSegment(segment: Bytes): bool {
  let dots = 0;
  for (let i = 0; i < segment.length; i++) {
    if (!isSegmentByte(segment[i])) return false;
    if (segment[i] == DOT) dots++;
  }
  return segment.length > 0 && !(dots == segment.length && dots <= 2);
}

function isSegmentByte(byte: u8): bool {
  return (byte >= 0x61 && byte <= 0x7a) || isUpper(byte) || (byte >= 0x30 && byte <= 0x39) || byte == DOT || byte == 0x2d || byte == 0x5f;
}

function isUpper(byte: u8): bool {
  return byte >= 0x41 && byte <= 0x5a;
}

function scheme(): Bytes {
  return utf8("spiffe://");
}
