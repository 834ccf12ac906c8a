import { Bytes, BytesBuilder } from "@sluice/sdk";

const COLON: u8 = 0x3a;

/** Several texts in one, each with its length in front of it: `3:abc0:`. */
export function packFields(fields: Bytes[]): Bytes {
  const packed = BytesBuilder.create();
  for (let i = 0; i < fields.length; i++) packed.addU64(fields[i].length).addByte(COLON).add(fields[i]);
  return packed.toBytes();
}

/** The texts again, views of the whole; none when there are not exactly `count`. */
export function unpackFields(packed: Bytes, count: i32): Bytes[] {
  const fields: Bytes[] = [];
  for (let at = 0; at < packed.length; ) {
    const colon = packed.indexOfByte(COLON, at);
    const length = colon < 0 ? -1 : <i32>packed.slice(at, colon).toU32(u32.MAX_VALUE);
    if (length < 0 || length > packed.length - colon - 1) return [];
    fields.push(packed.slice(colon + 1, colon + 1 + length));
    at = colon + 1 + length;
  }
  return fields.length == count ? fields : [];
}

/** A number as a field. */
export function numberField(value: u64): Bytes {
  return BytesBuilder.create().addU64(value).toBytes();
}
