import { Bytes } from "./bytes";

/**
 * Length (2 to 4) of the well-formed multi-byte sequence at `at`, or 0: no overlong forms,
 * no surrogates, nothing above U+10FFFF (RFC 3629).
 */
export function utf8SequenceLength(text: Bytes, at: i32): i32 {
  const lead = text[at];
  const second = text[at + 1];
  if (lead < 0xc2 || lead > 0xf4) return 0;
  if (second < lowestSecond(lead) || second > highestSecond(lead)) return 0;
  if (lead < 0xe0) return 2;
  if (!isContinuation(text[at + 2])) return 0;
  if (lead < 0xf0) return 3;
  return isContinuation(text[at + 3]) ? 4 : 0;
}

function lowestSecond(lead: u8): u8 {
  if (lead == 0xe0) return 0xa0;
  return lead == 0xf0 ? 0x90 : 0x80;
}

function highestSecond(lead: u8): u8 {
  if (lead == 0xed) return 0x9f;
  return lead == 0xf4 ? 0x8f : 0xbf;
}

function isContinuation(byte: u8): bool {
  return (byte & 0xc0) == 0x80;
}

/** Whether the bytes are UTF-8. */
export function isUtf8(text: Bytes): bool {
  for (let at = 0; at < text.length; ) {
    const length = text[at] < 0x80 ? 1 : utf8SequenceLength(text, at);
    if (!length) return false;
    at += length;
  }
  return true;
}
