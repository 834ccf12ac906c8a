import { Bytes, BytesBuilder, HeaderMap } from "@sluice/sdk";

/** The value of a field: all its lines, joined (RFC 9110 5.3); absent when there is none. */
export function fieldValue(headers: HeaderMap, name: Bytes): Bytes {
  const count = headers.count(name);
  if (count == 0) return Bytes.absent;
  if (count == 1) return headers.get(name).trim();
  const value = BytesBuilder.create();
  for (let i = 0; i < count; i++) {
    if (i) value.addByte(0x2c).addByte(0x20);
    value.add(headers.value(name, i).trim());
  }
  return value.toBytes();
}
