import { Bytes, JsonWriter, ProtoReader, utf8 } from "@sluice/sdk";

/*
 * envoy.config.core.v3.Metadata, as the property `metadata` has it:
 *
 *     Metadata  1 filter_metadata: a map of Struct
 *     Struct    1 fields: a map of Value
 *     Value     3 string_value, 5 struct_value, 6 list_value, others as null
 *     ListValue 1 values: Value
 *     a map is a list of messages with 1 key, 2 value
 */
const STRING: u32 = 3;
const STRUCT: u32 = 5;
const LIST: u32 = 6;

/** What filters of the proxy have said under a name, as JSON in which only texts have a value; absent when there is nothing. */
export function metadataOf(metadata: Bytes, filter: Bytes): Bytes {
  for (const entries = ProtoReader.of(metadata); entries.next(); ) {
    const entry = entries.message();
    if (entry.next() && entry.bytes.equals(filter) && entry.next()) return structAsJson(entry.message());
  }
  return Bytes.absent;
}

function structAsJson(struct: ProtoReader): Bytes {
  const json = JsonWriter.create();
  writeStruct(json, struct);
  return json.toBytes();
}

function writeStruct(json: JsonWriter, struct: ProtoReader): void {
  for (json.beginObject(); struct.next(); ) {
    const entry = struct.message();
    json.name(entry.next() ? entry.bytes : Bytes.empty);
    writeValue(json, entry.next() ? entry.message() : entry);
  }
  json.endObject();
}

function writeList(json: JsonWriter, list: ProtoReader): void {
  for (json.beginArray(); list.next(); ) writeValue(json, list.message());
  json.endArray();
}

function writeValue(json: JsonWriter, value: ProtoReader): void {
  const field: u32 = value.next() ? value.field : 0;
  if (field == STRING) json.string(value.bytes);
  else if (field == STRUCT) writeStruct(json, value.message());
  else if (field == LIST) writeList(json, value.message());
  else json.null();
}
