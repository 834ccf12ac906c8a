/** Byte classes of RFC 9110; everything here works on single bytes. */

/** A bit per ASCII character: 1 for those of a token (RFC 9110 5.6.2). */
const TOKENS: usize = memory.data<u8>([
  0x00, 0x00, 0x00, 0x00, 0xfa, 0x6c, 0xff, 0x03,
  0xfe, 0xff, 0xff, 0xc7, 0xff, 0xff, 0xff, 0x57,
]);

/** Lower-cases `A`–`Z`; other bytes stay. */
// @ts-ignore: decorator
@inline
export function toLower(byte: u32): u32 {
  return byte - 0x41 < 26 ? byte | 0x20 : byte;
}

/** Whether the byte may stand in a header name or a method. */
// @ts-ignore: decorator
@inline
export function isTokenByte(byte: u32): bool {
  return byte < 128 && ((<u32>load<u8>(TOKENS + (byte >> 3)) >> (byte & 7)) & 1) != 0;
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
