import { MapType } from "../abi/enums";
import { isTokenByte } from "../bytes/ascii";
import { Bytes } from "../bytes/bytes";
import { LiteralKind, literalKind } from "../bytes/literal-kind";
import { utf8 } from "../bytes/utf8";

/**
 * What a filter may write into a header map.
 *
 * Envoy 1.40 writes response headers and replies unchecked, so a CR in a value splits the
 * response; an empty name, a blank in `:path` or a hop-by-hop header corrupts the message
 * for the peer. The SDK refuses all of them on both sides.
 */

const ONES: u64 = 0x0101010101010101;
const HIGH_BITS: u64 = 0x8080808080808080;

/** Whether a value holds no control byte except tab (RFC 9110 5.5). */
export function isFieldValue(value: Bytes): bool {
  let at = value.address;
  const end = at + value.length;
  for (; at + 8 <= end; at += 8) {
    if (hasControlByte(load<u64>(at)) && !arePlain(at, at + 8)) return false;
  }
  return arePlain(at, end);
}

/** Whether one of eight bytes is below 0x20 or is 0x7f. */
// @ts-ignore: decorator
@inline
function hasControlByte(eight: u64): bool {
  const deleted = eight ^ (ONES * 0x7f);
  const below = (eight - ONES * 0x20) & ~eight;
  return ((below | ((deleted - ONES) & ~deleted)) & HIGH_BITS) != 0;
}

function arePlain(at: usize, end: usize): bool {
  for (; at < end; at++) {
    const byte = load<u8>(at);
    if ((byte < 0x20 && byte != 0x09) || byte == 0x7f) return false;
  }
  return true;
}

/** Whether the text is a token (RFC 9110 5.6.2): an ordinary header name or a method. */
export function isToken(text: Bytes): bool {
  const start = text.address;
  const end = start + text.length;
  for (let at = start; at < end; at++) {
    if (!isTokenByte(load<u8>(at))) return false;
  }
  return end > start;
}

/** Whether the name is a pseudo header such as `:path`. */
// @ts-ignore: decorator
@inline
export function isPseudo(name: Bytes): bool {
  return name[0] == 0x3a;
}

/**
 * Whether a pseudo header of a message under way may get this value. Only those that the
 * message has; no change of the method to HEAD or CONNECT, nor of the status to 204 or 304,
 * which tell the peer that no body follows.
 */
export function isPseudoOfMap(map: u32, name: Bytes, value: Bytes): bool {
  if (map == MapType.HttpRequestHeaders) return isRequestPseudo(name, value) && !hidesBody(name, value);
  return map == MapType.HttpResponseHeaders && name.equals(utf8(":status")) && isStatus(value);
}

/** Whether a request may begin with this pseudo header: no blank, no control byte, not empty. */
export function isRequestPseudo(name: Bytes, value: Bytes): bool {
  if (name.equals(utf8(":method")) || name.equals(utf8(":scheme"))) return isToken(value);
  return (name.equals(utf8(":path")) || name.equals(utf8(":authority"))) && isVisible(value);
}

function hidesBody(name: Bytes, value: Bytes): bool {
  if (!name.equals(utf8(":method"))) return false;
  return value.equals(utf8("HEAD")) || value.equals(utf8("CONNECT"));
}

function isStatus(value: Bytes): bool {
  const status = value.toU32();
  return value.length == 3 && status >= 200 && status <= 599 && !isBodiless(status);
}

/** Whether a response of this status has no body (RFC 9110 15.3.5, 15.4.5). */
export function isBodiless(status: u32): bool {
  return status == 204 || status == 304;
}

/** Whether the text may stand in a request line or a Host header: not empty, no blank, no control byte. */
export function isVisible(value: Bytes): bool {
  for (let i = 0; i < value.length; i++) {
    const byte = value[i];
    if (byte <= 0x20 || byte == 0x7f) return false;
  }
  return value.length > 0;
}

/** The letters `host`, in the order of memory. */
const HOST: u32 = 0x74736f68;

/** Whether the name is `host` in any case, which is `:authority` in requests. */
export function isHost(name: Bytes): bool {
  return name.length == 4 && (load<u32>(name.address) | 0x20202020) == HOST;
}

/** Framing headers, each behind its length, 0 at the end: upgrade, connection, keep-alive, content-length, proxy-connection, transfer-encoding. */
const FRAMING: usize = memory.data<u8>([
  7, 0x75, 0x70, 0x67, 0x72, 0x61, 0x64, 0x65,
  10, 0x63, 0x6f, 0x6e, 0x6e, 0x65, 0x63, 0x74, 0x69, 0x6f, 0x6e,
  10, 0x6b, 0x65, 0x65, 0x70, 0x2d, 0x61, 0x6c, 0x69, 0x76, 0x65,
  14, 0x63, 0x6f, 0x6e, 0x74, 0x65, 0x6e, 0x74, 0x2d, 0x6c, 0x65, 0x6e, 0x67, 0x74, 0x68,
  16, 0x70, 0x72, 0x6f, 0x78, 0x79, 0x2d, 0x63, 0x6f, 0x6e, 0x6e, 0x65, 0x63, 0x74, 0x69, 0x6f, 0x6e,
  17, 0x74, 0x72, 0x61, 0x6e, 0x73, 0x66, 0x65, 0x72, 0x2d, 0x65, 0x6e, 0x63, 0x6f, 0x64, 0x69, 0x6e, 0x67,
  0,
]);

/** A bit per length that one of them has. */
const FRAMING_LENGTHS: u32 = 0x34480;

/** Whether the header, whose name is a token, frames the message, which is the proxy's business alone. */
function isFraming(name: Bytes): bool {
  const length = <u32>name.length;
  if (length > 31 || !((FRAMING_LENGTHS >> length) & 1)) return false;
  for (let at = FRAMING, known: u32 = load<u8>(at); known; known = load<u8>(at)) {
    if (known == length && isSpelled(name.address, at + 1, length)) return true;
    at += known + 1;
  }
  return false;
}

/** Whether a token has these lower-case letters and hyphens, in any case. */
function isSpelled(token: usize, letters: usize, length: usize): bool {
  for (; length; length--) if ((load<u8>(token++) | 0x20) != load<u8>(letters++)) return false;
  return true;
}

/** Whether the pair may be added or set as an ordinary header. What the compiler has judged is not looked at again. */
export function isWritablePair(name: Bytes, value: Bytes): bool {
  return (literalKind(name) == LiteralKind.Name || (isToken(name) && !isFraming(name)))
    && (literalKind(value) != LiteralKind.Other || isFieldValue(value));
}
