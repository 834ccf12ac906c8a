import { BytesBuilder } from "../bytes/builder";
import { Bytes } from "../bytes/bytes";
import { DerTag } from "./der-reader";

/** An element of DER (X.690 10) with up to 65535 bytes of content. */
export function derElement(tag: DerTag, content: Bytes): Bytes {
  const length = content.length;
  const out = BytesBuilder.create().addByte(<u8>tag);
  if (length > 0xff) out.addByte(0x82).addByte(<u8>(length >> 8));
  else if (length > 0x7f) out.addByte(0x81);
  return out.addByte(<u8>length).add(content).toBytes();
}

/** An INTEGER, which is not negative, of a big-endian number; zero is empty, which is no INTEGER. */
export function derUnsigned(number: Bytes): Bytes {
  let start = 0;
  while (start < number.length && !number[start]) start++;
  const content = BytesBuilder.create();
  if (number[start] > 0x7f) content.addByte(0);
  return derElement(DerTag.Integer, content.add(number.slice(start)).toBytes());
}
