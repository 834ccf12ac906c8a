import { Bytes } from "../bytes/bytes";
import { BytesBuilder } from "../bytes/builder";
import { utf8 } from "../bytes/utf8";
import { decodeBase64 } from "../text/base64";

const SPACE: u8 = 0x20;

/**
 * DER of a text of PEM (RFC 7468) that is one block with this label: `PUBLIC KEY`, `RSA PUBLIC KEY`. Blanks and line
 * ends around it and in its base64 do not matter. Absent for anything else: other labels, several blocks, headers.
 */
export function decodePem(text: Bytes, label: Bytes): Bytes {
  const begin = boundary(utf8("-----BEGIN "), label);
  const end = boundary(utf8("-----END "), label);
  const block = trimLines(text);
  const isBlock = block.startsWith(begin) && block.endsWith(end) && block.length >= begin.length + end.length;
  if (!isBlock) return Bytes.absent;
  return decodeBase64(withoutBlanks(block.slice(begin.length, block.length - end.length)));
}

function boundary(start: Bytes, label: Bytes): Bytes {
  return BytesBuilder.create().add(start).add(label).add(utf8("-----")).toBytes();
}

/** Without blanks and line ends before and behind. */
function trimLines(text: Bytes): Bytes {
  let first = 0;
  let last = text.length;
  while (first < last && isBlank(text[first])) first++;
  while (last > first && isBlank(text[last - 1])) last--;
  return text.slice(first, last);
}

function withoutBlanks(text: Bytes): Bytes {
  const rest = BytesBuilder.create();
  for (let i = 0; i < text.length; i++) if (!isBlank(text[i])) rest.addByte(text[i]);
  return rest.toBytes();
}

function isBlank(byte: u8): bool {
  return byte == SPACE || (byte >= 0x09 && byte <= 0x0d);
}
