// The pure functions of the SDK behind request headers: `x-call` names one, `x-in` is its
// input in hexadecimal, the result is logged.

import {
  Action, Bytes, BytesBuilder, HttpContext, JsonReader, JsonToken, LogLevel, RootContext,
  decodeHex, encodeHex, equalsConstantTime, registerRoot, sha256, utf8, xxh64,
} from "@sluice/sdk";

export * from "@sluice/sdk/exports/lifecycle";
export * from "@sluice/sdk/exports/request";

class ToolsRoot extends RootContext {
  override createHttpContext(id: u32): HttpContext {
    return new Tools(id);
  }
}

class Tools extends HttpContext {
  override onRequestHeaders(endOfStream: bool): Action {
    const name = this.requestHeaders.get(utf8("x-call"));
    const input = decodeHex(this.requestHeaders.get(utf8("x-in")));
    this.log(LogLevel.Info, run(name, input));
    return Action.Continue;
  }
}

function run(name: Bytes, input: Bytes): Bytes {
  if (name.equals(utf8("sha256"))) return encodeHex(sha256(input));
  if (name.equals(utf8("xxh64"))) return number(xxh64(input));
  if (name.equals(utf8("json"))) return readJson(new JsonReader(input, 8, 4096));
  if (name.equals(utf8("json-repeated"))) return readJson(new JsonReader(input, 8, 4096, true));
  if (name.equals(utf8("json-suite"))) return readJson(new JsonReader(input, 64, 1 << 20, true));
  if (name.equals(utf8("json-skip"))) return skipMembers(new JsonReader(input));
  if (name.equals(utf8("decimal"))) return decimal(input);
  if (name.equals(utf8("hex"))) return encodeHex(decodeHex(input));
  if (name.equals(utf8("constant-time"))) return number(compareHalves(input));
  if (name.equals(utf8("bytes"))) return bytes(input);
  return utf8("unknown call");
}

function number(value: u64): Bytes {
  return BytesBuilder.create().addU64(value).toBytes();
}

function compareHalves(input: Bytes): u64 {
  const middle = input.length / 2;
  return u64(equalsConstantTime(input.slice(0, middle), input.slice(middle)));
}

function decimal(input: Bytes): Bytes {
  const line = BytesBuilder.create().addU64(input.toU64(7)).addByte(0x20);
  return line.addU64(input.toU32(7)).addByte(0x20).addI64(-(<i64>input.length)).toBytes();
}

function bytes(input: Bytes): Bytes {
  const line = BytesBuilder.create();
  line.addU64(u64(input.startsWith(utf8("ab")))).addU64(u64(input.endsWith(utf8("yz"))));
  line.addU64(u64(input.startsWithIgnoreCase(utf8("AB")))).addU64(u64(input == utf8("abcdefghxyz")));
  line.addByte(0x20).addI64(input.indexOf(utf8("xy"))).addByte(0x20).addI64(input.indexOf(utf8("no")));
  line.addByte(0x20).addI64(input.indexOfByte(0x62)).addByte(0x20).addI64(input.lastIndexOfByte(0x7a));
  line.addByte(0x20).add(input.slice(2, 4)).addByte(0x7c).add(input.slice(-5, 99));
  line.addByte(0x7c).add(input.slice(8, 3)).addByte(0x7c).add(input.trim()).addByte(0x7c);
  return line.add(input.toLowerCase()).addByte(0x20).addI64(input.compare(utf8("b"))).toBytes();
}

function readJson(reader: JsonReader): Bytes {
  const line = BytesBuilder.create();
  for (let token = reader.next(); token != JsonToken.End; token = reader.next()) {
    if (token == JsonToken.Error) {
      return line.addString("!").addI64(reader.position).addByte(0x20).add(reader.error).toBytes();
    }
    addToken(line, reader, token);
  }
  return line.toBytes();
}

function addToken(line: BytesBuilder, reader: JsonReader, token: JsonToken): void {
  switch (token) {
    case JsonToken.BeginObject: line.addByte(0x7b); break;
    case JsonToken.EndObject: line.addByte(0x7d); break;
    case JsonToken.BeginArray: line.addByte(0x5b); break;
    case JsonToken.EndArray: line.addByte(0x5d); break;
    case JsonToken.Name: line.addByte(0x6e).add(reader.text).addByte(0x3b); break;
    case JsonToken.String: line.addByte(0x73).add(reader.text).addByte(0x3b); break;
    case JsonToken.True: line.addByte(0x54); break;
    case JsonToken.False: line.addByte(0x46); break;
    case JsonToken.Null: line.addByte(0x4e); break;
    default: addNumber(line, reader);
  }
}

function addNumber(line: BytesBuilder, reader: JsonReader): void {
  if (reader.isInteger) line.addByte(0x69).addI64(reader.toI64());
  else line.addByte(0x66).addString(reader.toF64().toString());
  line.addByte(0x3b);
}

function skipMembers(reader: JsonReader): Bytes {
  const line = BytesBuilder.create();
  reader.next();
  while (reader.next() == JsonToken.Name) {
    line.add(reader.text);
    if (!reader.skipValue()) return line.addString("!").toBytes();
  }
  return line.addU64(u64(reader.token == JsonToken.EndObject)).toBytes();
}

registerRoot((id) => new ToolsRoot(id));
