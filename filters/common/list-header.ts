import { Bytes, HeaderMap } from "@sluice/sdk";

/** The members of a header that is a list divided by commas, in all its lines; empty ones are left out. */
export function splitList(headers: HeaderMap, name: Bytes): Bytes[] {
  const members: Bytes[] = [];
  const count = headers.count(name);
  for (let i = 0; i < count; i++) {
    const list = headers.value(name, i);
    for (let start = 0; start <= list.length; ) {
      const comma = list.indexOfByte(0x2c, start);
      const end = comma < 0 ? list.length : comma;
      const member = list.slice(start, end).trim();
      if (member.length > 0) members.push(member);
      start = end + 1;
    }
  }
  return members;
}
