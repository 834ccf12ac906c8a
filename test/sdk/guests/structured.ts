// Structured fields behind request headers: `x-call` names a type, `x-in` has a field in hexadecimal; what is logged is the field
// written anew in hexadecimal, or that it is none.

import {
  Action, Bytes, BytesBuilder, HttpContext, LogLevel, RootContext, decodeHex, encodeHex, parseSfDictionary, parseSfItem, parseSfList,
  registerRoot, utf8,
} from "@sluice/sdk";

export * from "@sluice/sdk/exports/lifecycle";
export * from "@sluice/sdk/exports/request";

class StructuredRoot extends RootContext {
  override createHttpContext(id: u32): HttpContext {
    return new Structured(id);
  }
}

class Structured extends HttpContext {
  override onRequestHeaders(endOfStream: bool): Action {
    const name = this.requestHeaders.get(utf8("x-call"));
    const written = writtenAnew(name, decodeHex(this.requestHeaders.get(utf8("x-in"))));
    this.log(LogLevel.Info, written.isAbsent ? utf8("none") : encodeHex(written));
    return Action.Continue;
  }
}

function writtenAnew(name: Bytes, text: Bytes): Bytes {
  if (name.equals(utf8("dictionary"))) return dictionary(text);
  return name.equals(utf8("list")) ? list(text) : item(text);
}

function dictionary(text: Bytes): Bytes {
  const members = parseSfDictionary(text);
  if (members === null) return Bytes.absent;
  const out = BytesBuilder.create();
  members.write(out);
  return out.toBytes();
}

function list(text: Bytes): Bytes {
  const members = parseSfList(text);
  if (members === null) return Bytes.absent;
  const out = BytesBuilder.create();
  for (let i = 0; i < members.length; i++) members[i].write(i ? out.add(utf8(", ")) : out);
  return out.toBytes();
}

function item(text: Bytes): Bytes {
  const value = parseSfItem(text);
  if (value === null) return Bytes.absent;
  const out = BytesBuilder.create();
  value.write(out);
  return out.toBytes();
}

registerRoot((id: u32): RootContext => new StructuredRoot(id));
