import { Bytes, BytesBuilder, hexValue } from "@sluice/sdk";

const SLASH: u8 = 0x2f;
const BACKSLASH: u8 = 0x5c;
const PERCENT: u8 = 0x25;
const DOT: u8 = 0x2e;

/**
 * The path that rules are matched against: without query and fragment, with percent-encoded
 * unreserved characters decoded, `\` as `/`, and dot segments removed (RFC 3986, 6.2.2).
 * What the upstream gets stays as the client wrote it; a rule for `/admin` must also hold
 * for `/x/%2E%2e/admin`.
 */
export function decisionPath(target: Bytes): Bytes {
  const path = withoutQuery(target);
  return isPlain(path) ? path : removeDotSegments(decodeUnreserved(path));
}

function withoutQuery(target: Bytes): Bytes {
  for (let i = 0; i < target.length; i++) {
    if (target[i] == 0x3f || target[i] == 0x23) return target.slice(0, i);
  }
  return target;
}

/** Whether there is nothing to normalise: the usual case costs one scan. */
function isPlain(path: Bytes): bool {
  for (let i = 0; i < path.length; i++) {
    const byte = path[i];
    if (byte == PERCENT || byte == BACKSLASH) return false;
    if (byte == DOT && i > 0 && path[i - 1] == SLASH) return false;
  }
  return true;
}

function decodeUnreserved(path: Bytes): Bytes {
  const decoded = BytesBuilder.create();
  for (let i = 0; i < path.length; i++) {
    const byte = path[i];
    const value = byte == PERCENT ? hexPair(path, i + 1) : -1;
    if (value >= 0 && isUnreserved(<u8>value)) {
      decoded.addByte(<u8>value);
      i += 2;
    } else decoded.addByte(byte == BACKSLASH ? SLASH : byte);
  }
  return decoded.toBytes();
}

/** Allocates: only a path that is not plain comes here. */
function removeDotSegments(path: Bytes): Bytes {
  const starts: i32[] = [];
  const ends: i32[] = [];
  let trailing = false;
  for (let start = 1; start <= path.length; ) {
    const slash = path.indexOfByte(SLASH, start);
    const end = slash < 0 ? path.length : slash;
    const segment = path.slice(start, end);
    trailing = isDots(segment, 1) || isDots(segment, 2);
    if (isDots(segment, 2)) {
      if (starts.length > 0) {
        starts.pop();
        ends.pop();
      }
    } else if (!trailing) {
      starts.push(start);
      ends.push(end);
    }
    start = end + 1;
  }
  return join(path, starts, ends, trailing);
}

function join(path: Bytes, starts: i32[], ends: i32[], trailing: bool): Bytes {
  const joined = BytesBuilder.create();
  for (let i = 0; i < starts.length; i++) {
    joined.addByte(SLASH).add(path.slice(starts[i], ends[i]));
  }
  if (trailing || joined.length == 0) joined.addByte(SLASH);
  return joined.toBytes();
}

function isDots(segment: Bytes, count: i32): bool {
  if (segment.length != count) return false;
  for (let i = 0; i < count; i++) if (segment[i] != DOT) return false;
  return true;
}

function isUnreserved(byte: u8): bool {
  return isLetterOrDigit(byte) || byte == 0x2d || byte == DOT || byte == 0x5f || byte == 0x7e;
}

function isLetterOrDigit(byte: u8): bool {
  return (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a);
}

/** Value of two hexadecimal digits, or -1. */
function hexPair(text: Bytes, at: i32): i32 {
  if (at + 1 >= text.length) return -1;
  const high = hexValue(text[at]);
  const low = hexValue(text[at + 1]);
  return high < 0 || low < 0 ? -1 : (high << 4) | low;
}
