import { Bytes, BytesBuilder, HeaderMap, utf8 } from "@sluice/sdk";
import { cutQueryParameters } from "../common/query-reader";
import { HeaderPairs } from "./header-pairs";

/** Sets and removes parameters of a request's query; those that are set stand at the end. */
export function changeQuery(headers: HeaderMap, changes: HeaderPairs): void {
  if (changes.names.length == 0) return;
  let target = headers.get(utf8(":path"));
  for (let i = 0; i < changes.names.length; i++) {
    target = withParameter(target, changes.names[i].view, changes.values[i].view);
  }
  headers.set(utf8(":path"), target);
}

function withParameter(target: Bytes, name: Bytes, value: Bytes): Bytes {
  const others = cutQueryParameters(target, name);
  if (value.isAbsent) return others;
  const changed = BytesBuilder.create().add(others).addByte(others.indexOfByte(0x3f) < 0 ? 0x3f : 0x26);
  return changed.add(name).addByte(0x3d).add(value).toBytes();
}
