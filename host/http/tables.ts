/** Byte classes of HTTP as lookup tables (RFC 9110, 5.5 and 5.6.2). */

function table(test: (byte: number) => number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => test(byte))
}

/** Lower case of each byte, ASCII letters only. */
export const LOWER = table((byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte))

/** 1 for the bytes of a token: header names and methods. */
export const TOKEN = table((byte) => (/[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(byte)) ? 1 : 0))

/** 1 for the bytes of a header value: blank, tab, visible ASCII and everything from 0x80. */
export const VALUE = table((byte) => (byte === 9 || (byte >= 0x20 && byte !== 0x7f) ? 1 : 0))
