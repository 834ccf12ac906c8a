import { Bytes, BytesBuilder, HeaderMap, SfDictionary, SfItem, SfKind, encodeBase64, hexValue, parseSfDictionary, parseSfList, utf8 } from "@sluice/sdk";
import { fieldValue } from "./field-value";

/** Components of a request that signatures cover (RFC 9421 2). */

const AT: u8 = 0x40;
const QUESTION: u8 = 0x3f;
const AMPERSAND: u8 = 0x26;
const EQUALS: u8 = 0x3d;
const PLUS: u8 = 0x2b;
const PERCENT: u8 = 0x25;

/** The value of a component; absent when the request has none, or its name or parameters are not known. */
export function componentValue(headers: HeaderMap, component: SfItem): Bytes {
  if (component.kind != SfKind.String) return Bytes.absent;
  const name = component.text;
  const parameters = component.parameters;
  if (name[0] != AT) return fieldComponent(headers, name, parameters);
  if (name.equals(utf8("@query-param"))) return queryParameter(headers, parameters);
  return parameters.size ? Bytes.absent : derivedComponent(headers, name);
}

function derivedComponent(headers: HeaderMap, name: Bytes): Bytes {
  if (name.equals(utf8("@method"))) return headers.get(utf8(":method"));
  if (name.equals(utf8("@authority"))) return authority(headers);
  if (name.equals(utf8("@scheme"))) return scheme(headers);
  if (name.equals(utf8("@request-target"))) return target(headers);
  if (name.equals(utf8("@target-uri"))) return targetUri(headers);
  const path = target(headers);
  const question = path.indexOfByte(QUESTION);
  if (name.equals(utf8("@path"))) return question < 0 ? path : path.slice(0, question);
  if (name.equals(utf8("@query"))) return question < 0 ? utf8("?") : path.slice(question);
  return Bytes.absent;
}

function target(headers: HeaderMap): Bytes {
  return headers.get(utf8(":path"));
}

function scheme(headers: HeaderMap): Bytes {
  return headers.get(utf8(":scheme")).toLowerCase();
}

/** In lower case and without the port that the scheme has anyway (RFC 9421 2.2.3). */
function authority(headers: HeaderMap): Bytes {
  const host = headers.get(utf8(":authority")).toLowerCase();
  const port = scheme(headers).equals(utf8("https")) ? utf8(":443") : utf8(":80");
  return host.endsWith(port) ? host.slice(0, host.length - port.length) : host;
}

function targetUri(headers: HeaderMap): Bytes {
  const start = BytesBuilder.create().add(scheme(headers)).add(utf8("://"));
  return start.add(authority(headers)).add(target(headers)).toBytes();
}

/** A field, with at most one of the parameters `sf`, `key` and `bs` (RFC 9421 2.1); others are not for requests. */
function fieldComponent(headers: HeaderMap, name: Bytes, parameters: SfDictionary): Bytes {
  if (!headers.has(name) || !name.equals(name.toLowerCase()) || parameters.size > 1) return Bytes.absent;
  const value = fieldValue(headers, name);
  if (!parameters.size) return value;
  const parameter = parameters.keyAt(0);
  const setting = parameters.valueAt(0);
  if (parameter.equals(utf8("key"))) return setting.kind == SfKind.String ? memberOf(value, setting.text) : Bytes.absent;
  if (!setting.isTrue) return Bytes.absent;
  if (parameter.equals(utf8("sf"))) return strictForm(value);
  return parameter.equals(utf8("bs")) ? byteSequences(headers, name) : Bytes.absent;
}

/** A structured field written the one way there is. What could be a dictionary and a list looks the same as both. */
function strictForm(value: Bytes): Bytes {
  const out = BytesBuilder.create();
  const dictionary = parseSfDictionary(value);
  if (dictionary !== null) {
    dictionary.write(out);
    return out.toBytes();
  }
  const list = parseSfList(value);
  if (list === null) return Bytes.absent;
  for (let i = 0; i < list.length; i++) list[i].write(i ? out.addByte(0x2c).addByte(0x20) : out);
  return out.toBytes();
}

function memberOf(value: Bytes, key: Bytes): Bytes {
  const dictionary = parseSfDictionary(value);
  if (dictionary === null) return Bytes.absent;
  const member = dictionary.get(key);
  if (member === null) return Bytes.absent;
  const out = BytesBuilder.create();
  member.write(out);
  return out.toBytes();
}

function byteSequences(headers: HeaderMap, name: Bytes): Bytes {
  const out = BytesBuilder.create();
  for (let i = 0, count = headers.count(name); i < count; i++) {
    if (i) out.addByte(0x2c).addByte(0x20);
    out.addByte(0x3a).add(encodeBase64(headers.value(name, i).trim())).addByte(0x3a);
  }
  return out.toBytes();
}

/** The value of the one parameter of the query with a name, encoded anew (RFC 9421 2.2.8). */
function queryParameter(headers: HeaderMap, parameters: SfDictionary): Bytes {
  const name = parameters.get(utf8("name"));
  if (name === null || name.kind != SfKind.String || parameters.size != 1) return Bytes.absent;
  const path = target(headers);
  let found = Bytes.absent;
  for (let at = path.indexOfByte(QUESTION) + 1; at > 0 && at <= path.length; ) {
    const end = path.indexOfByte(AMPERSAND, at);
    const pair = path.slice(at, end < 0 ? path.length : end);
    const equals = pair.indexOfByte(EQUALS);
    if (encodedAnew(equals < 0 ? pair : pair.slice(0, equals)).equals(name.text)) {
      if (!found.isAbsent) return Bytes.absent;
      found = encodedAnew(equals < 0 ? Bytes.empty : pair.slice(equals + 1));
    }
    at = end < 0 ? 0 : end + 1;
  }
  return found;
}

/** Decodes what a form has encoded (WHATWG URL 5.1), and encodes all but letters, digits and `*-._`. */
function encodedAnew(text: Bytes): Bytes {
  const out = BytesBuilder.create();
  for (let i = 0; i < text.length; i++) {
    let byte = text[i];
    if (byte == PLUS) byte = 0x20;
    else if (byte == PERCENT && hexValue(text[i + 1]) >= 0 && hexValue(text[i + 2]) >= 0) {
      byte = <u8>((hexValue(text[i + 1]) << 4) | hexValue(text[i + 2]));
      i += 2;
    }
    addEncoded(out, byte);
  }
  return out.toBytes();
}

function addEncoded(out: BytesBuilder, byte: u8): void {
  const isLetter = <u32>(byte | 0x20) - 0x61 < 26;
  const isPlain = isLetter || <u32>byte - 0x30 < 10 || byte == 0x2a || byte == 0x2d || byte == 0x2e || byte == 0x5f;
  if (isPlain) out.addByte(byte);
  else out.addByte(PERCENT).addByte(upperHex(byte >> 4)).addByte(upperHex(byte & 15));
}

function upperHex(digit: u8): u8 {
  return digit < 10 ? 0x30 + digit : 0x37 + digit;
}
