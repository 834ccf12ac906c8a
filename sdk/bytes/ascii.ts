/** Byte classes of RFC 9110; everything here works on single bytes. */

/** Tokens (RFC 9110 5.6.2) below and above byte 64, one bit per byte. */
const TOKEN_LOW: u64 = 0x03ff6cfa00000000;
const TOKEN_HIGH: u64 = 0x57ffffffc7fffffe;

/** Lower-cases `A`–`Z`; other bytes stay. */
// @ts-ignore: decorator
@inline
export function toLower(byte: u32): u32 {
  return byte - 0x41 < 26 ? byte | 0x20 : byte;
}

/** Whether the byte may stand in a header name or a method. */
export function isTokenByte(byte: u32): bool {
  if (byte >= 128) return false;
  const bits = byte < 64 ? TOKEN_LOW : TOKEN_HIGH;
  return ((bits >> (byte & 63)) & 1) != 0;
}

/** Whether the byte is a decimal digit. */
// @ts-ignore: decorator
@inline
export function isDigit(byte: u32): bool {
  return byte - 0x30 < 10;
}

/** Whether the byte is optional white space: blank or tab (RFC 9110 5.6.3). */
// @ts-ignore: decorator
@inline
export function isBlank(byte: u32): bool {
  return byte == 0x20 || byte == 0x09;
}
