import { arenaAllocate } from "../abi/arena";
import { isDigit, toLower } from "../bytes/ascii";
import { Bytes } from "../bytes/bytes";
import { hexValue } from "../bytes/hex";

/** Percent-encoding (RFC 3986 2.1). */

const PERCENT: u8 = 0x25;

/** Everything but letters, digits and `-._~` as `%XX`; safe in any part of a URL. */
export function encodePercent(bytes: Bytes): Bytes {
  const out = arenaAllocate(<usize>bytes.length * 3);
  let at = out;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (isUnreserved(byte)) store<u8>(at++, byte);
    else at = writeEscape(at, byte);
  }
  return Bytes.of(out, <u32>(at - out));
}

/**
 * Decodes every `%XX`; absent when a `%` lacks its two digits. `+` stays: it is a blank in
 * forms only. The result may hold NUL, slashes and invalid UTF-8: check it before use.
 */
export function decodePercent(text: Bytes): Bytes {
  const out = arenaAllocate(text.length);
  let at = out;
  for (let i = 0; i < text.length; i++, at++) {
    const byte = text[i];
    if (byte != PERCENT) {
      store<u8>(at, byte);
      continue;
    }
    const high = hexValue(text[i + 1]);
    const low = hexValue(text[i + 2]);
    if ((high | low) < 0) return Bytes.absent;
    store<u8>(at, <u8>((high << 4) | low));
    i += 2;
  }
  return Bytes.of(out, <u32>(at - out));
}

function isUnreserved(byte: u8): bool {
  if (isDigit(byte) || toLower(byte) - 0x61 < 26) return true;
  return byte == 0x2d || byte == 0x2e || byte == 0x5f || byte == 0x7e;
}

function writeEscape(at: usize, byte: u8): usize {
  store<u8>(at, PERCENT);
  store<u8>(at, upperDigit(byte >> 4), 1);
  store<u8>(at, upperDigit(byte & 15), 2);
  return at + 3;
}

function upperDigit(value: u8): u8 {
  return value < 10 ? 0x30 + value : 0x41 - 10 + value;
}
