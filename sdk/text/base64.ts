import { arenaAllocate } from "../abi/arena";
import { Bytes } from "../bytes/bytes";

/** Base64 and base64url (RFC 4648 4 and 5), strict: one text per byte string, no line breaks. */

const PLUS: u8 = 0x2b;
const SLASH: u8 = 0x2f;
const MINUS: u8 = 0x2d;
const UNDERSCORE: u8 = 0x5f;
const DOT: u8 = 0x2e;
const PAD: u8 = 0x3d;

/** Base64 with padding. */
export function encodeBase64(bytes: Bytes): Bytes {
  return encode(bytes, PLUS, SLASH, true);
}

/** Base64url without padding, as in JOSE. */
export function encodeBase64Url(bytes: Bytes): Bytes {
  return encode(bytes, MINUS, UNDERSCORE, false);
}

/** Bytes of a base64 text with padding; absent when it is not exactly what the encoder writes. */
export function decodeBase64(text: Bytes): Bytes {
  const length = text.length;
  if (length & 3) return Bytes.absent;
  if (!length || text[length - 1] != PAD) return decode(text, PLUS, SLASH, 0);
  return decode(text.slice(0, text[length - 2] == PAD ? length - 2 : length - 1), PLUS, SLASH, 0);
}

/** Bytes of a base64url text without padding; absent when it is not what the encoder writes. */
export function decodeBase64Url(text: Bytes): Bytes {
  return decode(text, MINUS, UNDERSCORE, 0);
}

/** Bytes of a base64 text without padding that has `.` for `+`, as passlib writes hashes; absent when it is none. */
export function decodeBase64Dotted(text: Bytes): Bytes {
  return decode(text, DOT, SLASH, 0);
}

/** Bytes of a text of bcrypt, where the digits `.` and `/` are the first two; absent when it is none. For the SDK. */
export function decodeBase64Bcrypt(text: Bytes): Bytes {
  return decode(text, DOT, SLASH, 2);
}

function encode(bytes: Bytes, digit62: u8, digit63: u8, padded: bool): Bytes {
  const length = bytes.length;
  const digits = <i32>((<i64>length * 4 + 2) / 3);
  const size = padded ? (length + 2) / 3 * 4 : digits;
  const out = arenaAllocate(size);
  for (let i = 0; i < size; i++) {
    // Digit i has six of the 24 bits of its group: the pair of bytes it lies in, shifted down.
    const first = (i >> 2) * 3 + ((i & 3) * 3 >> 2);
    const pair = (<u32>bytes[first] << 8) | bytes[first + 1];
    const value = (pair >> (10 - ((i & 3) * 6 & 7))) & 63;
    store<u8>(out + i, i < digits ? digitOf(value, digit62, digit63) : PAD);
  }
  return Bytes.of(out, size);
}

function digitOf(value: u32, digit62: u8, digit63: u8): u8 {
  if (value < 26) return <u8>(0x41 + value);
  if (value < 52) return <u8>(0x61 - 26 + value);
  if (value < 62) return <u8>(0x30 - 52 + value);
  return value == 62 ? digit62 : digit63;
}

/** `first` is the value of the digit A. */
function decode(text: Bytes, digit62: u8, digit63: u8, first: i32): Bytes {
  const length = text.length;
  // One digit holds no byte.
  if ((length & 3) == 1) return Bytes.absent;
  const size = <i32>(<i64>length * 3 >> 2);
  const out = arenaAllocate(size);
  let bits: u32 = 0;
  for (let i = 0; i < length; i++) {
    const value = valueOf(text[i], digit62, digit63);
    if (value < 0) return Bytes.absent;
    bits = (bits << 6) | ((value + first) & 63);
    // A byte is complete after each digit but the first of four.
    if (i & 3) store<u8>(out + (i >> 2) * 3 + (i & 3) - 1, <u8>(bits >> (6 - ((i & 3) << 1))));
  }
  // What the last digit has beyond the last byte must be zero, or two texts had one value.
  const unused: u32 = (length & 3) == 2 ? 15 : (length & 3) == 3 ? 3 : 0;
  return bits & unused ? Bytes.absent : Bytes.of(out, size);
}

function valueOf(digit: u8, digit62: u8, digit63: u8): i32 {
  if (<u32>digit - 0x41 < 26) return digit - 0x41;
  if (<u32>digit - 0x61 < 26) return digit - 0x61 + 26;
  if (<u32>digit - 0x30 < 10) return digit - 0x30 + 52;
  if (digit == digit62) return 62;
  return digit == digit63 ? 63 : -1;
}
