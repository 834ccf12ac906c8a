/** Byte classes of RFC 9110; everything here works on single bytes. */

/** 1 for the bytes of a token (RFC 9110 5.6.2). */
const TOKENS: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 1, 0, 1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 1, 1, 0,
  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0,
  0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1,
  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1, 0,
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
  return byte < 128 && load<u8>(TOKENS + byte) != 0;
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
