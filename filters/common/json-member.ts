import { Bytes, JsonReader, JsonToken, OwnedBytes } from "@sluice/sdk";

/** Of what a reader has to read here: claims of 32 levels, in an object of their own. */
const MAX_DEPTH: i32 = 33;

/** A reader of JSON that was read strictly before. */
export function readerOf(json: Bytes): JsonReader {
  return new JsonReader(json, MAX_DEPTH, json.length, true);
}

/** A member of an object, as JSON that is known to be whole; absent when there is none, or no object. */
export function memberOf(json: Bytes, name: Bytes): Bytes {
  const reader = readerOf(json);
  if (reader.next() != JsonToken.BeginObject) return Bytes.absent;
  while (reader.next() == JsonToken.Name) {
    if (reader.text.equals(name)) return reader.readRaw();
    if (!reader.skipValue()) break;
  }
  return Bytes.absent;
}

/** The same, when it is a text. */
export function textOf(json: Bytes, name: Bytes): Bytes {
  const reader = readerOf(memberOf(json, name));
  return reader.next() == JsonToken.String ? reader.text : Bytes.absent;
}

/** The member at the end of a path through objects in objects; absent when there is none. */
export function memberAt(json: Bytes, path: OwnedBytes[]): Bytes {
  let member = json;
  for (let i = 0; i < path.length && !member.isAbsent; i++) member = memberOf(member, path[i].view);
  return member;
}

/** The item of an array that a reader comes to next, as JSON; absent behind the last one. */
export function nextItem(reader: JsonReader): Bytes {
  const item = reader.readRaw();
  return reader.token == JsonToken.EndArray && item.length == 1 ? Bytes.absent : item;
}
