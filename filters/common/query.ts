import { Bytes, BytesBuilder } from "@sluice/sdk";

const QUESTION: u8 = 0x3f;
const AMPERSAND: u8 = 0x26;
const EQUALS: u8 = 0x3d;

/** Number of parameters of this name in a request target; values are compared as they are, not decoded. */
export function queryParameterCount(target: Bytes, name: Bytes): i32 {
  let count = 0;
  for (let at = find(target, name, firstParameter(target)); at >= 0; at = find(target, name, parameterEnd(target, at) + 1)) {
    count++;
  }
  return count;
}

/** Value of the first parameter of this name, or absent. */
export function queryParameter(target: Bytes, name: Bytes): Bytes {
  const at = find(target, name, firstParameter(target));
  if (at < 0) return Bytes.absent;
  return target.slice(min(at + name.length + 1, parameterEnd(target, at)), parameterEnd(target, at));
}

/** The target without the first parameter of this name; the `?` goes with the last one. */
export function cutQueryParameter(target: Bytes, name: Bytes): Bytes {
  const first = firstParameter(target);
  const at = find(target, name, first);
  if (at < 0) return target;
  const end = parameterEnd(target, at);
  const isLast = end >= target.length;
  // Takes the separator behind the parameter, or the one in front of the last one.
  const keptHead = target.slice(0, isLast ? at - 1 : at);
  return BytesBuilder.create().add(keptHead).add(target.slice(end + 1)).toBytes();
}

function firstParameter(target: Bytes): i32 {
  const question = target.indexOfByte(QUESTION);
  return question < 0 ? target.length : question + 1;
}

function parameterEnd(target: Bytes, from: i32): i32 {
  const end = target.indexOfByte(AMPERSAND, from);
  return end < 0 ? target.length : end;
}

/** Start of the next parameter of this name at or after `from`, or -1. */
function find(target: Bytes, name: Bytes, from: i32): i32 {
  for (let at = from; at < target.length; at = parameterEnd(target, at) + 1) {
    const end = parameterEnd(target, at);
    const equals = target.indexOfByte(EQUALS, at);
    const nameEnd = equals < 0 || equals > end ? end : equals;
    if (target.slice(at, nameEnd).equals(name)) return at;
  }
  return -1;
}
