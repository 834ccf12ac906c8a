import { Bytes, JsonReader, JsonToken, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";

const DOT: u8 = 0x2e;
const MAX_DEPTH: i32 = 32;

/** The way to a claim through objects in objects. */
export class ClaimPath {
  private readonly names: OwnedBytes[] = [];

  /** Reads a list of names. */
  static read(reader: ConfigReader): ClaimPath {
    const path = new ClaimPath();
    for (reader.enterArray(); reader.nextItem(); ) path.names.push(reader.readText());
    if (path.isEmpty) reader.invalid(utf8("at least one name"));
    return path;
  }

  /** Reads names with dots between them. */
  static readDotted(reader: ConfigReader): ClaimPath {
    const path = new ClaimPath();
    const text = reader.readText().view;
    for (let at = 0; at <= text.length; ) {
      const dot = text.indexOfByte(DOT, at);
      const end = dot < 0 ? text.length : dot;
      if (end == at) reader.invalid(utf8("names with dots between them"));
      path.names.push(text.slice(at, end).toOwned());
      at = end + 1;
    }
    return path;
  }

  get isEmpty(): bool {
    return this.names.length == 0;
  }

  /** The name of the claim itself, or of the object that has it. */
  get first(): Bytes {
    return this.names[0].view;
  }

  /** The claim's value as JSON; absent when there is none. */
  valueIn(claims: Bytes): Bytes {
    let json = claims;
    for (let i = 0; i < this.names.length && !json.isAbsent; i++) json = memberOf(json, this.names[i].view);
    return json;
  }
}

/** A member of an object, as JSON that is known to be whole. */
function memberOf(json: Bytes, name: Bytes): Bytes {
  const reader = readerOf(json);
  if (reader.next() != JsonToken.BeginObject) return Bytes.absent;
  while (reader.next() == JsonToken.Name) {
    if (reader.text.equals(name)) return reader.readRaw();
    if (!reader.skipValue()) break;
  }
  return Bytes.absent;
}

/** A reader of JSON that has been read before. */
export function readerOf(json: Bytes): JsonReader {
  return new JsonReader(json, MAX_DEPTH, json.length, true);
}
